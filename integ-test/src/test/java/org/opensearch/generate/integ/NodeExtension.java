// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands one running node, with the tiny models {@code scripted} and {@code endless}, to every test that asks for one. */
final class NodeExtension implements ParameterResolver {
    /** What the scripted model answers; the first passage of the tests' index supports it. */
    static final String SCRIPT = "Quartz [1].";

    /** Answers that may grow at once. */
    static final int SEQUENCES = 4;
    /** Requests that may wait. */
    static final int QUEUE = 4;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Node.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(Node.class))
                .getOrComputeIfAbsent(Node.class, type -> shared(), Node.class);
    }

    private static Node shared() {
        try {
            Node node = Node.install();
            TinyModel.scripted(node.models().resolve("scripted.gguf"), SCRIPT);
            TinyModel.endless(node.models().resolve("endless.gguf"));
            node.start(Map.of(
                    "plugins.generate.default_model",
                    "scripted",
                    "plugins.generate.preload",
                    "scripted",
                    "plugins.generate.max_sequences",
                    Integer.toString(SEQUENCES),
                    "plugins.generate.max_queue",
                    Integer.toString(QUEUE)));
            return node;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
