// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.List;

/**
 * Keys and values of all layers in pages of {@link #PAGE} positions (PagedAttention, Kwon et al., arXiv 2309.06180). A page id
 * means the same page in every layer.
 * <p>{@code layers.get(l)} is one buffer: {@code [pages][kvHeads][keys: headDim x PAGE, then values: PAGE x headDim]}. Keys are
 * transposed, so that SIMD lanes are positions; values are not, so that lanes are elements of the head.
 *
 * @param layers a buffer for each layer, {@code F32} or {@code BF16}
 * @param pages number of pages
 * @param kvHeads key and value heads
 * @param headDim width of a head
 */
public record KvCache(List<Buffer> layers, int pages, int kvHeads, int headDim) {
    /** Positions of a page, and of a tile of attention. */
    public static final int PAGE = 32;

    /** Elements of one page in one layer. */
    public static long pageElements(int kvHeads, int headDim) {
        return 2L * kvHeads * headDim * PAGE;
    }

    /** Bytes of all layers. */
    public long bytes() {
        return layers.stream().mapToLong(Buffer::bytes).sum();
    }
}
