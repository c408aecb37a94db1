// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;
import org.opensearch.generate.runner.engine.Answer;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Real models, whole, with the best kernels, against references computed in float. */
@Tag("shared-data")
class RealModelsTest {
    /**
     * Where the reference's two likeliest logits are this near, 8-bit activations may choose the other: about twice the largest
     * margin at which TinyLlama left its reference, see {@code docs/engine.md}.
     */
    private static final double SMALL_MARGIN = 0.5;

    /** As many of the eight questions as the float reference answers. */
    private static final int RIGHT_ANSWERS = 4;

    @Test
    void tinyLlamaFollowsItsReferenceAndAnswers() throws Exception {
        JsonObject golden = JsonFile.read(TestFiles.shared("golden/tinyllama-open.json"));
        int right = 0;
        List<String> left = new ArrayList<>();
        try (LanguageModel model = LanguageModel.load(TestFiles.tinyLlama(), options(), LoadProgress.NONE)) {
            List<JsonObject> questions = golden.objects("rag");
            List<Answer> answers = new ArrayList<>();
            for (JsonObject question : questions) {
                int[] wanted = ids(question, "greedy_ids");
                answers.add(ask(model, ids(question, "ids"), wanted.length));
            }
            for (int i = 0; i < questions.size(); i++) {
                Generation answer = answers.get(i).get();
                int[] wanted = ids(questions.get(i), "greedy_ids");
                float[] margins = questions.get(i).floats("margin");
                int agreed = agreed(answer, wanted, model);
                if (agreed < wanted.length) {
                    left.add("question " + i + " at token " + agreed + ", margin " + margins[agreed]);
                    assertTrue(margins[agreed] < SMALL_MARGIN, left.getLast());
                }
                String text = answer.text().toLowerCase(Locale.ROOT);
                right += questions.get(i).strings("answers").stream()
                                .anyMatch(accepted -> text.contains(accepted.toLowerCase(Locale.ROOT)))
                        ? 1
                        : 0;
            }
        }
        assertTrue(right >= RIGHT_ANSWERS, right + " of 8 answers are right; " + left);
    }

    @Test
    void miniMindFollowsItsReference() throws Exception {
        Path folder = TestFiles.shared("models/minimind2-small");
        try (LanguageModel model = LanguageModel.load(folder, options(), LoadProgress.NONE)) {
            for (JsonObject golden : list(folder.resolve("golden_greedy.json"))) {
                int[] wanted = ids(golden, "greedy_ids");
                Generation answer =
                        ask(model, ids(golden, "prompt_ids"), wanted.length).get();
                int agreed = agreed(answer, wanted, model);
                if (agreed < wanted.length) {
                    List<GeneratedToken.Alternative> top =
                            answer.tokens().get(agreed).top();
                    double margin = top.get(0).logprob() - top.get(1).logprob();
                    assertEquals(wanted[agreed], top.get(1).id(), "the second choice at token " + agreed);
                    assertTrue(margin < SMALL_MARGIN, "left at token " + agreed + ", margin " + margin);
                }
            }
        }
    }

    /** How many tokens agree; all, if the answer ended where the reference has the token that ends it. */
    private static int agreed(Generation answer, int[] wanted, LanguageModel model) {
        int[] found = Answer.ids(answer);
        int agreed = 0;
        while (agreed < found.length && found[agreed] == wanted[agreed]) {
            agreed++;
        }
        boolean ended = answer.finishReason() == FinishReason.STOP
                && agreed == found.length
                && agreed < wanted.length
                && model.config().endOfGeneration().contains(wanted[agreed]);
        return ended ? wanted.length : agreed;
    }

    private static Answer ask(LanguageModel model, int[] prompt, int newTokens) {
        Answer answer = new Answer();
        model.engine()
                .submit(
                        new GenerationRequest(
                                prompt, newTokens, SamplingOptions.GREEDY, List.of(), 2, "", Long.MAX_VALUE),
                        answer);
        return answer;
    }

    private static LoadOptions options() {
        LoadOptions defaults = LoadOptions.defaults();
        return TestFiles.options("auto", defaults.threads().count(), defaults.kvType(), 0, 256, 16);
    }

    private static int[] ids(JsonObject object, String key) {
        return object.integers(key, 0, Integer.MAX_VALUE);
    }

    /** The objects of a file that is a JSON array. */
    private static List<JsonObject> list(Path file) throws IOException {
        String object = "{\"all\":" + Files.readString(file) + "}";
        return JsonFile.parse(file, 0, object.getBytes(StandardCharsets.UTF_8)).objects("all");
    }
}
