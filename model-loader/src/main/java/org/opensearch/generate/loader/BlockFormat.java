// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.util.List;

/**
 * How the blocks of a quantised type become codes, scales and minima.
 *
 * @param group elements that share a scale
 * @param superBlock elements whose groups' scales are small integers times one float; 0 for scales of their own
 * @param minimum whether groups have a minimum
 * @param smallest smallest code
 * @param largest largest code
 * @param table all codes, where they are at most 16 but too far apart for 4 bits; otherwise empty
 * @param decoder decodes one block
 */
record BlockFormat(
        int group, int superBlock, boolean minimum, int smallest, int largest, List<Byte> table, Decoder decoder) {

    /** Decodes the block at {@code at} of {@code data} into a row: its codes from {@code code}, its groups from {@code group}. */
    @FunctionalInterface
    interface Decoder {
        void decode(byte[] data, int at, RowCodes row, int code, int group);
    }

    private static BlockFormat small(boolean minimum, int smallest, int largest, Decoder decoder) {
        return new BlockFormat(32, 0, minimum, smallest, largest, List.of(), decoder);
    }

    private static BlockFormat superBlocks(int group, boolean minimum, int smallest, int largest, Decoder decoder) {
        return new BlockFormat(group, SuperBlocks.SIZE, minimum, smallest, largest, List.of(), decoder);
    }

    private static BlockFormat codebook(int superBlock, List<Byte> table, Decoder decoder) {
        return new BlockFormat(32, superBlock, false, table.getFirst(), table.getLast(), table, decoder);
    }

    /** The format of a type that is not {@link TensorType#isFloat()}. */
    static BlockFormat of(TensorType type) {
        return switch (type) {
            case Q4_0 -> small(false, -8, 7, SmallBlocks::q4Symmetric);
            case Q4_1 -> small(true, 0, 15, SmallBlocks::q4WithMinimum);
            case Q5_0 -> small(false, -16, 15, SmallBlocks::q5Symmetric);
            case Q5_1 -> small(true, 0, 31, SmallBlocks::q5WithMinimum);
            case Q8_0 -> small(false, -128, 127, SmallBlocks::q8);
            case Q2_K -> superBlocks(16, true, 0, 3, SuperBlocks::q2);
            case Q3_K -> superBlocks(16, false, -4, 3, SuperBlocks::q3);
            case Q4_K -> superBlocks(32, true, 0, 15, SuperBlocks::q4);
            case Q5_K -> superBlocks(32, true, 0, 31, SuperBlocks::q5);
            case Q6_K -> superBlocks(16, false, -32, 31, SuperBlocks::q6);
            case IQ2_XXS -> codebook(SuperBlocks.SIZE, CodebookBlocks.TABLE_2, CodebookBlocks::lattice2);
            case IQ4_NL -> codebook(0, CodebookBlocks.TABLE_4, CodebookBlocks::table4);
            case IQ4_XS -> codebook(SuperBlocks.SIZE, CodebookBlocks.TABLE_4, CodebookBlocks::table4Super);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
        };
    }
}
