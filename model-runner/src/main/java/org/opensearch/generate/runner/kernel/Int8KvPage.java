// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link KvPage} of 8-bit codes with a scale for each position's key and one for its value. */
final class Int8KvPage implements KvPage {
    private static final int PAGE = KvCache.PAGE;

    private final Buffer layer;
    private final int kvHeads;
    private final int headDim;
    private final int padded;
    private final byte[] loaded;
    private final byte[] codes;
    /** Scales of the keys of the head that {@link #load} read. */
    final float[] keyScales = new float[PAGE];
    /** Scales of its values. */
    final float[] valueScales = new float[PAGE];

    Int8KvPage(KvCache cache, int layer) {
        this.layer = cache.layers().get(layer);
        kvHeads = cache.kvHeads();
        headDim = cache.headDim();
        padded = KvCache.paddedHeadDim(headDim);
        loaded = new byte[2 * PAGE * padded];
        codes = new byte[headDim];
    }

    @Override
    public void load(int page, int head) {
        long start = start(page, head);
        MemorySegment.copy(layer.memory(), ValueLayout.JAVA_BYTE, start, loaded, 0, loaded.length);
        long scales = start + loaded.length;
        MemorySegment.copy(layer.memory(), ValueLayout.JAVA_FLOAT, scales, keyScales, 0, PAGE);
        MemorySegment.copy(
                layer.memory(), ValueLayout.JAVA_FLOAT, scales + PAGE * (long) Float.BYTES, valueScales, 0, PAGE);
    }

    /** Code of element {@code d} of a position's key. */
    int key(int position, int d) {
        return (loaded[keyAt(position, d)] & 0xFF) - KvCache.KEY_ZERO;
    }

    /** Code of element {@code d} of a position's value. */
    int value(int position, int d) {
        return loaded[valueAt(position, d)];
    }

    @Override
    public void append(int slot, float[] row, int keyColumn, int valueColumn) {
        MemorySegment memory = layer.memory();
        int position = slot % PAGE;
        for (int head = 0; head < kvHeads; head++) {
            long start = start(slot / PAGE, head);
            long scales = start + loaded.length + position * (long) Float.BYTES;
            int key = keyColumn + head * headDim;
            memory.set(ValueLayout.JAVA_FLOAT, scales, Quantizer.group(row, key, key + headDim, codes, 0));
            for (int d = 0; d < headDim; d++) {
                memory.set(ValueLayout.JAVA_BYTE, start + keyAt(position, d), (byte) (codes[d] + KvCache.KEY_ZERO));
            }
            int value = valueColumn + head * headDim;
            memory.set(
                    ValueLayout.JAVA_FLOAT,
                    scales + PAGE * (long) Float.BYTES,
                    Quantizer.group(row, value, value + headDim, codes, 0));
            for (int d = 0; d < headDim; d++) {
                memory.set(ValueLayout.JAVA_BYTE, start + valueAt(position, d), codes[d]);
            }
        }
    }

    @Override
    public AttentionHead newHead(float scale) {
        return new Int8AttentionHead(this, headDim, scale);
    }

    private static int keyAt(int position, int d) {
        return (d / 4 * PAGE + position) * 4 + d % 4;
    }

    private int valueAt(int position, int d) {
        return PAGE * padded + (position / 4 * padded + d) * 4 + position % 4;
    }

    private long start(int page, int head) {
        return page * layer.columns() + head * (layer.columns() / kvHeads);
    }
}
