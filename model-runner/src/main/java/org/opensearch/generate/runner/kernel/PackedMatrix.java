// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A weight matrix {@code [rows = outputs, columns = inputs]} as integer codes with a scale, and perhaps a minimum, for each row
 * and group of columns: {@code w = scale * value}, less {@code minimum}, where {@code value} is {@code code - zero}, or
 * {@code table[code]} where the matrix has a table.
 * <p>Layout, the same for every CPU level: rows in blocks of 16 (the last padded with zero scales), columns padded to a multiple
 * of {@link Activations#COLUMN_PADDING} with {@code code = zero}. Codes are unsigned; with minima at most 127.
 * <ul>
 *   <li>8 bit: {@code codes[block][column / 4][row % 16][column % 4]}, one byte each: 64 bytes hold 4 columns of 16 rows.
 *   <li>4 bit: {@code codes[block][column / 8][row % 16][column % 4]}, one byte each: the low nibble is the column with
 *       {@code column / 4} even, the high nibble the one four columns on: 64 bytes hold 8 columns of 16 rows.
 *   <li>{@code scales}, {@code minima}: see {@link GroupScales}; {@link #groups()} groups a row, those of padding 0.
 * </ul>
 * Buffers have a row for each block.
 *
 * @param name the tensor's name
 * @param rows outputs
 * @param columns inputs
 * @param bits 4 or 8
 * @param group columns that share a scale: 16, 32, 64 or 128
 * @param zero the code that stands for 0: 8 or 128, or 0 with minima or a table
 * @param codes the codes, {@code I8}
 * @param table the values of 4-bit codes, {@code I8 [16]}, where they are not evenly spaced
 * @param scales the scales
 * @param minima the minima, where the matrix has them
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
        Optional<Buffer> table,
        GroupScales scales,
        Optional<GroupScales> minima,
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

    /** What a code stands for. */
    public int value(int code) {
        return table.map(values -> (int) values.memory().get(ValueLayout.JAVA_BYTE, code))
                .orElse(code - zero);
    }

    /** Scales of a row: one for each begun group of {@link #paddedColumns()}. */
    public int groups() {
        return (paddedColumns() + group - 1) / group;
    }

    /** Entries of a row in {@link GroupScales#large}. */
    public int superBlocks() {
        return Math.ceilDiv(paddedColumns(), GroupScales.SUPER_BLOCK);
    }

    /** Bytes of the codes of a block. */
    public int blockBytes() {
        return paddedColumns() * BLOCK_ROWS * bits / 8;
    }

    /** The memory that it holds. */
    public List<Buffer> buffers() {
        List<Buffer> all = new ArrayList<>(List.of(codes, scales.small()));
        scales.large().ifPresent(all::add);
        minima.ifPresent(m -> {
            all.add(m.small());
            m.large().ifPresent(all::add);
        });
        table.ifPresent(all::add);
        bias.ifPresent(all::add);
        return all;
    }

    /** Bytes held. */
    public long bytes() {
        return buffers().stream().mapToLong(Buffer::bytes).sum();
    }
}
