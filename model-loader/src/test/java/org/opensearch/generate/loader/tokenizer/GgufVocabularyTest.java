// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.gguf.GgufFile;
import org.opensearch.generate.loader.gguf.TinyGguf;

/** GGUF vocabularies against the {@code tokenizer.json} they stand for. */
class GgufVocabularyTest {
    @TempDir
    private Path folder;

    private Tokenizer open(TinyGguf gguf) throws IOException {
        Path file = gguf.write(folder.resolve("model.gguf"));
        try (Arena arena = Arena.ofConfined()) {
            return Tokenizers.fromGguf(GgufFile.open(file, arena).metadata());
        }
    }

    /** The same vocabulary as a GGUF file holds it. */
    private static TinyGguf gguf(JsonObject json, String pre) {
        JsonObject model = json.getAsJsonObject("model");
        List<String> tokens = new ArrayList<>(model.getAsJsonObject("vocab").keySet());
        json.getAsJsonArray("added_tokens").forEach(token -> {
            String content = token.getAsJsonObject().get("content").getAsString();
            if (!tokens.contains(content)) {
                tokens.add(content);
            }
        });
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 1);
        json.getAsJsonArray("added_tokens").forEach(token -> {
            JsonObject added = token.getAsJsonObject();
            types[added.get("id").getAsInt()] = added.get("special").getAsBoolean() ? 3 : 4;
        });
        List<String> merges = new ArrayList<>();
        model.getAsJsonArray("merges")
                .forEach(merge -> merges.add(
                        merge.isJsonArray()
                                ? merge.getAsJsonArray().get(0).getAsString() + " "
                                        + merge.getAsJsonArray().get(1).getAsString()
                                : merge.getAsString()));
        return new TinyGguf()
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", pre)
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", merges)
                .put("tokenizer.ggml.bos_token_id", tokens.indexOf("<s>") < 0 ? 1 : tokens.indexOf("<s>"));
    }

    @Test
    void byteLevelEqualsItsTokenizerJson() throws IOException {
        SeededTexts texts = new SeededTexts();
        JsonObject json = TinyTokenizers.BYTE_LEVEL.json();
        json.getAsJsonArray("added_tokens")
                .forEach(token -> token.getAsJsonObject().addProperty("rstrip", false));
        json.add("normalizer", PreTokenizers.type("NFC"));
        try (Tokenizer gguf = open(gguf(json, "qwen2"));
                Tokenizer expected = new DjlTokenizer(Path.of("x"), json, Set.of(), "<s>")) {
            for (int i = 0; i < 500; i++) {
                String text = texts.next();
                assertArrayEquals(expected.encode(text), gguf.encode(text), texts::replay);
                assertArrayEquals(
                        expected.encodeWithControlTokens(text, true),
                        gguf.encodeWithControlTokens(text, true),
                        texts::replay);
            }
        }
    }

    @Test
    @Tag("shared-data")
    void miniMindAsGgufEqualsItsFolder() throws IOException {
        SeededTexts texts = new SeededTexts();
        Path model = SharedFiles.data().resolve("models/minimind2-small");
        try (Tokenizer gguf = open(gguf(TokenizerJson.read(model.resolve("tokenizer.json")), "gpt-2"));
                Tokenizer expected = Tokenizers.fromTokenizerJson(model)) {
            assertEquals(expected.size(), gguf.size());
            for (int i = 0; i < 500; i++) {
                String text = texts.next() + " The quick brown fox's 1234 tests, naïve café ";
                assertArrayEquals(
                        expected.encodeWithControlTokens(text, true), gguf.encodeWithControlTokens(text, true));
                assertEquals(SeededTexts.wellFormed(text), gguf.decode(gguf.encode(text)), texts::replay);
            }
        }
    }

    /** What a word splitter makes of a text shows in the tokens if each word is one token. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            gpt-2          | it's|·12345|·A1!|··x     | it,'s,·12345,·A,1,!,·,·x
            smollm         | it's|·12345|·A1!|··x     | it,'s,·,1,2,3,4,5,·A,1,!,·,·x
            llama-bpe      | it'S|·12345|·A1!|··x     | it,'S,·,123,45,·A,1,!,·,·x
            qwen2          | it'S|·12345|·A1!|··x     | it,'S,·,1,2,3,4,5,·A,1,!,·,·x
            tekken         | iT's|·12345|·HeLLo!/|··x | i,T,'s,·,1,2,3,4,5,·He,LLo,!/,·,·x
            gpt-4o         | it's|·12345|·HeLLo!/|··x | it's,·,123,45,·He,LLo,!/,·,·x
            deepseek-llm   | it's|·12345|·A1!|··x     | it,',s,·,12345,·A,1,!,·,·x
            deepseek-coder | it's|·12345|·A1!|··x     | it,',s,·,1,2,3,4,5,·A,1,!,·,·x
            deepseek-v3    | it's|·12345|·A1!|··x     | it,'s,·,123,45,·A,1,!,·,·x
            falcon         | it's|·12345|·A1!|··x     | it,',s,·,123,45,·A,1,!,·,·x
            """)
    void preTokenizers(String pre, String a, String b, String c, String d, String expected) throws IOException {
        String text = (a + b + c + d).replace('·', ' ');
        Set<String> vocabulary = new LinkedHashSet<>(List.of("<s>"));
        Set<String> merges = new LinkedHashSet<>();
        JsonObject json = TinyTokenizers.BYTE_LEVEL.json();
        vocabulary.addAll(json.getAsJsonObject("model").getAsJsonObject("vocab").keySet());
        String spaced = text.replace(" ", "Ġ");
        for (int at = 0; at < spaced.length(); at++) {
            for (int length = 2; at + length <= spaced.length(); length++) {
                vocabulary.add(spaced.substring(at, at + length));
                merges.add(spaced.substring(at, at + length - 1) + " " + spaced.charAt(at + length - 1));
            }
        }
        int[] types = new int[vocabulary.size()];
        Arrays.fill(types, 1);
        TinyGguf gguf = new TinyGguf()
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", pre)
                .put("tokenizer.ggml.tokens", new ArrayList<>(vocabulary))
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", new ArrayList<>(merges));
        try (Tokenizer tokenizer = open(gguf)) {
            List<String> words = new ArrayList<>();
            for (int id : tokenizer.encode(text)) {
                words.add(tokenizer.decode(new int[] {id}).replace(' ', '·'));
            }
            assertEquals(expected, String.join(",", words));
        }
    }

    @Test
    void everyNamedSplittingIsOneTheLibraryTakes() throws IOException {
        for (String pre : PreTokenizers.names()) {
            try (Tokenizer tokenizer = open(gguf(TinyTokenizers.BYTE_LEVEL.json(), pre))) {
                String text = "It's 12345 – ñandú 北京, <b>x</b>\r\n\r\n  Ünïcode  ";
                assertEquals(text, tokenizer.decode(tokenizer.encode(text)), pre);
            }
        }
    }

    @Test
    void unknownKindsAreNamedWithWhatIsKnown() {
        TinyGguf unknownPre = gguf(TinyTokenizers.BYTE_LEVEL.json(), "martian");
        String message =
                assertThrows(ModelFileException.class, () -> open(unknownPre)).toString();
        assertTrue(message.contains("martian") && message.contains("qwen2") && message.contains("llama-bpe"), message);
        TinyGguf unknownModel = gguf(TinyTokenizers.BYTE_LEVEL.json(), "qwen2").put("tokenizer.ggml.model", "rwkv");
        message =
                assertThrows(ModelFileException.class, () -> open(unknownModel)).toString();
        assertTrue(message.contains("rwkv") && message.contains("llama or gpt2"), message);
        for (String key : List.of("tokenizer.ggml.tokens", "tokenizer.ggml.merges")) {
            TinyGguf wrong = gguf(TinyTokenizers.BYTE_LEVEL.json(), "qwen2").put(key, 7);
            assertThrows(ModelFileException.class, () -> open(wrong));
        }
    }

    @Test
    void tokensTwiceInAVocabularyKeepTheirIds() throws IOException {
        TinyGguf gguf = new TinyGguf()
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "a", "a", "b"))
                .put("tokenizer.ggml.scores", new float[] {0, 0, -1, -2, -3})
                .put("tokenizer.ggml.token_type", new int[] {2, 3, 1, 1, 1})
                .put("tokenizer.ggml.add_space_prefix", false)
                .put("tokenizer.ggml.bos_token_id", 1);
        try (Tokenizer tokenizer = open(gguf)) {
            assertEquals(5, tokenizer.size());
            assertArrayEquals(new int[] {1, 2, 4}, tokenizer.encodeWithControlTokens("ab", true));
        }
    }

    @Test
    void aLargeVocabularyTakesSeconds() throws IOException {
        Random random = new Random(7);
        Set<String> pieces = new LinkedHashSet<>(List.of("<unk>", "<s>", "</s>"));
        for (char c = 'a'; c <= 'z'; c++) {
            pieces.add(String.valueOf(c));
        }
        List<String> list = new ArrayList<>(pieces);
        while (list.size() < 150_000) {
            String piece = list.get(3 + random.nextInt(list.size() - 3)) + (char) ('a' + random.nextInt(26));
            if (piece.length() < 16 && pieces.add(piece)) {
                list.add(piece);
            }
        }
        float[] scores = new float[list.size()];
        int[] types = new int[list.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = -id;
            types[id] = id == 0 ? 2 : id < 3 ? 3 : 1;
        }
        TinyGguf gguf = new TinyGguf()
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", list)
                .put("tokenizer.ggml.scores", scores)
                .put("tokenizer.ggml.token_type", types);
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        open(gguf).close();
        double seconds = (threads.getCurrentThreadCpuTime() - start) / 1e9;
        assertTrue(seconds < 8, () -> "took " + seconds + " s of processor time");
    }
}
