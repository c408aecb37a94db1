// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

/** How the elements of a tensor are stored: the GGUF types we read, with their block sizes; safetensors uses the first three. */
public enum TensorType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    BF16(30, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ2_XXS(16, 256, 66),
    IQ4_NL(20, 32, 18),
    IQ4_XS(23, 256, 136);

    private final int ggufId;
    private final int blockElements;
    private final int blockBytes;

    TensorType(int ggufId, int blockElements, int blockBytes) {
        this.ggufId = ggufId;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The number GGUF files use. */
    public int ggufId() {
        return ggufId;
    }

    /** Elements in one block, all in one row. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether elements are plain floating-point numbers. */
    public boolean isFloat() {
        return blockElements == 1;
    }
}
