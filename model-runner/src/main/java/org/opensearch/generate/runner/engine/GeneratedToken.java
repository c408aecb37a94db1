// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;

/**
 * A token of an answer.
 *
 * @param id token id
 * @param logprob its log-probability before penalties and truncation, NaN if not asked for
 * @param top the likeliest tokens at its place, if asked for
 */
public record GeneratedToken(int id, float logprob, List<Alternative> top) {
    /** A likely token and its log-probability. */
    public record Alternative(int id, float logprob) {}
}
