// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** Reads and writes pages of one layer of a {@link KvCache}, one head at a time. */
sealed interface KvPage permits FloatKvPage, Int8KvPage {
    /** Pages of a layer, of the layer's type. */
    static KvPage of(KvCache cache, int layer) {
        return cache.layers().get(layer).type() == DataType.I8
                ? new Int8KvPage(cache, layer)
                : new FloatKvPage(cache, layer);
    }

    /** Reads keys and values of a head in a page. */
    void load(int page, int head);

    /** Writes all heads of one position. */
    void append(int slot, float[] row, int keyColumn, int valueColumn);

    /** A query head that visits what {@link #load} has read. */
    AttentionHead newHead(float scale);
}
