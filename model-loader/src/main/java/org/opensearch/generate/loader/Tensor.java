// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A tensor as it lies in its file, memory-mapped.
 *
 * @param name canonical name: GGUF's ({@code token_embd.weight}, {@code blk.0.attn_q.weight}, {@code output.weight}), for
 *     safetensors too
 * @param type how elements are stored
 * @param rows outputs; 1 for a vector
 * @param columns inputs, the contiguous dimension; a multiple of {@code type.blockElements()}
 * @param data exactly {@code rows * columns / blockElements * blockBytes} bytes, little-endian, row after row
 */
public record Tensor(String name, TensorType type, int rows, int columns, MemorySegment data) {
    /** Where a row begins in {@link #data}; throws {@link IndexOutOfBoundsException} if there is no such row. */
    public long rowOffset(int row) {
        return Objects.checkIndex(row, rows) * rowBytes();
    }

    /** Bytes of one row. */
    public long rowBytes() {
        return (long) columns / type.blockElements() * type.blockBytes();
    }
}
