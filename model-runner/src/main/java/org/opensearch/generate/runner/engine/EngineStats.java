// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import java.util.Map;

/**
 * What an engine has done since it started, and how it stands; one consistent picture.
 *
 * @param kernels which kernels compute
 * @param finished answers by the reason they ended
 * @param failures requests that failed
 * @param rejected requests refused because the queue was full
 * @param promptTokens tokens of all prompts that were begun
 * @param cachedTokens how many of those came from the prefix cache
 * @param generatedTokens tokens generated
 * @param recomputedTokens tokens computed again after an eviction
 * @param queued requests waiting for their first step
 * @param running answers that hold pages
 * @param steps steps run
 * @param failedSteps steps that failed and gave everything back
 * @param evictions times that a running answer gave its pages to an older one
 * @param batchRows how many steps had how many rows, in ascending order, buckets without steps left out
 * @param pagesTotal KV pages
 * @param pagesUsed pages held by running answers
 * @param pagesCached pages held by nobody but kept for their prefix
 * @param queueTime from submission to the first step
 * @param firstTokenTime from submission to the first token (TTFT)
 * @param interTokenTime between two tokens of an answer
 * @param recentTokensPerSecond tokens generated a second, of all answers together, over the last ten seconds, rest included
 * @param prefillTokensPerSecond prompt tokens a second, over the steps that computed some
 * @param decodeTokensPerSecond generated tokens a second, over the steps that computed nothing else
 * @param users what each user has that runs or waits
 * @param limits how the engine is shared
 * @param stepCost what steps cost, by which prompts get their tokens beside running answers
 * @param speculation what drafts have brought
 */
public record EngineStats(
        String kernels,
        Map<FinishReason, Long> finished,
        long failures,
        long rejected,
        long promptTokens,
        long cachedTokens,
        long generatedTokens,
        long recomputedTokens,
        int queued,
        int running,
        long steps,
        long failedSteps,
        long evictions,
        List<BatchRows> batchRows,
        int pagesTotal,
        int pagesUsed,
        int pagesCached,
        Latency queueTime,
        Latency firstTokenTime,
        Latency interTokenTime,
        double recentTokensPerSecond,
        double prefillTokensPerSecond,
        double decodeTokensPerSecond,
        List<UserQueue> users,
        EngineLimits limits,
        StepCost stepCost,
        Speculation speculation) {
    /** Share of prompt tokens that came from the prefix cache. */
    public double cacheHitRate() {
        return promptTokens == 0 ? 0 : (double) cachedTokens / promptTokens;
    }

    /**
     * A bucket of the batch-size histogram.
     *
     * @param atMost most rows of a step in it; the bucket below ends at half of that
     * @param steps how many steps
     */
    public record BatchRows(int atMost, long steps) {}

    /**
     * A user's requests of one priority.
     *
     * @param user the name; empty for everybody who is not known
     * @param priority how soon they are wanted
     * @param weight by which the user shares
     * @param waiting requests that wait for their first step
     * @param running requests whose answers grow
     */
    public record UserQueue(String user, Priority priority, double weight, int waiting, int running) {}

    /**
     * What steps cost, as measured lately.
     *
     * @param decodeRows answers that grew in the last step that had any
     * @param decodeStepMillis milliseconds of a step that computes those and nothing else
     * @param promptTokenMillis milliseconds that each prompt token adds to a step
     * @param promptTokensGranted prompt tokens in the last step that had some beside growing answers
     */
    public record StepCost(
            int decodeRows, double decodeStepMillis, double promptTokenMillis, int promptTokensGranted) {}

    /**
     * What drafts have brought.
     *
     * @param tokensPerStep tokens that a step brings an answer, on the average; 1 without drafts
     * @param drafters by whom
     */
    public record Speculation(double tokensPerStep, List<Drafts> drafters) {}

    /**
     * What became of the drafts of one drafter.
     *
     * @param drafter its name
     * @param drafts drafts verified
     * @param drafted their tokens
     * @param accepted tokens of those that the model chose too
     */
    public record Drafts(String drafter, long drafts, long drafted, long accepted) {
        Drafts plus(Drafts more) {
            return new Drafts(drafter, drafts + more.drafts, drafted + more.drafted, accepted + more.accepted);
        }
    }

    /**
     * How long something took.
     *
     * @param count how often it was measured
     * @param p50Millis median, in milliseconds, within 7 percent
     * @param p95Millis 95th percentile
     * @param p99Millis 99th percentile
     */
    public record Latency(long count, double p50Millis, double p95Millis, double p99Millis) {}
}
