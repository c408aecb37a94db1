// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Data of tensors for tests. */
public final class TinyTensors {
    private TinyTensors() {}

    /** A tensor over bytes on the heap. */
    public static Tensor tensor(String name, TensorType type, int rows, int columns, byte[] data) {
        return new Tensor(name, type, rows, columns, MemorySegment.ofArray(data));
    }

    /** Floats as F32, F16 or BF16. */
    public static byte[] floats(TensorType type, float[] values) {
        TinyBytes bytes = new TinyBytes();
        for (float value : values) {
            switch (type) {
                case F32 -> bytes.f32(value);
                case F16 -> bytes.f16(value);
                case BF16 -> bytes.i16(Float.floatToRawIntBits(value) >>> 16);
                default -> throw new IllegalArgumentException(type + " is no float");
            }
        }
        return bytes.toArray();
    }

    /** Normally distributed floats. */
    public static float[] random(int elements, float deviation, Random random) {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) random.nextGaussian() * deviation;
        }
        return values;
    }

    /**
     * Random data of any type: quantised types get random codes and small scales, and scales such that values are about
     * {@code deviation} large, and about 0 in the middle.
     */
    public static byte[] random(TensorType type, int elements, float deviation, Random random) {
        if (type.isFloat()) {
            return floats(type, random(elements, deviation, random));
        }
        TinyBytes bytes = new TinyBytes();
        byte[] block = new byte[type.blockBytes()];
        for (int i = 0; i < elements / type.blockElements(); i++) {
            random.nextBytes(block);
            float scale = deviation * (0.5f + random.nextFloat());
            switch (type) {
                case Q4_0, IQ4_NL, Q5_0, Q8_0 -> half(block, 0, scale / (largest(type) / 2f));
                case Q4_1, Q5_1 -> {
                    half(block, 0, scale / (largest(type) / 4f));
                    half(block, 2, -2 * scale);
                }
                case Q2_K -> {
                    half(block, 80, scale / 14);
                    half(block, 82, scale / 14 * 1.5f);
                }
                case Q3_K -> half(block, 108, scale / 32);
                case Q4_K, Q5_K -> {
                    half(block, 0, scale / 70 / (largest(type) / 4f));
                    half(block, 2, scale / 70 * 2);
                }
                case Q6_K -> half(block, 208, scale / 64 / 16);
                case IQ2_XXS -> half(block, 0, scale / 64);
                case IQ4_XS -> half(block, 0, scale / 16 / 60);
                case F32, F16, BF16 -> throw new IllegalStateException();
            }
            bytes.bytes(block);
        }
        return bytes.toArray();
    }

    private static int largest(TensorType type) {
        return BlockFormat.of(type).largest();
    }

    private static void half(byte[] block, int at, float value) {
        short bits = Float.floatToFloat16(value);
        block[at] = (byte) bits;
        block[at + 1] = (byte) (bits >> 8);
    }
}
