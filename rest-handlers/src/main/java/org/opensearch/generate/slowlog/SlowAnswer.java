// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.slowlog;

import java.util.concurrent.TimeUnit;
import org.opensearch.generate.rag.Answer;

/**
 * An answer that may have been slow.
 *
 * @param answer the answer, with its timings but for retrieval
 * @param retrieveNanos of the search for documents; 0 without one
 * @param totalNanos from the request to the answer
 * @param user who asked, as the security plugin knows them; empty without one
 * @param opaqueId the request's {@code X-Opaque-Id}; empty without one
 * @param prompt the conversation's last message
 */
record SlowAnswer(Answer answer, long retrieveNanos, long totalNanos, String user, String opaqueId, String prompt) {
    long nanos(Phase phase) {
        Answer.Timings timings = answer.timings();
        return switch (phase) {
            case RETRIEVE -> retrieveNanos;
            case QUEUE -> nanos(timings.queueMillis());
            case PREFILL -> nanos(timings.prefillMillis());
            case DECODE -> nanos(decodeMillis());
            case TOTAL -> totalNanos;
        };
    }

    /** From the first token to the last. */
    double decodeMillis() {
        double perSecond = answer.timings().decodeTokensPerSecond();
        return perSecond > 0 ? (answer.usage().completionTokens() - 1) * 1e3 / perSecond : 0;
    }

    private static long nanos(double millis) {
        return Math.round(millis * TimeUnit.MILLISECONDS.toNanos(1));
    }
}
