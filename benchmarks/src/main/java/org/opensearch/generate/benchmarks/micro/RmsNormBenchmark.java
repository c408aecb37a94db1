// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

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

/** The norm of TinyLlama's rows of 2048, with their quantisation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls setUp
public class RmsNormBenchmark {
    private static final int COLUMNS = 2048;
    private static final float EPSILON = 1e-5f;

    @Param("auto")
    String level;

    @Param("2")
    int threads;

    @Param({"1", "512"})
    int tokens;

    private Bench bench;
    private Buffer x;
    private Buffer weight;
    private Activations out;

    @Setup(Level.Trial)
    public void setUp() {
        bench = new Bench(level, threads);
        x = bench.floats(tokens, COLUMNS);
        weight = bench.floats(1, COLUMNS);
        out = bench.kernels.allocateActivations("out", tokens, COLUMNS);
        Activations wanted = bench.definition().allocateActivations("wanted", tokens, COLUMNS);
        bench.definition().rmsNorm(x, weight, EPSILON, tokens, wanted);
        bench.kernels.rmsNorm(x, weight, EPSILON, tokens, out);
        Bench.same(wanted.codes(), out.codes(), tokens);
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        bench.close();
    }

    @Benchmark
    public void rmsNorm(Rates rates) {
        bench.kernels.rmsNorm(x, weight, EPSILON, tokens, out);
        rates.count(4.0 * tokens * COLUMNS, 6.0 * tokens * COLUMNS);
    }
}
