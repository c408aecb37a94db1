// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.runner.kernel.Kernels;

/** A loaded model: weights on a device, and one forward step over a packed batch. One thread at a time. */
public interface Model extends AutoCloseable {
    /** Architecture and sizes. */
    ModelConfig config();

    /** The kernels it runs on. */
    Kernels kernels();

    /** Bytes of packed weights. */
    long weightBytes();

    /** Bytes of one KV page, all layers. */
    long pageBytes();

    /** Number of KV pages. */
    int pages();

    /**
     * Changes the number of KV pages, at least 1; of those that are there before and after, the first {@code kept} keep what they
     * hold. Throws if memory is
     * refused; then their number is what {@link #pages} says, no less than the smaller of both.
     */
    void resizePages(int pages, int kept);

    /** Most rows a batch may have. */
    int maxBatchRows();

    /** Longest context, prompt and answer together, in tokens; less if the pages hold less. */
    int maxContext();

    /** Copies a KV page (copy on write). */
    void copyPage(int from, int to);

    /**
     * Has the memory of KV pages {@code from} to {@code to - 1} ready before their first use, as far as there are so many. Any thread,
     * while the model is open.
     */
    void prefault(int from, int to);

    /**
     * Runs one step: writes keys and values of every row into its sequence's pages, and computes logits of the rows that ask for
     * them.
     *
     * @param batch what to run; throws {@link IllegalArgumentException} if it has more than {@link #maxBatchRows()} rows
     * @param logits receives a row of {@code vocabulary} floats for each entry of {@code batch.logitRows()}, in order
     */
    void forward(Batch batch, float[][] logits);

    @Override
    void close();
}
