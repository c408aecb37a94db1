// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/** TinyLlama's widest product, 5632 x 2048: decode with few tokens, prefill with many. */
@SuppressWarnings("NullAway.Init")
public class MatmulBenchmark extends KernelBenchmark {
    private static final int ROWS = 5632;
    private static final int COLUMNS = 2048;
    private static final int CHECKED_TOKENS = 2;
    /** More than caches hold, so that weights come from memory as they do in a model. */
    private static final long WEIGHT_BYTES = 768L << 20;
    /** With more tokens than this, weights are read too seldom to matter. */
    private static final int FEW_TOKENS = 16;

    @Param({"8", "4"})
    int bits;

    @Param({"1", "4", "16", "512"})
    int tokens;

    private final List<PackedMatrix> weights = new ArrayList<>();
    private Activations x;
    private Buffer out;
    private int next;

    @Override
    void prepare() {
        x = bench.quantized(tokens, COLUMNS);
        out = bench.kernels.allocate("out", DataType.F32, tokens, ROWS);
        long bytes = 0;
        do {
            weights.add(bench.matrix(ROWS, COLUMNS, bits));
            bytes += weights.getLast().bytes();
        } while (bytes < WEIGHT_BYTES && tokens <= FEW_TOKENS);
        int checked = Math.min(tokens, CHECKED_TOKENS);
        Buffer wanted = bench.definition().allocate("wanted", DataType.F32, checked, ROWS);
        bench.definition().matmul(List.of(weights.getFirst()), x, checked, wanted);
        bench.kernels.matmul(List.of(weights.getFirst()), x, tokens, out);
        Bench.same(wanted, out, checked);
    }

    @Benchmark
    public void matmul(Rates rates) {
        PackedMatrix weight = weights.get(next);
        next = (next + 1) % weights.size();
        bench.kernels.matmul(List.of(weight), x, tokens, out);
        rates.int8((double) weight.bytes(), 2.0 * ROWS * COLUMNS * tokens);
    }
}
