// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** A submitted request. */
public interface GenerationHandle {
    /** Ends the answer with {@link FinishReason#CANCELLED}; its pages are free by the next step. Does nothing when it has ended. */
    void cancel();
}
