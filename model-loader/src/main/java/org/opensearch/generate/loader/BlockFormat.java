// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.MemorySegment;

/**
 * How the blocks of a quantised type become codes, scales and minima.
 *
 * @param group elements that share a scale
 * @param minimum whether groups have a minimum
 * @param smallest smallest code
 * @param largest largest code
 * @param decoder decodes one block
 */
record BlockFormat(int group, boolean minimum, int smallest, int largest, Decoder decoder) {
    /** Decodes the block at {@code at} of {@code data}: its codes from index {@code code}, its groups from {@code group}. */
    @FunctionalInterface
    interface Decoder {
        void decode(MemorySegment data, long at, byte[] codes, int code, float[] scales, float[] minima, int group);
    }

    /** The format of a type that is not {@link TensorType#isFloat()}. */
    static BlockFormat of(TensorType type) {
        return switch (type) {
            case Q4_0 -> new BlockFormat(32, false, -8, 7, SmallBlocks::q4Symmetric);
            case Q4_1 -> new BlockFormat(32, true, 0, 15, SmallBlocks::q4WithMinimum);
            case Q5_0 -> new BlockFormat(32, false, -16, 15, SmallBlocks::q5Symmetric);
            case Q5_1 -> new BlockFormat(32, true, 0, 31, SmallBlocks::q5WithMinimum);
            case Q8_0 -> new BlockFormat(32, false, -128, 127, SmallBlocks::q8);
            case Q2_K -> new BlockFormat(16, true, 0, 3, SuperBlocks::q2);
            case Q3_K -> new BlockFormat(16, false, -4, 3, SuperBlocks::q3);
            case Q4_K -> new BlockFormat(32, true, 0, 15, SuperBlocks::q4);
            case Q5_K -> new BlockFormat(32, true, 0, 31, SuperBlocks::q5);
            case Q6_K -> new BlockFormat(16, false, -32, 31, SuperBlocks::q6);
            case IQ2_XXS -> new BlockFormat(32, false, -43, 43, CodebookBlocks::lattice2);
            case IQ4_NL -> new BlockFormat(32, false, -127, 113, CodebookBlocks::table4);
            case IQ4_XS -> new BlockFormat(32, false, -127, 113, CodebookBlocks::table4Super);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
        };
    }
}
