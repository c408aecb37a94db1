// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.util.List;

/**
 * The integer view of a quantised tensor: element {@code k} of a row is {@code scale(k / group) * code[k]}, less
 * {@code minimum(k / group)} where the format has minima. Both operations are rounded to float in that order, which gives the
 * format's dequantised values to the last bit; so codes, scales and minima lose nothing.
 */
public interface QuantizedRows {
    /** The rows of a tensor whose type is not {@link TensorType#isFloat()}. Thread-safe. */
    static QuantizedRows of(Tensor tensor) {
        return new BlockRows(tensor, BlockFormat.of(tensor.type()));
    }

    /** Elements that share a scale: 16 or 32. */
    int groupSize();

    /** Elements that share a float scale over the groups' small integer ones; 0 where each group has a scale of its own. */
    int superBlock();

    /** Whether groups have a minimum. */
    boolean hasMinimum();

    /** Smallest code that can occur: 0 with minima; negative otherwise. */
    int smallestCode();

    /** Largest code that can occur, at most 127. */
    int largestCode();

    /** The only codes that occur, where they are at most 16 but lie too far apart for 4 bits, ascending; otherwise empty. */
    List<Byte> table();

    /** Room for a row. */
    RowCodes newRow();

    /** Decodes one row into what {@link #newRow} made. */
    void decode(int row, RowCodes into);
}
