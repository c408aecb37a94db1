// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.KvCache;

/** The KV pages of a model, whose number can be changed: layer by layer, so that little more memory is taken than there will be. */
final class KvPages implements AutoCloseable {
    private final Kernels kernels;
    private final ModelConfig config;
    private final List<Buffer> layers = new ArrayList<>();
    private volatile KvCache cache;

    KvPages(Kernels kernels, ModelConfig config, DataType type, int pages) {
        this.kernels = kernels;
        this.config = config;
        long elements = KvCache.pageElements(type, config.kvHeads(), config.headDim());
        try {
            for (int i = 0; i < config.layers(); i++) {
                layers.add(kernels.allocate("KV pages", type, pages, elements));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        cache = cache(pages);
    }

    private KvCache cache(int pages) {
        return new KvCache(List.copyOf(layers), pages, config.kvHeads(), config.headDim());
    }

    /** The pages now. */
    KvCache cache() {
        return cache;
    }

    /** {@link Model#prefault}. */
    synchronized void prefault(int from, int to) {
        int end = Math.min(to, cache.pages());
        if (from < end) {
            kernels.prefault(cache, from, end);
        }
    }

    /** {@link Model#resizePages}. */
    synchronized void resize(int pages, int kept) {
        int before = cache.pages();
        try {
            for (int i = 0; i < layers.size(); i++) {
                resizeLayer(i, pages, kept);
            }
        } catch (RuntimeException | Error e) {
            undoGrowth(before, kept, e);
            throw e;
        }
    }

    /** All layers have the pages that the smallest has. */
    private void resizeLayer(int layer, int pages, int kept) {
        layers.set(layer, kernels.resize(layers.get(layer), pages, kept));
        cache = cache((int) layers.stream().mapToLong(Buffer::rows).min().orElse(0));
    }

    /** A layer that cannot go back stays larger, which does no harm. */
    private void undoGrowth(int pages, int kept, Throwable cause) {
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i).rows() > pages) {
                try {
                    resizeLayer(i, pages, kept);
                } catch (RuntimeException e) {
                    cause.addSuppressed(e);
                }
            }
        }
    }

    @Override
    public synchronized void close() {
        layers.forEach(kernels::free);
        layers.clear();
    }
}
