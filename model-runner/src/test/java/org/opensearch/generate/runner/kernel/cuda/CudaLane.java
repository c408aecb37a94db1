// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DynamicTest;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.ThreadOptions;
import org.opensearch.generate.runner.cli.Generate;
import org.opensearch.generate.runner.engine.Answer;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceCopies;
import org.opensearch.generate.runner.kernel.KernelContract;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.model.LlamaModel;
import org.opensearch.generate.runner.model.ModelOptions;
import org.opensearch.generate.runner.sample.SamplingOptions;

/**
 * The program behind {@code benchmarks/gpu/run}: on the card that the driver finds, the kernel contract, the same tokens as on the
 * processor, loads and unloads that leave nothing, the card's own limit of memory, then models of random weights. Ends with an
 * exception at the first thing that is wrong, and where there is no card.
 */
final class CudaLane {
    private static final List<String> ARCHITECTURES = List.of("llama", "mistral", "qwen2", "qwen3");
    private static final List<DataType> KV_TYPES = List.of(DataType.F32, DataType.BF16, DataType.I8);
    private static final int CYCLES = 100;
    private static final int NEW_TOKENS = 60;
    private static final long SLACK = 64L << 20;
    private static final int COPIES = 20;

    private final PrintStream out;
    private final CudaDriver driver = CudaDriver.load();
    private final Path folder;

    private CudaLane(PrintStream out, Path folder) {
        this.out = out;
        this.folder = folder;
    }

    /** {@code arguments}: bytes of the copy that measures memory; then, for each model, the words of {@code generate bench}. */
    public static void main(String[] arguments) throws Throwable {
        Path folder = Files.createTempDirectory("gpu-lane");
        CudaLane lane = new CudaLane(System.out, folder);
        lane.contract();
        lane.exactness();
        lane.leaks();
        lane.memory(Long.parseLong(arguments[0]));
        for (int i = 1; i < arguments.length; i++) {
            lane.bench(arguments[i]);
        }
        lane.out.println("all passed");
    }

    private Kernels open() {
        return CudaKernels.open(driver, 0, new Workers(1), MemoryBudget.UNLIMITED);
    }

    private void contract() throws Throwable {
        try (Kernels kernels = open()) {
            out.println(kernels.name() + ", driver for CUDA " + driver.version());
        }
        List<DynamicTest> tests =
                KernelContract.tests(threads -> DeviceCopies.of(open()), 1).toList();
        for (DynamicTest test : tests) {
            test.getExecutable().execute();
            out.println("contract: " + test.getDisplayName() + " is bit for bit the definition");
        }
    }

    /** Prompts of several lengths, together: on the card in chunks of several sizes, and on the processor. */
    private void exactness() throws Exception {
        for (String architecture : ARCHITECTURES) {
            Path file = TinyModel.of(architecture).writeGguf(folder);
            for (DataType type : KV_TYPES) {
                List<List<Integer>> wanted = answers(file, "cpu", type, 256);
                for (int stepTokens : new int[] {5, 33, 256}) {
                    if (!answers(file, "cuda:0", type, stepTokens).equals(wanted)) {
                        throw new AssertionError(architecture + " with " + type + " pages in steps of " + stepTokens
                                + " has other tokens than on the processor");
                    }
                }
            }
            out.println("exactness: " + architecture + " has the processor's tokens in steps of 5, 33 and 256");
        }
    }

    private static List<List<Integer>> answers(Path file, String device, DataType type, int stepTokens)
            throws Exception {
        LoadOptions options = new LoadOptions(
                ThreadOptions.of(1), 0, type, 0, stepTokens, 4, 64, device, "java", null, null, MemoryBudget.UNLIMITED);
        List<Answer> answers = new ArrayList<>();
        List<List<Integer>> tokens = new ArrayList<>();
        try (LanguageModel model = LanguageModel.load(file, options, LoadProgress.NONE)) {
            for (int length : new int[] {1, 31, 64, 100}) {
                int[] prompt = new int[length];
                for (int i = 0; i < length; i++) {
                    prompt[i] = 3 + (i * 37 + length) % (TinyModel.VOCABULARY - 3);
                }
                SamplingOptions sampling = length % 2 == 0
                        ? SamplingOptions.GREEDY
                        : new SamplingOptions(1.2f, 50, 0.95f, 0.01f, 1.1f, 0.2f, 0.1f, length);
                GenerationRequest request = Answer.request(prompt, NEW_TOKENS, sampling);
                Answer answer = new Answer();
                model.engine().submit(request, answer);
                answers.add(answer);
            }
            for (Answer answer : answers) {
                List<Integer> ids = new ArrayList<>();
                for (int id : Answer.ids(answer.get())) {
                    ids.add(id);
                }
                tokens.add(ids);
            }
        }
        return tokens;
    }

    private void leaks() throws Exception {
        try (ModelSource source = ModelFiles.open(TinyModel.of("llama").writeGguf(folder));
                CudaDevice device = new CudaDevice(driver, 0)) {
            cycle(source);
            long before = device.enter().freeMemory(device.id());
            for (int i = 0; i < CYCLES; i++) {
                cycle(source);
            }
            long lost = before - device.enter().freeMemory(device.id());
            if (lost > SLACK) {
                throw new AssertionError(lost + " bytes of the card are gone after " + CYCLES + " loads");
            }
            out.println("leaks: none after " + CYCLES + " loads and unloads");
        }
    }

    private void cycle(ModelSource source) {
        ModelOptions options =
                new ModelOptions(4 * LlamaModel.pageBytes(source.config(), DataType.BF16), DataType.BF16, 4, 64);
        try (Kernels kernels = open();
                LlamaModel model = LlamaModel.load(source, kernels, options, LoadProgress.NONE)) {
            if (model.weightBytes() == 0) {
                throw new AssertionError("a model without weights");
            }
        }
    }

    /** What the card's memory gives: a copy reads and writes each byte. */
    private void memory(long bytes) {
        try (CudaDevice device = new CudaDevice(driver, 0);
                CudaMemory memory = new CudaMemory(device, MemoryBudget.UNLIMITED)) {
            Buffer both = memory.allocate("copied", DataType.I8, 2, bytes);
            long from = driver.createEvent(device.id());
            long to = driver.createEvent(device.id());
            memory.copy(both, 0, bytes, bytes);
            driver.recordEvent(device.id(), from, device.stream());
            for (int i = 0; i < COPIES; i++) {
                memory.copy(both, 0, bytes, bytes);
            }
            driver.recordEvent(device.id(), to, device.stream());
            device.await();
            double seconds = driver.elapsed(device.id(), from, to) / 1e3;
            out.printf(
                    Locale.ROOT, "memory: %.0f GB/s, bytes read and written%n", 2.0 * COPIES * bytes / seconds / 1e9);
            driver.destroyEvent(device.id(), from);
            driver.destroyEvent(device.id(), to);
        }
    }

    private void bench(String words) {
        out.println("bench " + words);
        Generate.main(("bench --json --device cuda:0 --cache none " + words).split(" ", -1));
    }
}
