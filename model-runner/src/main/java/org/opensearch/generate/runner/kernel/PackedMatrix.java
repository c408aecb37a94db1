// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.Optional;

/**
 * A weight matrix {@code [rows = outputs, columns = inputs]} as integer codes with a scale, and perhaps a minimum, for each row
 * and group of columns: {@code w = scale * (code - zero)}, less {@code minimum}.
 * <p>Layout, the same for every CPU level: rows in blocks of 16 (the last padded with zero scales), columns padded to a multiple
 * of {@link Activations#COLUMN_PADDING} with {@code code = zero}. Codes are unsigned.
 * <ul>
 *   <li>8 bit: {@code codes[block][column / 4][row % 16][column % 4]}, one byte each: 64 bytes hold 4 columns of 16 rows.
 *   <li>4 bit: {@code codes[block][column / 8][row % 16][column % 4]}, one byte each: the low nibble is the column with
 *       {@code column / 4} even, the high nibble the one four columns on: 64 bytes hold 8 columns of 16 rows.
 *   <li>{@code scales}, {@code minima}: {@code F32 [block][column / group][row % 16]}, {@link #groups()} groups a row, those
 *       of padding 0.
 * </ul>
 * Buffers have a row for each block.
 *
 * @param name the tensor's name
 * @param rows outputs
 * @param columns inputs
 * @param bits 4 or 8
 * @param group columns that share a scale: 16, 32, 64 or 128
 * @param zero the code that stands for 0: 8 or 128, or 0 with minima
 * @param codes the codes, {@code I8}
 * @param scales the scales, {@code F32}
 * @param minima the minima, {@code F32}, where the matrix has them
 * @param bias added to each output, {@code F32 [rows]}, where the layer has one
 */
public record PackedMatrix(
        String name,
        int rows,
        int columns,
        int bits,
        int group,
        int zero,
        Buffer codes,
        Buffer scales,
        Optional<Buffer> minima,
        Optional<Buffer> bias) {
    /** Rows of a block: the outputs that SIMD lanes compute side by side. */
    public static final int BLOCK_ROWS = 16;

    /** Number of row blocks. */
    public int blocks() {
        return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    }

    /** Columns with padding. */
    public int paddedColumns() {
        return Activations.paddedColumns(columns);
    }

    /** Scales of a row: one for each begun group of {@link #paddedColumns()}. */
    public int groups() {
        return (paddedColumns() + group - 1) / group;
    }

    /** Bytes of the codes of a block. */
    public int blockBytes() {
        return paddedColumns() * BLOCK_ROWS * bits / 8;
    }

    /** Bytes held. */
    public long bytes() {
        return codes.bytes()
                + scales.bytes()
                + minima.map(Buffer::bytes).orElse(0L)
                + bias.map(Buffer::bytes).orElse(0L);
    }
}
