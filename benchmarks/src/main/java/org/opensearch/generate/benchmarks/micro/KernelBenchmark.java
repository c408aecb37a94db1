// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.util.concurrent.TimeUnit;
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

/** How kernels are measured: the same forks, heap, times and parameters for all. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls open
public abstract class KernelBenchmark {
    /** Level of the kernels: {@code auto}, {@code java} or a level's name. */
    @Param("auto")
    String level;

    /** Threads that compute; {@code benchmarks/run} takes all processors if none are named. */
    @Param("2")
    int threads;

    Bench bench;

    @Setup(Level.Trial)
    public final void open() {
        bench = new Bench(level, threads);
        prepare();
    }

    /** Makes inputs and outputs, and throws unless the answer is the one of the definition. */
    abstract void prepare();

    @TearDown(Level.Trial)
    public final void close() {
        bench.close();
    }
}
