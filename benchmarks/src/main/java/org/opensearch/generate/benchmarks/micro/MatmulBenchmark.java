// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/** TinyLlama's widest product, 5632 x 2048: decode with few tokens, prefill with many. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls setUp
public class MatmulBenchmark {
    private static final int ROWS = 5632;
    private static final int COLUMNS = 2048;
    private static final int CHECKED_TOKENS = 2;
    /** More than caches hold, so that weights come from memory as they do in a model. */
    private static final long WEIGHT_BYTES = 768L << 20;

    @Param("auto")
    String level;

    @Param("2")
    int threads;

    @Param({"8", "4"})
    int bits;

    @Param({"1", "4", "512"})
    int tokens;

    private final List<PackedMatrix> weights = new ArrayList<>();
    private Bench bench;
    private Activations x;
    private Buffer out;
    private int next;

    @Setup(Level.Trial)
    public void setUp() {
        bench = new Bench(level, threads);
        x = bench.quantized(tokens, COLUMNS);
        out = bench.kernels.allocate("out", DataType.F32, tokens, ROWS);
        long bytes = 0;
        do {
            weights.add(bench.matrix(ROWS, COLUMNS, bits));
            bytes += weights.getLast().bytes();
        } while (bytes < WEIGHT_BYTES && tokens <= 16);
        int checked = Math.min(tokens, CHECKED_TOKENS);
        Buffer wanted = bench.definition().allocate("wanted", DataType.F32, checked, ROWS);
        bench.definition().matmul(List.of(weights.getFirst()), x, checked, wanted);
        bench.kernels.matmul(List.of(weights.getFirst()), x, tokens, out);
        Bench.same(wanted, out, checked);
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        bench.close();
    }

    @Benchmark
    public void matmul(Rates rates) {
        PackedMatrix weight = weights.get(next);
        next = (next + 1) % weights.size();
        bench.kernels.matmul(List.of(weight), x, tokens, out);
        rates.count((double) weight.bytes(), 2.0 * ROWS * COLUMNS * tokens);
    }
}
