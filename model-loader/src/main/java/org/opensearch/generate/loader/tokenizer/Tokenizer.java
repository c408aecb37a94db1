// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import java.util.List;
import org.opensearch.generate.loader.chat.PromptPiece;

/**
 * Text to token ids and back. Thread-safe.
 *
 * <p>Control tokens are a vocabulary's special tokens: they are never made of text that is not trusted, and never show in an
 * answer. Added tokens that are written like markup ({@code <think>}, {@code [TOOL]}) but are not special are never made of such
 * text either; they do show, since answers are structured by them.
 */
public interface Tokenizer extends AutoCloseable {
    /** Number of token ids. */
    int size();

    /** Ids of plain text: nothing in it becomes a control token, nothing is put in front. */
    int[] encode(String text);

    /**
     * Ids of text in which control tokens count, as the model's own tokenizer reads it; with {@code bos} in front if asked, unless
     * the text begins with it or the model has none.
     */
    int[] encodeWithControlTokens(String text, boolean bos);

    /**
     * Ids of a rendered prompt. Pieces are joined before they are split into words, so that the ids are those of the whole
     * text; only control tokens inside untrusted pieces, or across the border of a piece, are taken as text. {@code bos} is put
     * in front if asked, unless the prompt begins with it (many templates write it) or the model has none.
     */
    int[] encode(List<PromptPiece> prompt, boolean bos);

    /** Whether the id is a control token ({@code </s>}, {@code <|im_end|>}), which never shows in an answer's text. */
    boolean isControl(int id);

    /** The bytes that the id stands for when decoded inside a text; empty for control tokens. */
    byte[] bytes(int id);

    /** How many spaces are left out where a decoded text begins, if its tokens have them there. */
    default int strippedSpaces() {
        return 0;
    }

    /** Text of ids, control tokens left out; malformed UTF-8 as U+FFFD. */
    String decode(int[] ids);

    /** A decoder for one answer, that never emits half a character. */
    StreamDecoder streamDecoder();

    @Override
    void close();

    /** Turns ids into text as they come. Not thread-safe: one for each answer. */
    interface StreamDecoder {
        /** The text that is certain after this id; empty while a UTF-8 character is incomplete. */
        String push(int id);

        /** What remains at the end, an incomplete character as U+FFFD. */
        String finish();
    }
}
