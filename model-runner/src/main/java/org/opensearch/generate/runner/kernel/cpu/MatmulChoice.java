// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.runner.kernel.HostMemory;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * Which {@link MatmulKernel} multiplies how many tokens, for each kind of weights: the crossing points, measured on this machine
 * when its first kernels of a level are opened (some ten milliseconds). A wrong guess costs time, never a bit of the result: each
 * way is first compared with the streamed one, on the processor as it is.
 */
final class MatmulChoice {
    private static final Logger LOGGER = LogManager.getLogger(MatmulChoice.class);

    /** Kinds of weights that differ in what they cost to unpack. */
    enum Kind {
        BITS_8(TensorType.Q8_0),
        BITS_8_SMALL_GROUPS(TensorType.Q6_K),
        BITS_4(TensorType.Q4_0),
        BITS_4_WITH_MINIMA(TensorType.Q4_K),
        BITS_4_TABLE(TensorType.IQ4_XS);

        /** A type that is packed so. */
        private final TensorType example;

        Kind(TensorType example) {
            this.example = example;
        }

        static Kind of(PackedMatrix matrix) {
            if (matrix.table().isPresent()) {
                return BITS_4_TABLE;
            }
            if (matrix.bits() == 4) {
                return matrix.minima().isPresent() ? BITS_4_WITH_MINIMA : BITS_4;
            }
            return matrix.group() < 32 || matrix.minima().isPresent() ? BITS_8_SMALL_GROUPS : BITS_8;
        }
    }

    /** The token counts that are tried; between two of them the lower one's choice holds. */
    private static final int[] TOKENS = {1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64};

    private static final int RUNS = 5;

    private static final Map<CpuLevel, MatmulChoice> MEASURED = new ConcurrentHashMap<>();

    private final Map<Kind, MatmulKernel[]> choices;

    private MatmulChoice(Map<Kind, MatmulKernel[]> choices) {
        this.choices = choices;
    }

    /** Always the same kernel. */
    static MatmulChoice always(MatmulKernel kernel) {
        Map<Kind, MatmulKernel[]> choices = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            MatmulKernel[] same = new MatmulKernel[TOKENS.length];
            Arrays.fill(same, kernel);
            choices.put(kind, same);
        }
        return new MatmulChoice(choices);
    }

    /** What was measured in this process for a library's level; measures it the first time. */
    static MatmulChoice of(CpuLibrary library) {
        return MEASURED.computeIfAbsent(library.level(), level -> measure(level, library::matmul));
    }

    /** The fastest kernel of a level for each kind and number of tokens, on one thread. */
    static MatmulChoice measure(CpuLevel level, MatmulSample.Product product) {
        List<MatmulKernel> kernels =
                Arrays.stream(MatmulKernel.values()).filter(k -> k.at(level)).toList();
        if (kernels.size() == 1) {
            return always(kernels.getFirst());
        }
        Map<Kind, MatmulKernel[]> choices = new EnumMap<>(Kind.class);
        int most = TOKENS[TOKENS.length - 1];
        try (HostMemory memory = new HostMemory(MemoryBudget.UNLIMITED)) {
            for (Kind kind : Kind.values()) {
                MatmulSample sample = new MatmulSample(product, kind.example, most, memory);
                List<MatmulKernel> right = kernels.stream()
                        .filter(kernel -> agrees(level, sample, kind, kernel))
                        .toList();
                choices.put(
                        kind,
                        Arrays.stream(TOKENS)
                                .mapToObj(tokens -> fastest(sample, right, tokens))
                                .toArray(MatmulKernel[]::new));
            }
        }
        return new MatmulChoice(choices);
    }

    /** A kernel that gives other bits than the streamed one, whatever the reason, is not used. */
    private static boolean agrees(CpuLevel level, MatmulSample sample, Kind kind, MatmulKernel kernel) {
        for (int tokens : TOKENS) {
            if (!sample.agrees(kernel, tokens)) {
                LOGGER.error(
                        "on this processor, {} gives other bits than it should (tokens: {}, weights: {}, level: {}): not used",
                        kernel,
                        tokens,
                        kind,
                        level);
                return false;
            }
        }
        return true;
    }

    private static MatmulKernel fastest(MatmulSample sample, List<MatmulKernel> kernels, int tokens) {
        MatmulKernel fastest = MatmulKernel.STREAMED;
        long least = Long.MAX_VALUE;
        for (MatmulKernel kernel : kernels) {
            for (int run = 0; run < RUNS; run++) {
                long nanos = sample.time(kernel, tokens);
                if (nanos < least) {
                    least = nanos;
                    fastest = kernel;
                }
            }
        }
        return fastest;
    }

    /** The kernel for so many tokens. */
    MatmulKernel kernel(PackedMatrix matrix, int tokens) {
        int at = Arrays.binarySearch(TOKENS, tokens);
        return Objects.requireNonNull(choices.get(Kind.of(matrix)))[at >= 0 ? at : -at - 2];
    }

    /** Such as {@code streamed, panels from 12 tokens}, for 8-bit weights. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        MatmulKernel[] best = choices.getOrDefault(Kind.BITS_8, new MatmulKernel[0]);
        for (int i = 0; i < best.length; i++) {
            if (i == 0 || best[i] != best[i - 1]) {
                text.append(i == 0 ? "" : ", ").append(best[i].name().toLowerCase(Locale.ROOT));
                text.append(i == 0 ? "" : " from " + TOKENS[i] + " tokens");
            }
        }
        return text.toString();
    }
}
