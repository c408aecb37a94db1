// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.TestFiles;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;

/** Losses and likeliest tokens of real models against references computed in float. Prints what {@code docs/engine.md} tells. */
@Tag("shared-data")
class RealLossTest {
    private static final int CHUNK = 128;

    /** Where 8-bit activations may move a logit of about 10. */
    private static final double MOST_LOGIT_ERROR = 0.5;

    private static Kernels kernels() {
        return CpuKernels.open("auto", TestFiles.nativeFolder(), 2, MemoryBudget.UNLIMITED)
                .kernels();
    }

    /** What was counted over a text. */
    private static final class Losses {
        private double sum;
        private int equalTop;
        private int position;
        private float[] last = {};

        void add(float[][] logits, int[] ids, int[] tops) {
            for (float[] row : logits) {
                if (position + 1 < ids.length) {
                    sum += loss(row, ids[position + 1]);
                }
                if (tops.length > 0 && top(row) == tops[position]) {
                    equalTop++;
                }
                position++;
            }
            last = logits[logits.length - 1];
        }

        private static double loss(float[] logits, int id) {
            double max = Double.NEGATIVE_INFINITY;
            for (float logit : logits) {
                max = Math.max(max, logit);
            }
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit - max);
            }
            return Math.log(sum) + max - logits[id];
        }
    }

    private static int top(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private static int[] ids(JsonObject object, String key) {
        return object.integers(key, 0, Integer.MAX_VALUE);
    }

    private static ModelOptions options(DataType kvType) {
        return new ModelOptions(64 << 20, kvType, CHUNK, 512);
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "I8"})
    void tinyLlamaLosesAsMuchAsTheFloatReference(DataType kvType) throws Exception {
        Path file = TestFiles.shared("golden/tinyllama-open.json");
        List<JsonObject> texts = JsonFile.read(file).objects("nll");
        List<double[][]> topFives = topFives(Files.readString(file));
        double wantedSum = 0;
        double foundSum = 0;
        int positions = 0;
        int equalTop = 0;
        int all = 0;
        try (ModelSource source = ModelFiles.open(TestFiles.tinyLlama());
                Kernels kernels = kernels();
                LlamaModel model = LlamaModel.load(source, kernels, options(kvType), LoadProgress.NONE)) {
            for (JsonObject text : texts) {
                int[] ids = ids(text, "ids");
                int[] tops = ids(text, "argmax");
                Losses losses = new Losses();
                Forward.eachChunk(model, ids, CHUNK, logits -> losses.add(logits, ids, tops));
                double wanted = text.number("mean_nll");
                double found = losses.sum / (ids.length - 1);
                System.out.printf(
                        "TinyLlama, %d tokens on %s, KV in %s: mean loss %.5f, reference %.5f; top token equal at %d%n",
                        ids.length, kernels.name(), kvType, found, wanted, losses.equalTop);
                assertEquals(wanted, found, 0.02 * wanted);
                checkTopFive(topFives.get(texts.indexOf(text)), losses.last);
                wantedSum += wanted * (ids.length - 1);
                foundSum += losses.sum;
                positions += ids.length - 1;
                equalTop += losses.equalTop;
                all += ids.length;
            }
        }
        System.out.printf(
                "TinyLlama, all, KV in %s: mean loss %.5f, reference %.5f; top token equal at %.2f%%%n",
                kvType, foundSum / positions, wantedSum / positions, 100.0 * equalTop / all);
        assertEquals(wantedSum / positions, foundSum / positions, 0.01);
        assertTrue(equalTop >= 0.95 * all, equalTop + " of " + all);
    }

    /** {@code "last_top5": [[id, logit], …]} of each text. */
    private static List<double[][]> topFives(String json) {
        return Pattern.compile("\"last_top5\":\\s*\\[(\\[.*?\\])\\s*\\]", Pattern.DOTALL)
                .matcher(json)
                .results()
                .map(found -> Pattern.compile("\\[\\s*(\\d+),\\s*([-.\\d]+)\\s*\\]")
                        .matcher(found.group(1))
                        .results()
                        .map(pair ->
                                new double[] {Double.parseDouble(pair.group(1)), Double.parseDouble(pair.group(2))})
                        .toArray(double[][]::new))
                .toList();
    }

    private static void checkTopFive(double[][] wanted, float[] logits) {
        assertEquals(5, wanted.length);
        for (double[] entry : wanted) {
            assertEquals(entry[1], logits[(int) entry[0]], MOST_LOGIT_ERROR, "logit of token " + (int) entry[0]);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "I8"})
    void miniMindLosesAsMuchAsTheFloatReference(DataType kvType) throws Exception {
        Path folder = TestFiles.shared("models/minimind2-small");
        String array = "{\"all\":" + Files.readString(folder.resolve("golden_greedy.json")) + "}";
        List<JsonObject> prompts = JsonFile.parse(folder, 0, array.getBytes(StandardCharsets.UTF_8))
                .objects("all");
        try (ModelSource source = ModelFiles.open(folder);
                Kernels kernels = kernels();
                LlamaModel model = LlamaModel.load(source, kernels, options(kvType), LoadProgress.NONE)) {
            double wantedSum = 0;
            double foundSum = 0;
            for (JsonObject prompt : prompts) {
                int[] ids = ids(prompt, "prompt_ids");
                Losses losses = new Losses();
                Forward.eachChunk(model, ids, CHUNK, logits -> losses.add(logits, ids, new int[0]));
                double wanted = prompt.number("prompt_nll");
                double found = losses.sum / (ids.length - 1);
                assertEquals(wanted, found, 0.02 * wanted);
                wantedSum += wanted;
                foundSum += found;
            }
            System.out.printf(
                    "MiniMind2, %d prompts on %s, KV in %s: mean loss %.5f, reference %.5f%n",
                    prompts.size(), kernels.name(), kvType, foundSum / prompts.size(), wantedSum / prompts.size());
            assertEquals(wantedSum, foundSum, 0.01 * wantedSum);
        }
    }
}
