// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

/**
 * The integer view of a quantised tensor: element {@code k} of a row is {@code scale[k / group] * code[k]}, less
 * {@code minimum[k / group]} where the format has minima. Both operations are rounded to float in that order, which gives the
 * format's dequantised values to the last bit; so codes, scales and minima lose nothing.
 */
public interface QuantizedRows {
    /** The rows of a tensor whose type is not {@link TensorType#isFloat()}. Thread-safe. */
    static QuantizedRows of(Tensor tensor) {
        return new BlockRows(tensor, BlockFormat.of(tensor.type()));
    }

    /** Elements that share a scale: 16 or 32. */
    int groupSize();

    /** Whether groups have a minimum. */
    boolean hasMinimum();

    /** Smallest code that can occur: 0 with minima; negative otherwise. */
    int smallestCode();

    /** Largest code that can occur, at most 127. */
    int largestCode();

    /**
     * Decodes one row.
     *
     * @param row row index
     * @param codes receives {@code columns} codes
     * @param scales receives {@code columns / groupSize} scales
     * @param minima receives as many minima; untouched where {@link #hasMinimum()} is false
     */
    void decode(int row, byte[] codes, float[] scales, float[] minima);
}
