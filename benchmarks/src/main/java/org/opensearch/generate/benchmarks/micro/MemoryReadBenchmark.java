// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
import org.opensearch.generate.runner.kernel.Workers;

/** What the machine reads a second with the kernels' own threads: the limit of products with few tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms2g", "-Xmx2g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls setUp
public class MemoryReadBenchmark {
    private static final int LONGS = 1 << 27;

    @Param("2")
    int threads;

    private final long[] data = new long[LONGS];
    private Workers workers;

    @Setup(Level.Trial)
    public void setUp() {
        workers = new Workers(threads);
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        workers.close();
    }

    @Benchmark
    public long read(Rates rates) {
        LongAdder total = new LongAdder();
        workers.run(LONGS, (from, to) -> total.add(sum(data, from, to)));
        rates.count(LONGS * 8.0, 0);
        return total.sum();
    }

    private static long sum(long[] data, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += data[i];
        }
        return sum;
    }
}
