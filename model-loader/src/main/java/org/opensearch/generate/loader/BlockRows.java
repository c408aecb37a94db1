// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The rows of a tensor, decoded block after block. */
record BlockRows(Tensor tensor, BlockFormat format) implements QuantizedRows {
    @Override
    public int groupSize() {
        return format.group();
    }

    @Override
    public int superBlock() {
        return format.superBlock();
    }

    @Override
    public boolean hasMinimum() {
        return format.minimum();
    }

    @Override
    public int smallestCode() {
        return format.smallest();
    }

    @Override
    public int largestCode() {
        return format.largest();
    }

    @Override
    public List<Byte> table() {
        return format.table();
    }

    @Override
    public RowCodes newRow() {
        return new RowCodes(tensor.columns(), format.group(), format.superBlock());
    }

    @Override
    public void decode(int row, RowCodes into) {
        TensorType type = tensor.type();
        int blockGroups = type.blockElements() / format.group();
        int bytes = Math.toIntExact(tensor.rowBytes());
        byte[] blocks = into.blocks(bytes);
        MemorySegment.copy(tensor.data(), ValueLayout.JAVA_BYTE, tensor.rowOffset(row), blocks, 0, bytes);
        int column = 0;
        int group = 0;
        for (int at = 0; at < bytes; at += type.blockBytes()) {
            format.decoder().decode(blocks, at, into, column, group);
            column += type.blockElements();
            group += blockGroups;
        }
    }
}
