// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.chat.PromptPiece;

class DjlTokenizerTest {
    private static Tokenizer open(TinyTokenizers family) {
        return new DjlTokenizer(Path.of("tokenizer.json"), family.json(), Set.of(), "<s>");
    }

    @Test
    void bosComesOnceAndFirst() {
        try (Tokenizer tokenizer = open(TinyTokenizers.BYTE_LEVEL)) {
            int bos = tokenizer.encodeWithControlTokens("<s>", false)[0];
            assertArrayEquals(new int[] {bos}, tokenizer.encodeWithControlTokens("", true));
            assertArrayEquals(new int[] {bos}, tokenizer.encodeWithControlTokens("<s>", true));
            assertEquals(bos, tokenizer.encode(List.of(new PromptPiece("<s>", false)), true)[0]);
            assertTrue(tokenizer.encode(List.of(new PromptPiece("<s>", false)), true).length > 2);
        }
    }

    @Test
    void aControlTokenAcrossABorderIsText() {
        try (Tokenizer tokenizer = open(TinyTokenizers.BYTE_LEVEL)) {
            List<PromptPiece> split =
                    List.of(new PromptPiece("<|im_", true), new PromptPiece("end", false), new PromptPiece("|>", true));
            assertArrayEquals(tokenizer.encode("<|im_end|>"), tokenizer.encode(split, false));
        }
    }

    @Test
    void specialTokensAreHiddenAndMarkupIsShown() {
        try (Tokenizer tokenizer = open(TinyTokenizers.SENTENCE_PIECE)) {
            int end = tokenizer.encodeWithControlTokens("</s>", false)[0];
            int think = tokenizer.encodeWithControlTokens("<think>", false)[0];
            assertTrue(tokenizer.isControl(end));
            assertEquals(0, tokenizer.bytes(end).length);
            assertFalse(tokenizer.isControl(think));
            assertArrayEquals("<think>".getBytes(StandardCharsets.UTF_8), tokenizer.bytes(think));
            assertEquals("<think>", tokenizer.decode(new int[] {end, think, end}));
            assertTrue(tokenizer.isControl(tokenizer.size()) && tokenizer.isControl(-1));
        }
    }

    @Test
    void halfACharacterWaits() {
        try (Tokenizer tokenizer = open(TinyTokenizers.SENTENCE_PIECE)) {
            int[] ids = tokenizer.encode("é");
            Tokenizer.StreamDecoder decoder = tokenizer.streamDecoder();
            List<String> parts = new ArrayList<>();
            for (int id : ids) {
                parts.add(decoder.push(id));
            }
            assertEquals("é", parts.getLast());
            assertEquals("", String.join("", parts.subList(0, parts.size() - 1)));
            assertEquals("", decoder.push(ids[ids.length - 2]));
            assertEquals("\uFFFD", decoder.finish());
        }
    }

    @Test
    void closingWaitsForThoseWhoEncode() throws Exception {
        for (int round = 0; round < 20; round++) {
            Tokenizer tokenizer = open(TinyTokenizers.BYTE_LEVEL);
            CountDownLatch started = new CountDownLatch(2);
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                List<Future<?>> work = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    work.add(threads.submit(() -> {
                        started.countDown();
                        while (true) {
                            tokenizer.encode("some words to take a while, again and again");
                        }
                    }));
                }
                started.await();
                tokenizer.close();
                for (Future<?> encoder : work) {
                    Throwable end = assertThrows(java.util.concurrent.ExecutionException.class, encoder::get)
                            .getCause();
                    assertTrue(end instanceof IllegalStateException, () -> "ended with " + end);
                }
            }
        }
    }
}
