// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import org.opensearch.common.unit.TimeValue;

/** What requests leave open. Settings change it while the node runs. Thread-safe. */
public final class AnswerDefaults {
    private volatile TimeValue timeout;
    private volatile int maxCompletionTokens;

    /**
     * @param timeout time for retrieval, queue and generation together
     * @param maxCompletionTokens most tokens of an answer
     */
    public AnswerDefaults(TimeValue timeout, int maxCompletionTokens) {
        this.timeout = timeout;
        this.maxCompletionTokens = maxCompletionTokens;
    }

    /** Time for retrieval, queue and generation together. */
    public TimeValue timeout() {
        return timeout;
    }

    /** Most tokens of an answer. */
    public int maxCompletionTokens() {
        return maxCompletionTokens;
    }

    /** Changes the time. */
    public void timeout(TimeValue value) {
        timeout = value;
    }

    /** Changes the tokens. */
    public void maxCompletionTokens(int value) {
        maxCompletionTokens = value;
    }
}
