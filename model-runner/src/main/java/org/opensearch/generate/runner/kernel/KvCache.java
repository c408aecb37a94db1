// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.List;

/**
 * Keys and values of all layers in pages of {@link #PAGE} positions (PagedAttention, Kwon et al., arXiv 2309.06180). A page id
 * means the same page in every layer.
 * <p>{@code layers.get(l)} is one buffer, a row for each page, in it a part for each key head:
 * <ul>
 *   <li>{@code F32} and {@code BF16}: {@code [keys: headDim x PAGE][values: PAGE x headDim]}. Keys are transposed, so that SIMD
 *       lanes are positions; values are not, so that lanes are elements of the head.
 *   <li>{@code I8}: {@code [keys: padded / 4 x PAGE x 4][values: PAGE / 4 x padded x 4][float key scales: PAGE][float value
 *       scales: PAGE]}, in bytes, {@code padded} as {@link #paddedHeadDim}. What integer products add up, 4 elements of a key and
 *       4 positions of a value, are neighbours. A key's code is stored plus {@link #KEY_ZERO}, as an unsigned byte, a value's as a
 *       signed one; {@code value = scale * code}.
 * </ul>
 *
 * @param layers a buffer for each layer, {@code F32}, {@code BF16} or {@code I8}
 * @param pages number of pages
 * @param kvHeads key and value heads
 * @param headDim width of a head
 */
public record KvCache(List<Buffer> layers, int pages, int kvHeads, int headDim) {
    /** Positions of a page, and of a tile of attention. */
    public static final int PAGE = 32;

    /** The stored code of a key element 0 in {@code I8} pages. */
    public static final int KEY_ZERO = 128;

    private static final int HEAD_PADDING = 16;

    /** Elements of a head in {@code I8} pages: a multiple of 16, those beyond the head are never read as numbers. */
    public static int paddedHeadDim(int headDim) {
        return (headDim + HEAD_PADDING - 1) / HEAD_PADDING * HEAD_PADDING;
    }

    /** Elements of one page in one layer; of {@code I8} pages, which hold scales too, bytes. */
    public static long pageElements(DataType type, int kvHeads, int headDim) {
        long elements = 2L * PAGE * (type == DataType.I8 ? paddedHeadDim(headDim) + Float.BYTES : headDim);
        return kvHeads * elements;
    }

    /** Bytes of one page in one layer. */
    public static long pageBytes(DataType type, int kvHeads, int headDim) {
        return pageElements(type, kvHeads, headDim) * type.bytes();
    }

    /** Bytes of all layers. */
    public long bytes() {
        return layers.stream().mapToLong(Buffer::bytes).sum();
    }
}
