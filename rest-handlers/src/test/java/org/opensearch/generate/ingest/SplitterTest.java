// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.ingest.Splitter.Chunk;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.tokenizer.SeededTexts;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** Texts cut by tokenizers of two families, whose tokens are bytes. */
class SplitterTest {
    private static final int RANDOM_TEXTS = 300;
    private static final String STORY =
            "The lamp was lit. Nobody saw it!  Did the ship turn? It did.\nA new line began";

    @TempDir
    private Path folder = Path.of("");

    private interface Check {
        void with(Tokenizer tokenizer);
    }

    private void eachTokenizer(Check check) throws IOException {
        for (String architecture : List.of("llama", "qwen2")) {
            try (ModelSource source = ModelFiles.open(TinyModel.of(architecture).writeGguf(folder))) {
                check.with(source.tokenizer());
            }
        }
    }

    private static List<String> texts(String text, List<Chunk> chunks) {
        return chunks.stream()
                .map(chunk -> text.substring(chunk.start(), chunk.end()))
                .toList();
    }

    @Test
    void randomTextsAreCutWithoutLossWithinTheLimit() throws IOException {
        SeededTexts random = new SeededTexts();
        eachTokenizer(tokenizer -> {
            for (int i = 0; i < RANDOM_TEXTS; i++) {
                StringBuilder text = new StringBuilder();
                for (int part = random.number(6); part >= 0; part--) {
                    text.append(random.next()).append(random.number(2) == 0 ? ". " : " ");
                }
                int limit = Splitter.LEAST_TOKENS + random.number(60);
                check(text.toString(), tokenizer, limit, random.number(limit / 2 + 1), random.replay());
            }
        });
    }

    private static void check(String text, Tokenizer tokenizer, int limit, int overlap, String replay) {
        List<Chunk> chunks = new Splitter(tokenizer, limit, overlap).split(text);
        StringBuilder whole = new StringBuilder();
        int end = 0;
        int start = -1;
        for (Chunk chunk : chunks) {
            assertTrue(chunk.start() <= end && chunk.start() > start && chunk.end() > end, replay);
            assertEquals(chunk.tokens(), tokenizer.encode(text.substring(chunk.start(), chunk.end())).length, replay);
            assertTrue(chunk.tokens() <= limit, replay);
            assertTrue(
                    chunk.start() == end || tokenizer.encode(text.substring(chunk.start(), end)).length <= overlap,
                    replay);
            whole.append(text, end, chunk.end());
            start = chunk.start();
            end = chunk.end();
        }
        assertEquals(text.isBlank() ? "" : text, whole.toString(), replay);
    }

    @Test
    void chunksEndWithSentences() throws IOException {
        eachTokenizer(tokenizer -> {
            assertEquals(
                    List.of(
                            "The lamp was lit. ",
                            "Nobody saw it!  ",
                            "Did the ship turn? ",
                            "It did.\n",
                            "A new line began"),
                    texts(STORY, new Splitter(tokenizer, 21, 0).split(STORY)));
            assertEquals(
                    List.of("The lamp was lit. Nobody saw it!  ", "Did the ship turn? It did.\n", "A new line began"),
                    texts(STORY, new Splitter(tokenizer, 36, 0).split(STORY)));
        });
    }

    @Test
    void anOverlapBeginsWithASentenceOrElseWithAWord() throws IOException {
        String words = "one two three four five six seven eight nine";
        eachTokenizer(tokenizer -> {
            assertEquals(
                    List.of(
                            "The lamp was lit. Nobody saw it!  ",
                            "Nobody saw it!  Did the ship turn? ",
                            "Did the ship turn? It did.\n",
                            "It did.\nA new line began"),
                    texts(STORY, new Splitter(tokenizer, 37, 20).split(STORY)));
            assertEquals(
                    List.of("one two three ", "three four ", "four five six ", "six seven ", "eight nine"),
                    texts(words, new Splitter(tokenizer, 15, 7).split(words)));
        });
    }

    @Test
    void aSentenceTooLongIsCutBetweenWordsAndAWordTooLongBetweenCharacters() throws IOException {
        String text = "Donaudampfschifffahrtsgesellschaft sails far 😀😀😀😀";
        eachTokenizer(tokenizer -> {
            List<String> parts = texts(text, new Splitter(tokenizer, 10, 0).split(text));
            assertEquals(text, String.join("", parts));
            assertTrue(parts.stream().anyMatch(part -> part.startsWith("sails ")), parts::toString);
            for (String part : parts) {
                assertFalse(Character.isLowSurrogate(part.charAt(0)), parts::toString);
            }
        });
    }

    @Test
    void aBlankTextHasNoChunks() throws IOException {
        eachTokenizer(tokenizer -> {
            assertEquals(List.of(), new Splitter(tokenizer, 10, 5).split(" \n\t "));
            assertEquals(List.of(), new Splitter(tokenizer, 10, 5).split(""));
        });
    }

    @Test
    void aLongTextIsCutWithFewCounts() throws IOException {
        String text = "All work and no play makes Jack a dull boy. ".repeat(5000);
        eachTokenizer(tokenizer -> {
            CountingTokenizer counting = new CountingTokenizer(tokenizer);
            List<Chunk> chunks = new Splitter(counting, 384, 76).split(text);
            check(text, tokenizer, 384, 76, "");
            assertTrue(
                    counting.tokens() < 12L * text.length(),
                    "counted " + counting.tokens() + " tokens for " + chunks.size() + " chunks");
        });
    }

    @Test
    void aLongSentenceAndALongWordAreCutWithFewCounts() throws IOException {
        String words = "all work and no play ".repeat(5000);
        String letters = "abcdefghij".repeat(10_000);
        eachTokenizer(tokenizer -> {
            for (String text : List.of(words, letters)) {
                CountingTokenizer counting = new CountingTokenizer(tokenizer);
                new Splitter(counting, 384, 76).split(text);
                check(text, tokenizer, 384, 76, "");
                assertTrue(
                        counting.tokens() < 60L * text.length(),
                        "counted " + counting.tokens() + " tokens of " + text.length());
            }
        });
    }

    @Test
    void sentencesEndBehindTheirFullStopsWhateverFollows() throws IOException {
        eachTokenizer(tokenizer -> {
            for (String last : List.of("😀😀😀😀", "☃☃☃☃☃", "Next one here.", "次の文。")) {
                String text = "It sails. " + last;
                List<String> parts = texts(text, new Splitter(tokenizer, 17, 0).split(text));
                assertEquals(List.of("It sails. ", last), parts);
            }
        });
    }

    @Test
    void theLastThatFitsIsFoundFromAnyGuess() {
        for (int hi = 0; hi < 20; hi++) {
            for (int most = -1; most < hi; most++) {
                for (int guess = -3; guess < 25; guess++) {
                    int wanted = most;
                    List<Integer> asked = new ArrayList<>();
                    int found = Splitter.last(0, hi, guess, index -> {
                        asked.add(index);
                        return index <= wanted;
                    });
                    assertEquals(most, found);
                    assertEquals(asked.size(), asked.stream().distinct().count());
                }
            }
        }
    }
}
