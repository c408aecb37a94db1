// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands one running node whose HTTP transport can stream, with the models of {@link NodeExtension} and the index {@code minerals},
 * to every test that asks for one. It keeps little of what a client does not read.
 */
final class StreamingNode implements ParameterResolver {
    static final String INDEX = "minerals";

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Node.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(StreamingNode.class))
                .getOrComputeIfAbsent(StreamingNode.class, type -> shared(), Node.class);
    }

    private static Node shared() {
        try {
            Node node = Node.install("generate.reactor");
            TinyModel.scripted(node.models().resolve("scripted.gguf"), NodeExtension.SCRIPT);
            TinyModel.endless(node.models().resolve("endless.gguf"));
            node.start(Map.of(
                    "http.type", "reactor-netty4",
                    "http.tcp.send_buffer_size", "16kb",
                    "plugins.generate.max_context", Integer.toString(TinyModel.CONTEXT),
                    "plugins.generate.default_model", "scripted"));
            Asking.index(node, INDEX);
            Asking.load(node, "scripted");
            Asking.load(node, "endless");
            return node;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
