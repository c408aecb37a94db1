// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.kernel.RopeTable;

/** The operations that go over rows once, at TinyLlama's widths: 2048, and 5632 inside. */
@SuppressWarnings("NullAway.Init")
public class RowsBenchmark extends KernelBenchmark {
    private static final int COLUMNS = 2048;
    private static final int INNER = 5632;
    private static final int HEADS = 32;
    private static final int HEAD_DIM = 64;
    private static final int VOCABULARY = 4096;
    private static final float EPSILON = 1e-5f;
    private static final int FLOAT = Float.BYTES;

    @Param({"1", "512"})
    int tokens;

    private Buffer x;
    private Buffer delta;
    private Buffer weight;
    private Buffer headWeight;
    private Buffer gateAndUp;
    private Buffer positions;
    private RopeTable table;
    private PackedMatrix embeddings;
    private Activations out;
    private Activations innerOut;

    @Override
    void prepare() {
        x = bench.floats(tokens, COLUMNS);
        delta = bench.kernels.allocate("delta", DataType.F32, tokens, COLUMNS);
        weight = bench.floats(1, COLUMNS);
        headWeight = bench.constant(1, 1, HEAD_DIM);
        gateAndUp = bench.floats(tokens, 2L * INNER);
        positions = bench.ints(IntStream.range(0, tokens).toArray());
        table = new RopeTable(bench.constant(0, tokens, HEAD_DIM), HEAD_DIM, false);
        embeddings = bench.matrix(VOCABULARY, COLUMNS, 8);
        out = bench.kernels.allocateActivations("out", tokens, COLUMNS);
        innerOut = bench.kernels.allocateActivations("inner", tokens, INNER);
        Activations wanted = bench.definition().allocateActivations("wanted", tokens, COLUMNS);
        bench.definition().rmsNorm(x, weight, EPSILON, tokens, wanted);
        bench.kernels.rmsNorm(x, weight, EPSILON, tokens, out);
        Bench.same(wanted.codes(), out.codes(), tokens);
        Activations inner = bench.definition().allocateActivations("wanted", tokens, INNER);
        bench.definition().swiglu(gateAndUp, tokens, inner);
        bench.kernels.swiglu(gateAndUp, tokens, innerOut);
        Bench.same(inner.codes(), innerOut.codes(), tokens);
    }

    @Benchmark
    public void rmsNorm(Rates rates) {
        bench.kernels.rmsNorm(x, weight, EPSILON, tokens, out);
        rates.f32((double) FLOAT * tokens * COLUMNS, 6.0 * tokens * COLUMNS);
    }

    /** The delta is 0, so that rows stay as they are. */
    @Benchmark
    public void addRmsNorm(Rates rates) {
        bench.kernels.addRmsNorm(x, delta, weight, EPSILON, tokens, out);
        rates.f32(2.0 * FLOAT * tokens * COLUMNS, 7.0 * tokens * COLUMNS);
    }

    @Benchmark
    public void headRmsNorm(Rates rates) {
        bench.kernels.headRmsNorm(x, 0, HEADS, HEAD_DIM, headWeight, EPSILON, tokens);
        rates.f32((double) FLOAT * tokens * COLUMNS, 4.0 * tokens * COLUMNS);
    }

    @Benchmark
    public void quantize(Rates rates) {
        bench.kernels.quantize(x, tokens, out);
        rates.f32((double) FLOAT * tokens * COLUMNS, 2.0 * tokens * COLUMNS);
    }

    @Benchmark
    public void rope(Rates rates) {
        bench.kernels.rope(x, 0, HEADS, HEAD_DIM, table, positions, tokens);
        rates.f32((double) FLOAT * tokens * COLUMNS, 3.0 * tokens * COLUMNS);
    }

    @Benchmark
    public void embed(Rates rates) {
        bench.kernels.embed(embeddings, positions, tokens, delta);
        rates.f32((double) tokens * COLUMNS, (double) tokens * COLUMNS);
    }

    @Benchmark
    public void swiglu(Rates rates) {
        bench.kernels.swiglu(gateAndUp, tokens, innerOut);
        rates.f32(2.0 * FLOAT * tokens * INNER, 20.0 * tokens * INNER);
    }
}
