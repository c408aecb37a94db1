// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.opensearch.generate.runner.kernel.AttentionRows;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.KvCache;

/** One layer of TinyLlama's attention, 32 heads of 64 over 4 key heads: the last rows of one sequence. */
@SuppressWarnings("NullAway.Init")
public class AttentionBenchmark extends KernelBenchmark {
    private static final int HEADS = 32;
    private static final int KV_HEADS = 4;
    private static final int HEAD_DIM = 64;
    private static final float SCALE = 0.125f;

    @Param({"BF16", "I8"})
    DataType kvType;

    @Param({"512", "2048", "8192"})
    int context;

    @Param({"1", "256"})
    int tokens;

    private KvCache cache;
    private AttentionRows rows;
    private Buffer q;
    private Buffer out;

    @Override
    void prepare() {
        int pages = context / KvCache.PAGE;
        long elements = KvCache.pageElements(kvType, KV_HEADS, HEAD_DIM);
        cache = new KvCache(List.of(bench.kernels.allocate("kv", kvType, pages, elements)), pages, KV_HEADS, HEAD_DIM);
        int[] positions = IntStream.range(0, context).toArray();
        AttentionRows all = new AttentionRows(
                bench.ints(positions), bench.ints(positions), bench.ints(new int[context]), bench.ints(0));
        int width = KV_HEADS * HEAD_DIM;
        bench.kernels.appendKv(bench.floats(context, 2L * width), 0, width, cache, 0, all, context);
        rows = new AttentionRows(
                bench.ints(IntStream.range(context - tokens, context).toArray()),
                bench.ints(new int[tokens]),
                bench.ints(new int[tokens]),
                bench.ints(IntStream.range(0, pages).toArray()));
        q = bench.floats(tokens, (long) HEADS * HEAD_DIM);
        out = bench.kernels.allocate("out", DataType.F32, tokens, (long) HEADS * HEAD_DIM);
        Buffer wanted = bench.definition().allocate("wanted", DataType.F32, tokens, (long) HEADS * HEAD_DIM);
        bench.definition().attention(q, cache, 0, rows, tokens, HEADS, SCALE, 0, wanted);
        bench.kernels.attention(q, cache, 0, rows, tokens, HEADS, SCALE, 0, out);
        Bench.same(wanted, out, tokens);
    }

    @Benchmark
    public void attention(Rates rates) {
        bench.kernels.attention(q, cache, 0, rows, tokens, HEADS, SCALE, 0, out);
        double seen = tokens * (context - (tokens - 1) / 2.0);
        double operations = 4.0 * HEADS * HEAD_DIM * seen;
        if (kvType == DataType.I8) {
            rates.int8((double) cache.bytes(), operations);
        } else {
            rates.f32((double) cache.bytes(), operations);
        }
    }
}
