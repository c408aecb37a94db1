// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/**
 * The tokens of a vocabulary in the order of their bytes, with how much each shares with the one before: a trie that is walked by
 * going through an array. Tokens without bytes (control tokens) are left out. Immutable.
 */
final class TokenTrie {
    private final int vocabulary;
    private final int[] ids;
    /** The bytes of all tokens, one after the other, and where each begins, with the end behind them. */
    private final byte[] bytes;

    private final int[] starts;
    private final int[] shared;
    private final int longest;

    /** Of the tokenizer's ids those below {@code vocabulary}, which the model knows, without those that end answers. */
    TokenTrie(Tokenizer tokenizer, int vocabulary, Set<Integer> ends) {
        this.vocabulary = vocabulary;
        byte[][] all = new byte[Math.min(tokenizer.size(), vocabulary)][];
        for (int id = 0; id < all.length; id++) {
            all[id] = tokenizer.isControl(id) || ends.contains(id) ? new byte[0] : tokenizer.bytes(id);
        }
        ids = IntStream.range(0, all.length)
                .filter(id -> all[id].length > 0)
                .boxed()
                .sorted((a, b) -> Arrays.compareUnsigned(all[a], all[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        bytes = new byte[IntStream.of(ids).map(id -> all[id].length).sum()];
        starts = new int[ids.length + 1];
        shared = new int[ids.length];
        int most = 0;
        for (int i = 0; i < ids.length; i++) {
            byte[] token = all[ids[i]];
            System.arraycopy(token, 0, bytes, starts[i], token.length);
            starts[i + 1] = starts[i] + token.length;
            most = Math.max(most, token.length);
            int different = i == 0 ? 0 : Arrays.mismatch(all[ids[i - 1]], token);
            shared[i] = different < 0 ? token.length : different;
        }
        longest = most;
    }

    /** Token ids are below this. */
    int vocabulary() {
        return vocabulary;
    }

    /** How many tokens have bytes. */
    int size() {
        return ids.length;
    }

    /** The id of the i-th token. */
    int id(int i) {
        return ids[i];
    }

    /** How many bytes the i-th token has. */
    int length(int i) {
        return starts[i + 1] - starts[i];
    }

    /** A byte of the i-th token. */
    byte at(int i, int position) {
        return bytes[starts[i] + position];
    }

    /** How many first bytes the i-th token shares with the one before. */
    int shared(int i) {
        return shared[i];
    }

    /** Bytes of the longest token. */
    int longest() {
        return longest;
    }

    /** The first token whose bytes are not below these; tokens with the same bytes are in the order of their ids. */
    int ceiling(byte[] text) {
        int low = 0;
        int high = ids.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Arrays.compareUnsigned(bytes, starts[middle], starts[middle + 1], text, 0, text.length) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Whether the i-th token begins with these bytes; false after the last token. */
    boolean startsWith(int i, byte[] text) {
        return i < ids.length
                && length(i) >= text.length
                && Arrays.equals(bytes, starts[i], starts[i] + text.length, text, 0, text.length);
    }
}
