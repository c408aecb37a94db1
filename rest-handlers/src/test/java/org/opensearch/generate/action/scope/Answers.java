// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.generate.runner.engine.FinishReason;

/** Answers as an engine gives them. */
final class Answers {
    private Answers() {}

    static Answer of(String text, @Nullable List<TokenLogprob> logprobs, Citation... citations) {
        return new Answer(
                "gen-1",
                "tiny",
                text,
                FinishReason.STOP,
                logprobs,
                new Answer.Usage(10, 2, 5, 1, 0),
                List.of(citations),
                new Answer.Context(1, 0, 0, 7, 0, 0),
                new Answer.Timings(1, 2, 3, 4, 5));
    }

    /** An answer of one token; the alternatives in its place are pairs of a word and its probability. */
    static Answer judging(Object... alternatives) {
        TokenLogprob[] top = new TokenLogprob[alternatives.length / 2];
        for (int i = 0; i < top.length; i++) {
            top[i] = token((String) alternatives[2 * i], (Double) alternatives[2 * i + 1], List.of());
        }
        return of("", List.of(token("x", 0.5, List.of(top))));
    }

    private static TokenLogprob token(String text, double probability, List<TokenLogprob> top) {
        return new TokenLogprob(text.getBytes(StandardCharsets.UTF_8), (float) Math.log(probability), top);
    }
}
