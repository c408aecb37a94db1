// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands one running cluster of three nodes to every test that asks for one. The first two have loaded the models of {@link
 * NodeExtension}, the third has none; all can stream. A test that kills a node brings it back with {@link #revive}.
 */
final class ClusterNodes implements ParameterResolver {
    /** How many of the nodes, from the first on, have models. */
    static final int WITH_MODELS = 2;

    private static final int NODES = 3;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Cluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(ClusterNodes.class))
                .getOrComputeIfAbsent(ClusterNodes.class, type -> shared(), Cluster.class);
    }

    private static Cluster shared() {
        try {
            Cluster cluster = Cluster.install(NODES, "generate.reactor");
            for (int number = 0; number < WITH_MODELS; number++) {
                TinyModel.scripted(cluster.node(number).models().resolve("scripted.gguf"), NodeExtension.SCRIPT);
                TinyModel.endless(cluster.node(number).models().resolve("endless.gguf"));
            }
            cluster.start(Map.of(
                    "http.type", "reactor-netty4",
                    "http.tcp.send_buffer_size", "16kb",
                    "plugins.generate.max_context", Integer.toString(TinyModel.CONTEXT),
                    "plugins.generate.default_model", "scripted"));
            for (int number = 0; number < WITH_MODELS; number++) {
                load(cluster.node(number));
            }
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts nodes again that were killed, and loads the models of those that have some. */
    static void revive(Cluster cluster, List<Integer> numbers) {
        try {
            for (int number : numbers) {
                cluster.node(number).restart(Map.of());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cluster.awaitAll();
        for (int number : numbers) {
            if (number < WITH_MODELS) {
                load(cluster.node(number));
            }
        }
    }

    private static void load(Node node) {
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }
}
