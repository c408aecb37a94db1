// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;
import org.opensearch.generate.runner.TestFiles;

class GenerateTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    private String model = "";

    @BeforeEach
    void write() throws Exception {
        model = TinyModel.of("llama").writeGguf(folder).toString();
    }

    @Test
    void inspectTellsWhatTheFilesSay() {
        JsonObject report = json("inspect", model, "--json");
        assertEquals("llama", report.string("architecture"));
        assertEquals(TinyModel.VOCABULARY, report.integer("vocabulary", 0, 1000));
    }

    @Test
    void runPrintsTheAnswerAndTheSameSeedTheSameAnswer() {
        JsonObject first =
                json(with("run", "--prompt", "Hi", "--max-tokens", "9", "--temperature", "1", "--seed", "7"));
        JsonObject second =
                json(with("run", "--prompt", "Hi", "--max-tokens", "9", "--temperature", "1", "--seed", "7"));
        assertEquals(first.string("text"), second.string("text"));
        assertTrue(first.integer("prompt_tokens", 1, 100) > 2);
        assertEquals(0, run("run", model, "--prompt", "Hi", "--max-tokens", "4", "--kernel-level", "java"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("kernels: java"));
    }

    @Test
    void messagesComeFromAFile() throws Exception {
        Path file = Files.writeString(
                folder.resolve("messages.json"), "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");
        JsonObject fromFile = json(with("run", "--messages", file.toString(), "--max-tokens", "5"));
        JsonObject fromPrompt = json(with("run", "--prompt", "Hi", "--max-tokens", "5"));
        assertEquals(fromPrompt.string("text"), fromFile.string("text"));
    }

    @Test
    void benchMeasuresARealAndARandomModel() {
        JsonObject real = json(with("bench", "-p", "20", "-n", "4", "--runs", "1", "--requests", "3"));
        assertTrue(real.number("prefill_tokens_per_second") > 0 && real.number("decode_tokens_per_second") > 0);
        JsonObject random = json(
                "bench",
                "--random",
                "llama:64x2,heads=4/2,ffn=96,vocab=100,type=q4",
                "-p",
                "9",
                "-n",
                "3",
                "--runs",
                "1",
                "--json");
        assertTrue(random.number("decode_tokens_per_second") > 0);
    }

    @Test
    void theAnswerIsTheSameWithAnyDrafts() {
        JsonObject off = json(with("run", "--prompt", "again and again", "--max-tokens", "40", "--speculation", "off"));
        assertEquals(1, off.number("tokens_per_step"));
        for (String mode : List.of("auto", "prompt_lookup", "suffix", "lookahead")) {
            JsonObject drafted =
                    json(with("run", "--prompt", "again and again", "--max-tokens", "40", "--speculation", mode));
            assertEquals(off.string("text"), drafted.string("text"));
        }
        assertEquals(2, run(with("run", "--prompt", "a", "--speculation", "on")));
    }

    @Test
    void aSmallerModelDraftsForAnAnswerAndABenchmark() throws Exception {
        String small = TinyModel.of("llama")
                .withType(TensorType.Q4_0)
                .writeGguf(Files.createDirectory(folder.resolve("small")))
                .toString();
        JsonObject off = json(with("run", "--prompt", "again", "--max-tokens", "40", "--speculation", "off"));
        JsonObject drafted = json(with("run", "--prompt", "again", "--max-tokens", "40", "--draft-model", small));
        assertEquals(off.string("text"), drafted.string("text"));
        JsonObject bench = json(with("bench", "-p", "20", "-n", "20", "--runs", "1", "--draft-model", small));
        assertEquals("draft_model", bench.string("speculation"));
        assertTrue(bench.number("decode_tokens_per_second") > 0);
        assertEquals(2, run(with("run", "--prompt", "a", "--draft-model", model)));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("bytes of weights, no less than"));
        assertEquals(2, run(with("run", "--prompt", "a", "--speculation", "draft_model")));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("go together, found mode draft_model without one"));
    }

    @Test
    void perplexityDoesNotDependOnTheWindowsChunks() throws Exception {
        Path text = Files.writeString(folder.resolve("text.txt"), "What is said twice is said. ".repeat(8));
        JsonObject report = json(with("perplexity", "--text", text.toString()));
        assertTrue(report.number("perplexity") > 1);
        JsonObject java = json(with("perplexity", "--text", text.toString(), "--kernel-level", "java"));
        assertEquals(report.number("mean_loss"), java.number("mean_loss"));
    }

    @Test
    void mistakesAreNamed() {
        assertEquals(2, run("fly"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("unknown command fly\ngenerate inspect"));
        assertEquals(2, run("run", model));
        assertEquals(2, run("run", model, "--prompt", "a", "--colour", "red"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("unknown option --colour"));
        assertEquals(2, run("bench", "--random", "llama:1x1"));
        assertEquals(1, run("inspect", folder.resolve("none.gguf").toString()));
        assertEquals(1, run("run", model, "--prompt", "long ".repeat(900)));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("the prompt has "));
        assertEquals(0, run("help"));
    }

    private String[] with(String command, String... more) {
        List<String> words = new ArrayList<>(List.of(command, model));
        words.addAll(List.of(more));
        words.add("--json");
        return words.toArray(String[]::new);
    }

    private JsonObject json(String... words) {
        assertEquals(0, run(words), () -> err.toString(StandardCharsets.UTF_8));
        return JsonFile.parse(Path.of("stdout"), 0, out.toByteArray());
    }

    private int run(String... words) {
        out.reset();
        err.reset();
        List<String> all = new ArrayList<>(List.of(words));
        if (!words[0].equals("inspect") && !words[0].equals("fly") && !words[0].equals("help")) {
            all.addAll(List.of(
                    "--threads",
                    "1",
                    "--cache",
                    folder.resolve("packed").toString(),
                    "--native-folder",
                    TestFiles.nativeFolder().toString()));
        }
        return Generate.run(
                all,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
