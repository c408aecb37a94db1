// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.sample.Logprobs;
import org.opensearch.generate.runner.sample.Sampler;

/**
 * Logits to the next tokens of answers, with their log-probabilities where the requests want them. Owned by the engine's thread;
 * the answers of a step are shared among the worker threads, as a large vocabulary takes a while to go through.
 */
final class TokenChoice {
    private final Workers workers;
    private final ThreadLocal<Sampler> samplers = ThreadLocal.withInitial(Sampler::new);

    TokenChoice(Workers workers) {
        this.workers = workers;
    }

    /**
     * What came of choosing one token: exactly one of the two.
     *
     * @param token the token
     * @param failure why there is none
     */
    record Chosen(@Nullable GeneratedToken token, @Nullable RuntimeException failure) {
        /** The token, or what choosing it has thrown. */
        GeneratedToken get() {
            if (token == null) {
                throw failure == null ? new IllegalStateException("no token was chosen") : failure;
            }
            return token;
        }
    }

    /** The token after each of the sequences; {@code logits}, for each sequence one for each id, are changed. */
    Chosen[] choose(List<Sequence> sequences, float[][] logits) {
        Chosen[] chosen = new Chosen[sequences.size()];
        workers.run(chosen.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                Sequence sequence = sequences.get(i);
                try {
                    chosen[i] = new Chosen(choose(sequence, logits[i]), null);
                } catch (RuntimeException e) {
                    chosen[i] = new Chosen(null, e);
                }
            }
        });
        return chosen;
    }

    private GeneratedToken choose(Sequence sequence, float[] row) {
        int count = sequence.request.logprobs();
        if (count < 0) {
            return new GeneratedToken(id(sequence, row), Float.NaN, List.of());
        }
        float[] untouched = row.clone();
        int id = id(sequence, row);
        Logprobs logprobs = Logprobs.of(untouched);
        List<GeneratedToken.Alternative> top = new ArrayList<>(count);
        for (int likely : Logprobs.likeliest(untouched, count)) {
            top.add(new GeneratedToken.Alternative(likely, logprobs.of(untouched[likely])));
        }
        return new GeneratedToken(id, logprobs.of(untouched[id]), List.copyOf(top));
    }

    private int id(Sequence sequence, float[] row) {
        Guided guided = sequence.guided;
        if (guided != null) {
            OptionalInt forced = guided.forced();
            if (forced.isPresent()) {
                return forced.getAsInt();
            }
            guided.mask().apply(row);
        }
        return samplers.get().sample(row, sequence.request.sampling(), sequence.tokens);
    }
}
