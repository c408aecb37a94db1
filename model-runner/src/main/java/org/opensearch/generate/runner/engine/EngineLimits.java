// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.Map;

/**
 * How an engine is shared; can be changed while it runs.
 *
 * @param weights of users: while several wait, each gets tokens in proportion; 1 for those not named
 * @param ingestShare share of the tokens that ingest gets while interactive requests wait as well, 0 to 1
 * @param userRequests most requests of a user that run and wait; 0 for no limit
 * @param userTokensPerMinute most tokens of a user in a minute, prompts and answers together, cached ones left out; 0 for no limit
 */
public record EngineLimits(
        Map<String, Double> weights, double ingestShare, int userRequests, long userTokensPerMinute) {
    /** Without another choice, ingest gets one token in ten. */
    public static final double DEFAULT_INGEST_SHARE = 0.1;

    /** Equal weights, and no limits. */
    public static final EngineLimits NONE = new EngineLimits(Map.of(), DEFAULT_INGEST_SHARE, 0, 0);

    /** Checks ranges. */
    public EngineLimits {
        weights = Map.copyOf(weights);
        weights.forEach((user, weight) -> {
            if (!(weight > 0 && weight <= 1e6)) {
                throw new IllegalArgumentException(
                        "the weight of [" + user + "] must be above 0 and at most 1000000, found " + weight);
            }
        });
        if (!(ingestShare >= 0 && ingestShare <= 1)) {
            throw new IllegalArgumentException("the share of ingest must be from 0 to 1, found " + ingestShare);
        }
        if (userRequests < 0 || userTokensPerMinute < 0) {
            throw new IllegalArgumentException("a user's requests and tokens a minute must be at least 0, found "
                    + userRequests + " and " + userTokensPerMinute);
        }
    }
}
