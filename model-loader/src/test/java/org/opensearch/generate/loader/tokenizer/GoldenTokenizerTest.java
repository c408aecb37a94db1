// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.gguf.GgufFile;

/** Token ids of TinyLlama against those of a reference. */
@Tag("shared-data")
class GoldenTokenizerTest {
    private static JsonObject golden;
    private static Tokenizer tokenizer;
    private static double seconds;

    @BeforeAll
    static void open() {
        golden = TokenizerJson.read(SharedFiles.data().resolve("golden/tinyllama-open.json"));
        try (Arena arena = Arena.ofConfined()) {
            GgufFile file = GgufFile.open(SharedFiles.tinyLlama(), arena);
            Tokenizers.fromGguf(file.metadata()).close();
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long start = threads.getCurrentThreadCpuTime();
            tokenizer = Tokenizers.fromGguf(file.metadata());
            seconds = (threads.getCurrentThreadCpuTime() - start) / 1e9;
        }
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void convertsWithinTwoSeconds() {
        assertTrue(seconds < 2, () -> "took " + seconds + " s of processor time");
    }

    @Test
    void plainTexts() {
        for (JsonElement element : golden.getAsJsonArray("tokenizer")) {
            JsonObject row = element.getAsJsonObject();
            String text = row.get("text").getAsString();
            int[] ids = ints(row.getAsJsonArray("ids_without_bos"));
            assertArrayEquals(ids, tokenizer.encode(text), () -> "text: " + text);
            assertEquals(text, tokenizer.decode(ids));
        }
    }

    @Test
    void textsOfLossesAreEncodedWithBos() {
        for (JsonElement element : golden.getAsJsonArray("nll")) {
            JsonObject row = element.getAsJsonObject();
            assertArrayEquals(
                    ints(row.getAsJsonArray("ids")),
                    tokenizer.encodeWithControlTokens(row.get("text").getAsString(), true));
        }
    }

    @Test
    void promptsWithControlTokens() {
        for (JsonElement element : golden.getAsJsonArray("rag")) {
            JsonObject row = element.getAsJsonObject();
            assertArrayEquals(
                    ints(row.getAsJsonArray("ids")),
                    tokenizer.encodeWithControlTokens(row.get("prompt").getAsString(), true));
        }
    }

    private static int[] ints(JsonArray array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).getAsInt();
        }
        return values;
    }
}
