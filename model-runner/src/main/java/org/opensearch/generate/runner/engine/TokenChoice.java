// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.generate.runner.sample.Logprobs;
import org.opensearch.generate.runner.sample.Sampler;
import org.opensearch.generate.runner.sample.TokenHistory;

/** Logits to the next token of an answer, with its log-probability where the request wants them. Owned by the engine's thread. */
final class TokenChoice {
    private final Sampler sampler = new Sampler();

    /** The token after {@code history}; {@code row}, one logit for each id, is changed. */
    GeneratedToken choose(GenerationRequest request, TokenHistory history, float[] row) {
        int count = request.logprobs();
        if (count < 0) {
            return new GeneratedToken(sampler.sample(row, request.sampling(), history), Float.NaN, List.of());
        }
        float[] untouched = row.clone();
        int id = sampler.sample(row, request.sampling(), history);
        Logprobs logprobs = Logprobs.of(untouched);
        List<GeneratedToken.Alternative> top = new ArrayList<>(count);
        for (int likely : Logprobs.likeliest(untouched, count)) {
            top.add(new GeneratedToken.Alternative(likely, logprobs.of(untouched[likely])));
        }
        return new GeneratedToken(id, logprobs.of(untouched[id]), List.copyOf(top));
    }
}
