// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Prompts of a wanted length, composed of the corpus: the same for the same seed, load and number.
 *
 * <p>A prompt is the shared prefix, a line that no other context has, passages in an order of its own, cut at the wanted length,
 * and a question. So prompts share their prefix and nothing else, unless they are questions about the same context.
 */
final class Prompts {
    private static final String TASK = "Answer the question using only the passages.";
    private static final String MORE_TASK = "This is how answers are written:";

    private final Corpus corpus;
    private final Scenario.Load load;
    private final TokensPerWord tokens;
    private final long seed;

    /** @param seed another one, other contexts; the shared prefix stays */
    Prompts(Corpus corpus, Scenario.Load load, TokensPerWord tokens, long seed) {
        this.corpus = corpus;
        this.load = load;
        this.tokens = tokens;
        this.seed = seed;
    }

    /** The prompt of a request; numbers below 0 are for warming up. */
    Prompt prompt(int request) {
        int context = Math.floorDiv(request, load.questionsPerContext());
        String question = question(request);
        String system = load.sharedPrefixTokens() == 0 ? "" : shared(tokens.words(load.sharedPrefixTokens()));
        String label =
                context + "-" + load.name() + "-" + seed + ":"; // first what differs: nothing of it is in a cache
        int used = words(system) + words(label) + words(question);
        int wanted = tokens.words(load.promptTokens()) - used;
        String passages = passages(Math.max(0, wanted), new Random(31 * seed + context));
        return new Prompt(system, label + "\n" + passages + "\n" + question);
    }

    /** The question of a request. */
    String question(int request) {
        return corpus.questions().get(Math.floorMod(request, corpus.questions().size()));
    }

    private String shared(int words) {
        String whole = String.join(" ", corpus.passages());
        return first(TASK + " " + MORE_TASK + " " + whole, words);
    }

    private String passages(int words, Random random) {
        List<String> shuffled = new ArrayList<>(corpus.passages());
        StringBuilder text = new StringBuilder();
        int found = 0;
        while (found < words) {
            Collections.shuffle(shuffled, random);
            for (String passage : shuffled) {
                text.append(passage).append(' ');
                found += words(passage);
                if (found >= words) {
                    break;
                }
            }
        }
        return first(text.toString(), words);
    }

    static int words(String text) {
        int words = 0;
        for (String word : text.split("\\s+", -1)) {
            words += word.isEmpty() ? 0 : 1;
        }
        return words;
    }

    /** The first words of a text, or all if there are not so many. */
    static String first(String text, int words) {
        String[] all = text.strip().split("\\s+", -1);
        return String.join(" ", List.of(all).subList(0, Math.min(words, all.length)));
    }
}
