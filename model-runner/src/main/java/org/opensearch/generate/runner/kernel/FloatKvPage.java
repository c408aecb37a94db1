// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link KvPage} of floats and bfloat16. */
final class FloatKvPage implements KvPage {
    private static final int PAGE = KvCache.PAGE;

    private final Buffer layer;
    private final int kvHeads;
    private final int headDim;
    private final boolean bf16;
    private final short[] bits;
    /** Keys of the head that {@link #load} read, {@code [headDim][PAGE]}. */
    final float[] keys;
    /** Values of the head that {@link #load} read, {@code [PAGE][headDim]}. */
    final float[] values;

    FloatKvPage(KvCache cache, int layer) {
        this.layer = cache.layers().get(layer);
        kvHeads = cache.kvHeads();
        headDim = cache.headDim();
        bf16 = this.layer.type() == DataType.BF16;
        keys = new float[headDim * PAGE];
        values = new float[headDim * PAGE];
        bits = new short[headDim * PAGE];
    }

    @Override
    public void load(int page, int head) {
        long start = element(page, head);
        load(start, keys);
        load(start + keys.length, values);
    }

    @Override
    public AttentionHead newHead(float scale) {
        return new FloatAttentionHead(this, headDim, scale);
    }

    @Override
    public void append(int slot, float[] row, int keyColumn, int valueColumn) {
        int position = slot % PAGE;
        for (int head = 0; head < kvHeads; head++) {
            long keyStart = element(slot / PAGE, head) + position;
            long valueStart = element(slot / PAGE, head) + (long) headDim * PAGE + (long) position * headDim;
            for (int d = 0; d < headDim; d++) {
                put(keyStart + (long) d * PAGE, row[keyColumn + head * headDim + d]);
                put(valueStart + d, row[valueColumn + head * headDim + d]);
            }
        }
    }

    private long element(int page, int head) {
        return page * layer.columns() + 2L * head * headDim * PAGE;
    }

    private void load(long element, float[] target) {
        if (!bf16) {
            MemorySegment.copy(layer.memory(), ValueLayout.JAVA_FLOAT, element * Float.BYTES, target, 0, target.length);
            return;
        }
        MemorySegment.copy(layer.memory(), ValueLayout.JAVA_SHORT, element * Short.BYTES, bits, 0, bits.length);
        for (int i = 0; i < target.length; i++) {
            target[i] = FloatMath.fromBf16(bits[i]);
        }
    }

    private void put(long element, float value) {
        if (bf16) {
            layer.memory().setAtIndex(ValueLayout.JAVA_SHORT, element, FloatMath.toBf16(value));
        } else {
            layer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, element, value);
        }
    }
}
