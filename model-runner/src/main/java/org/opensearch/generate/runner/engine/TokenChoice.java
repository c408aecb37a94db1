// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.sample.Logprobs;
import org.opensearch.generate.runner.sample.Sampler;

/**
 * Logits to the next tokens of answers, with their log-probabilities where the requests want them. Owned by the engine's thread;
 * the answers of a step are shared among the worker threads, as a large vocabulary takes a while to go through.
 */
final class TokenChoice {
    private static final int[] NONE = {};

    private final Workers workers;
    private final Tokenizer tokenizer;
    private final Set<Integer> ends;
    private final ThreadLocal<Sampler> samplers = ThreadLocal.withInitial(Sampler::new);

    /**
     * @param workers share the answers of a step
     * @param tokenizer what tokens stand for
     * @param ends token ids that end an answer
     */
    TokenChoice(Workers workers, Tokenizer tokenizer, Set<Integer> ends) {
        this.workers = workers;
        this.tokenizer = tokenizer;
        this.ends = ends;
    }

    /**
     * What came of choosing a sequence's next tokens.
     *
     * @param tokens the tokens; all but the last were drafted
     * @param branch the branch of the draft that they follow; -1 for the draft itself
     * @param failure why there is not one more; null if there is nothing wrong
     * @param likeliest the likeliest token after the last token and after each of the draft; empty if its drafter does not
     *     want them
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Chosen(
            List<GeneratedToken> tokens,
            int branch,
            @Nullable RuntimeException failure,
            int[] likeliest) {
        /** How many tokens of the draft were chosen too. */
        int accepted() {
            return Math.max(0, tokens.size() - 1);
        }
    }

    /**
     * Chooses the tokens after each of the slices, as if one step were run for each of them, as far as the drafts hold, and adds them
     * to the sequences.
     *
     * @param slices those that sample, in the order of their rows
     * @param logits for each row one for each id; changed
     */
    Chosen[] choose(List<Slice> slices, float[][] logits) {
        Chosen[] chosen = new Chosen[slices.size()];
        int[] rows = new int[chosen.length + 1];
        for (int i = 0; i < chosen.length; i++) {
            rows[i + 1] = rows[i] + slices.get(i).logitRows();
        }
        workers.run(chosen.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                chosen[i] = choose(slices.get(i), Arrays.copyOfRange(logits, rows[i], rows[i + 1]));
            }
        });
        return chosen;
    }

    private Chosen choose(Slice slice, float[][] rows) {
        Sequence sequence = slice.sequence();
        int[] likeliest = likeliest(slice, rows);
        List<GeneratedToken> tokens = new ArrayList<>(rows.length);
        int branch = -1;
        int[] run = slice.draft();
        int row = 0;
        try {
            while (true) {
                GeneratedToken token = choose(sequence, rows[row]);
                sequence.tokens.append(token.id());
                tokens.add(token);
                if (ends.contains(token.id())) {
                    break;
                }
                sequence.advanceGuide(tokenizer.bytes(token.id()));
                if (sequence.guided != null && sequence.guided.isFinal()) {
                    break;
                }
                int drafted = tokens.size() - 1;
                if (drafted == 0 && !begins(run, token.id())) {
                    branch = branch(slice.branches(), token.id());
                    run = branch < 0 ? run : slice.branches().get(branch);
                }
                if (drafted == run.length || token.id() != run[drafted]) {
                    break;
                }
                row = slice.firstLogitRow(branch) + drafted;
            }
        } catch (RuntimeException e) {
            return new Chosen(tokens, branch, e, likeliest);
        }
        return new Chosen(tokens, branch, null, likeliest);
    }

    /** The branch that begins with a token, or -1. */
    private static int branch(List<int[]> branches, int token) {
        return IntStream.range(0, branches.size())
                .filter(i -> begins(branches.get(i), token))
                .findFirst()
                .orElse(-1);
    }

    private static boolean begins(int[] run, int token) {
        return run.length > 0 && run[0] == token;
    }

    /** As {@link Chosen#likeliest} has them; before the rows are changed. */
    private static int[] likeliest(Slice slice, float[][] rows) {
        SequenceDrafts drafts = slice.sequence().drafts;
        if (slice.draft().length == 0 || drafts == null || !drafts.wantsLikeliest()) {
            return NONE;
        }
        return Arrays.stream(rows)
                .mapToInt(row -> Logprobs.likeliest(row, 1)[0])
                .toArray();
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
