// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The tokens of a sequence so far, prompt and answer, and how often each was generated. */
public final class TokenHistory {
    private int[] tokens;
    private int length;
    private final int promptLength;
    private final Map<Integer, Integer> generatedCounts = new HashMap<>();

    /** Starts with a prompt. */
    public TokenHistory(int[] prompt) {
        tokens = Arrays.copyOf(prompt, prompt.length + 16);
        length = prompt.length;
        promptLength = prompt.length;
    }

    /** Adds a generated token. */
    public void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, length * 2);
        }
        tokens[length++] = token;
        generatedCounts.merge(token, 1, Integer::sum);
    }

    /** Tokens of prompt and answer. */
    public int length() {
        return length;
    }

    /** Tokens of the prompt. */
    public int promptLength() {
        return promptLength;
    }

    /** Tokens of the answer. */
    public int generated() {
        return length - promptLength;
    }

    /** The token at a position. */
    public int token(int position) {
        return tokens[position];
    }

    /** The tokens; only the first {@link #length()} count. Not to be changed, and good until the next {@link #append}. */
    public int[] tokens() {
        return tokens;
    }

    /** For each generated token, how often it was generated. */
    Map<Integer, Integer> generatedCounts() {
        return generatedCounts;
    }
}
