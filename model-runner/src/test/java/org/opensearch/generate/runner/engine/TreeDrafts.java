// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.opensearch.generate.runner.speculate.Draft;
import org.opensearch.generate.runner.speculate.DraftModel;
import org.opensearch.generate.runner.speculate.ModelDrafts;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/** Drafts for a request whose answer is known: trees, some of whose runs are right as far as they are meant to be. */
public final class TreeDrafts implements DraftModel {
    private static final SpeculationOptions DRAFTED = new SpeculationOptions(Mode.DRAFT_MODEL, 8, "known", "");

    /** Makes a draft. */
    interface Shape {
        /**
         * A draft of what comes next.
         *
         * @param text prompt and answer
         * @param next where the draft begins
         * @param limit most tokens, no more than the text still has
         */
        Draft draft(int[] text, int next, int limit);
    }

    private final int[] text;
    private final Shape shape;

    private TreeDrafts(int[] text, Shape shape) {
        this.text = text;
        this.shape = shape;
    }

    /** The request with drafts of a shape. */
    static GenerationRequest of(GenerationRequest request, int[] answer, Shape shape) {
        int length = request.prompt().length;
        int[] text = Arrays.copyOf(request.prompt(), length + answer.length);
        System.arraycopy(answer, 0, text, length, answer.length);
        return request.speculating(DRAFTED, new TreeDrafts(text, shape));
    }

    /** The request with drafts of all shapes; at most one of their runs is right, and not always to its end. */
    public static GenerationRequest ofAllShapes(
            GenerationRequest request, int[] answer, int vocabulary, RandomGenerator random) {
        return of(request, answer, (text, next, limit) -> tree(text, next, limit, vocabulary, random));
    }

    private static Draft tree(int[] text, int next, int limit, int vocabulary, RandomGenerator random) {
        int runs = random.nextInt(1, 5);
        int right = random.nextInt(runs + 1);
        List<Draft> all = new ArrayList<>();
        for (int run = 0; run < runs && limit > 0; run++) {
            int[] tokens = Arrays.copyOfRange(text, next, next + random.nextInt(1, limit + 1));
            int last = tokens.length - 1;
            if (run != right) {
                tokens[0] = (tokens[0] + run + 1) % vocabulary;
            } else if (last > 0 && random.nextBoolean()) {
                tokens[last] = (tokens[last] + 1) % vocabulary;
            }
            all.add(run(tokens));
        }
        return all.isEmpty() ? Draft.NONE : all.getFirst().with(all.subList(1, all.size()));
    }

    /** A run of which all seems certain. */
    static Draft run(int... tokens) {
        float[] probabilities = new float[tokens.length];
        Arrays.fill(probabilities, 0.99f);
        return ModelDrafts.draft(tokens, probabilities);
    }

    @Override
    public Pending begin(int[] tokens, String salt, int limit, double threshold, long nanos) {
        return new Pending() {
            @Override
            public boolean isDone() {
                return true;
            }

            @Override
            public Draft get() {
                return shape.draft(text, tokens.length, Math.min(limit, text.length - tokens.length));
            }
        };
    }
}
