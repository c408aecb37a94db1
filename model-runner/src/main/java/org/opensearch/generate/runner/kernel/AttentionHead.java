// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** The running state of one query head in {@link Kernels#attention}: an online softmax over the pages that it visits. */
sealed interface AttentionHead permits FloatAttentionHead, Int8AttentionHead {
    /** Begins a row. */
    void start(float[] query);

    /** Takes positions {@code from} to {@code to} (exclusive) of the page that was loaded last. */
    void visit(int from, int to);

    /** The row's output. */
    float[] finish();
}
