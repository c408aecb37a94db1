// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.runner.Devices;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.model.Batch;
import org.opensearch.generate.runner.model.LlamaModel;
import org.opensearch.generate.runner.model.Model;
import org.opensearch.generate.runner.model.ModelOptions;
import org.opensearch.generate.runner.sample.Logprobs;

/** {@code generate perplexity}: how well a model foresees a text, in windows of its context that do not overlap. */
final class PerplexityCommand {
    private static final int ROWS = 64;
    private static final int DEFAULT_CONTEXT = 2048;

    private PerplexityCommand() {}

    static void run(List<String> words, PrintStream out, LoadProgress progress) {
        Arguments arguments = new Arguments(words, Set.of("text"));
        Path file = Path.of(arguments
                .text("text")
                .orElseThrow(() -> new IllegalArgumentException("--text names the file to read")));
        LoadOptions options = arguments.loading(1, 0);
        try (ModelSource source = ModelFiles.open(arguments.path())) {
            int context = Math.min(
                    source.config().maxPositions(), options.maxContext() == 0 ? DEFAULT_CONTEXT : options.maxContext());
            long kvBytes =
                    LlamaModel.pageBytes(source.config(), options.kvType()) * Math.ceilDiv(context, KvCache.PAGE);
            Workers workers = new Workers(options.threads().count());
            try (Kernels kernels =
                            Devices.open(options, workers, options.budget()).kernels();
                    Model model = LlamaModel.load(
                            source, kernels, new ModelOptions(kvBytes, options.kvType(), ROWS, context), progress)) {
                int[] tokens = source.tokenizer().encode(read(file));
                report(model, source, tokens).print(out, arguments.has("json"));
            }
        }
    }

    private static Report report(Model model, ModelSource source, int[] tokens) {
        boolean bos = source.config().addBos();
        int window = model.maxContext() - (bos ? 1 : 0);
        double loss = 0;
        long predicted = 0;
        for (int from = 0; from < tokens.length; from += window) {
            int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + window));
            int[] text = part;
            if (bos) {
                text = new int[part.length + 1];
                text[0] = source.config().bos();
                System.arraycopy(part, 0, text, 1, part.length);
            }
            loss += loss(model, text);
            predicted += text.length - 1;
        }
        double mean = predicted == 0 ? 0 : loss / predicted;
        return new Report()
                .add("model", source.config().name())
                .add("kernels", model.kernels().name())
                .add("tokens", tokens.length)
                .add("predicted", predicted)
                .add("mean_loss", mean)
                .add("perplexity", Math.exp(mean));
    }

    /** The sum of the negative log-probabilities of all tokens but the first. */
    static double loss(Model model, int[] tokens) {
        int[] pages = new int[Math.ceilDiv(tokens.length, KvCache.PAGE)];
        Arrays.setAll(pages, page -> page);
        float[][] logits = new float[model.maxBatchRows()][model.config().vocabulary()];
        double loss = 0;
        for (int from = 0; from < tokens.length - 1; from += model.maxBatchRows()) {
            int rows = Math.min(model.maxBatchRows(), tokens.length - 1 - from);
            int[] positions = new int[rows];
            int[] all = new int[rows];
            for (int row = 0; row < rows; row++) {
                positions[row] = from + row;
                all[row] = row;
            }
            int[] part = Arrays.copyOfRange(tokens, from, from + rows);
            model.forward(new Batch(rows, part, positions, new int[rows], new int[][] {pages}, all), logits);
            for (int row = 0; row < rows; row++) {
                loss -= Logprobs.of(logits[row]).of(logits[row][tokens[from + row + 1]]);
            }
        }
        return loss;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new CommandException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
