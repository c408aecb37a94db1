// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import org.opensearch.generate.runner.kernel.FloatMath;

/**
 * Chooses the next token from its logits: penalties, temperature, min-p, top-k, top-p, one draw.
 * <p>The choice depends on the logits, the options and the sequence's own tokens alone, and its arithmetic has one order, so a
 * request gets the same tokens in any company. Ties go to the lower id. Each filter works on what the one before it left, with
 * probabilities that sum to 1 again. Not thread-safe: it keeps scratch memory.
 * <p>Top-p: Holtzman et al., arXiv 1904.09751; min-p: Nguyen et al., arXiv 2407.01082; repetition penalty: Keskar et al., arXiv
 * 1909.05858, section 4.1.
 */
public final class Sampler {
    private float[] weights = new float[0];
    private long[] order = new long[0];
    private final BitSet seen = new BitSet();

    /**
     * The next token.
     *
     * @param logits a logit for each token id; used as scratch memory, so read log-probabilities before
     * @param options how to choose
     * @param history the sequence's tokens so far
     * @throws IllegalStateException if a logit is not a number, or none is finite
     */
    public int sample(float[] logits, SamplingOptions options, TokenHistory history) {
        check(logits);
        penalize(logits, options, history);
        int best = argmax(logits);
        if (options.temperature() == 0f || options.topK() == 1) {
            return best;
        }
        double draw = Philox.uniform(options.seed(), history.length());
        boolean truncated = options.topK() > 0 || options.topP() < 1f;
        weigh(logits, logits[best], options);
        return truncated ? drawTruncated(logits, options, draw) : drawAny(logits.length, draw);
    }

    /** Throws if any logit is NaN or infinite, minus infinity excepted: that is a token that cannot come. */
    private static void check(float[] logits) {
        boolean finite = false;
        for (int id = 0; id < logits.length; id++) {
            float logit = logits[id];
            if (!(logit < Float.POSITIVE_INFINITY)) {
                throw new IllegalStateException("the model's logit of token " + id + " is " + logit);
            }
            finite |= logit > Float.NEGATIVE_INFINITY;
        }
        if (!finite) {
            throw new IllegalStateException("the model gave no token a finite logit");
        }
    }

    private void penalize(float[] logits, SamplingOptions options, TokenHistory history) {
        float repetition = options.repetitionPenalty();
        if (repetition != 1f) {
            seen.clear();
            for (int i = 0; i < history.length(); i++) {
                seen.set(history.token(i));
            }
            for (int id = seen.nextSetBit(0); id >= 0; id = seen.nextSetBit(id + 1)) {
                logits[id] = logits[id] > 0 ? logits[id] / repetition : logits[id] * repetition;
            }
        }
        if (options.presencePenalty() != 0f || options.frequencyPenalty() != 0f) {
            for (Map.Entry<Integer, Integer> entry : history.generatedCounts().entrySet()) {
                int id = entry.getKey();
                logits[id] = logits[id] - options.frequencyPenalty() * entry.getValue() - options.presencePenalty();
            }
        }
    }

    private static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    /** Weights relative to the likeliest token, which has 1; those under min-p become 0. */
    private void weigh(float[] logits, float largest, SamplingOptions options) {
        if (weights.length < logits.length) {
            weights = new float[logits.length];
        }
        float temperature = options.temperature();
        float smallest = options.minP();
        for (int id = 0; id < logits.length; id++) {
            float weight = FloatMath.exp((logits[id] - largest) / temperature);
            weights[id] = weight < smallest ? 0f : weight;
        }
    }

    private int drawAny(int tokens, double draw) {
        double total = 0;
        for (int id = 0; id < tokens; id++) {
            total += weights[id];
        }
        double target = draw * total;
        double sum = 0;
        int last = 0;
        for (int id = 0; id < tokens; id++) {
            if (weights[id] > 0f) {
                sum += weights[id];
                last = id;
                if (sum > target) {
                    return id;
                }
            }
        }
        return last;
    }

    private int drawTruncated(float[] logits, SamplingOptions options, double draw) {
        int candidates = 0;
        double total = 0;
        if (order.length < logits.length) {
            order = new long[logits.length];
        }
        for (int id = 0; id < logits.length; id++) {
            if (weights[id] > 0f) {
                order[candidates++] = rank(logits[id], id);
                total += weights[id];
            }
        }
        if (options.topK() > 0 && options.topK() < candidates) {
            Selection.smallestFirst(order, candidates, options.topK());
            candidates = options.topK();
            Arrays.sort(order, 0, candidates);
            total = 0;
            for (int i = 0; i < candidates; i++) {
                total += weights[(int) order[i]];
            }
        } else {
            candidates = dropRare(candidates, options.topP(), total);
            Arrays.sort(order, 0, candidates);
        }
        double wanted = options.topP() < 1f ? options.topP() * total : total;
        double mass = 0;
        int kept = 0;
        while (kept < candidates && (kept == 0 || mass < wanted)) {
            mass += weights[(int) order[kept++]];
        }
        double target = draw * mass;
        double sum = 0;
        for (int i = 0; i < kept; i++) {
            sum += weights[(int) order[i]];
            if (sum > target) {
                return (int) order[i];
            }
        }
        return (int) order[kept - 1];
    }

    /**
     * Drops candidates that top-p cannot reach, so that few are left to sort: those under {@code (1 - p) / candidates} have less
     * than {@code 1 - p} together.
     */
    private int dropRare(int candidates, float topP, double total) {
        double smallest = (1.0 - topP) * total / candidates;
        int kept = 0;
        for (int i = 0; i < candidates; i++) {
            long key = order[i];
            if (weights[(int) key] >= smallest) {
                order[kept++] = key;
            }
        }
        return kept;
    }

    /** A number that is smaller for likelier tokens, then for lower ids; its low 32 bits are the id. */
    private static long rank(float logit, int id) {
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ascending = bits ^ (bits >> 31 & 0x7FFFFFFF);
        return (long) ~ascending << 32 | id;
    }
}
