// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;

/**
 * How many tokens a model's tokenizer makes of the corpus: {@code fixed + perWord * words}. Learned from the usage that a server
 * reports of two prompts, since a scenario counts in tokens and only the server knows them.
 */
record TokensPerWord(double fixed, double perWord) {
    private static final int FEW = 30;
    private static final int MANY = 150;
    private static final int SEED = 5;

    /** @param promptTokens sends a prompt and returns how many tokens the server found in it */
    static TokensPerWord measure(Corpus corpus, ToIntFunction<Prompt> promptTokens) {
        List<String> passages = new ArrayList<>(corpus.passages());
        Collections.shuffle(passages, new Random(SEED));
        String text = String.join(" ", passages);
        int few = promptTokens.applyAsInt(new Prompt("", Prompts.first(text, FEW)));
        int many = promptTokens.applyAsInt(new Prompt("", Prompts.first(text, MANY)));
        if (few <= 0 || many <= few) {
            throw new IllegalArgumentException("the server's usage.prompt_tokens is of no use: " + few + " for " + FEW
                    + " words, " + many + " for " + MANY + "; give the numbers with --tokens-per-word FIXED,EACH");
        }
        double perWord = (many - few) / (double) (MANY - FEW);
        return new TokensPerWord(few - perWord * FEW, perWord);
    }

    /** From {@code FIXED,EACH}. */
    static TokensPerWord parse(String text) {
        String[] parts = text.split(",", -1);
        try {
            if (parts.length == 2) {
                TokensPerWord found = new TokensPerWord(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
                if (found.perWord > 0) {
                    return found;
                }
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("--tokens-per-word: wanted FIXED,EACH such as 12,1.4, found " + text);
    }

    /** How many words make a prompt of so many tokens; at least 1. */
    int words(int tokens) {
        return (int) Math.max(1, Math.round((tokens - fixed) / perWord));
    }

    @Override
    public String toString() {
        return fixed + "," + perWord;
    }
}
