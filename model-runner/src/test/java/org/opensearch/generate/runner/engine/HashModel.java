// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.Arrays;
import java.util.Set;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.ScalarKernels;
import org.opensearch.generate.runner.model.Batch;
import org.opensearch.generate.runner.model.Model;

/**
 * A model whose logits are a hash of what lies in the pages of all positions so far: any page that is wrong, stale or written by
 * somebody else changes them. So it shows in milliseconds what a transformer would show in minutes.
 */
final class HashModel implements Model {
    static final int VOCABULARY = 40;
    static final int END = 39;
    private static final int ROUND = 11;
    private static final float CERTAIN = 64;

    private final Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED);
    private long[][] pages;
    private volatile long mostPages = Long.MAX_VALUE;
    private final int maxBatchRows;
    private final int maxContext;
    private volatile FailingCalls failing = call -> false;
    private volatile FailingCalls poisoning = call -> false;
    private volatile boolean prefaultFails;
    private Set<Integer> ends = Set.of(END);
    private float repeats;
    private int calls;
    private int prefaulted;

    /** Which calls of {@link #forward}, counted from 1, fail. */
    interface FailingCalls {
        boolean fails(int call);
    }

    HashModel(int pages, int maxBatchRows, int maxContext) {
        this.pages = new long[pages][KvCache.PAGE];
        this.maxBatchRows = maxBatchRows;
        this.maxContext = maxContext;
    }

    HashModel failing(FailingCalls calls) {
        failing = calls;
        return this;
    }

    /** No token ends an answer. */
    HashModel endless() {
        ends = Set.of();
        return this;
    }

    /** Texts go round, but for now and then a token. */
    HashModel repeating(boolean repeats) {
        return repeatingBy(repeats ? CERTAIN : 0);
    }

    /** The same, with so much on the logits of what was there before; the others lie from 0 to 8. */
    HashModel repeatingBy(float logit) {
        repeats = logit;
        return this;
    }

    /** Pages cannot be made ready ahead. */
    HashModel withoutPrefault() {
        prefaultFails = true;
        return this;
    }

    /** The calls whose logits are not numbers. */
    HashModel poisoning(FailingCalls calls) {
        poisoning = calls;
        return this;
    }

    /** The logits after a text, by the definition. */
    static float[] logits(int[] tokens, int length) {
        return logits(tokens, length, 0);
    }

    /** Those of a {@link #repeating} model. */
    static float[] logits(int[] tokens, int length, boolean repeating) {
        return logits(tokens, length, repeating ? CERTAIN : 0);
    }

    /** Those of a model {@link #repeatingBy} so much. */
    static float[] logits(int[] tokens, int length, float repeats) {
        long state = 0;
        for (int position = 0; position < length; position++) {
            state = mix(state, entry(tokens[position], position));
        }
        float[] logits = new float[VOCABULARY];
        fill(state, logits, length - 1, repeats);
        return logits;
    }

    @Override
    public void forward(Batch batch, float[][] logits) {
        boolean fails = failing.fails(++calls);
        int wanted = 0;
        for (int row = 0; row < batch.rows(); row++) {
            int[] table = batch.blockTables()[batch.sequences()[row]];
            int position = batch.positions()[row];
            assert row == 0
                    || batch.sequences()[row] == batch.sequences()[row - 1] + 1
                    || position == batch.positions()[row - 1] + 1;
            pages[table[position / KvCache.PAGE]][position % KvCache.PAGE] =
                    fails ? -1 : entry(batch.tokens()[row], position);
            if (wanted < batch.logitRows().length && batch.logitRows()[wanted] == row) {
                long state = 0;
                for (int p = 0; p <= position; p++) {
                    state = mix(state, pages[table[p / KvCache.PAGE]][p % KvCache.PAGE]);
                }
                fill(state, logits[wanted++], position, repeats);
            }
        }
        if (poisoning.fails(calls)) {
            logits[0][7] = Float.NaN;
        }
        if (fails) {
            throw new IllegalStateException("call " + calls + " fails, as the test wants");
        }
    }

    private static long entry(int token, int position) {
        return mix(token + 1L, position);
    }

    private static long mix(long a, long b) {
        long z = a * 0x9E3779B97F4A7C15L + b + 0x632BE59BD9B4E019L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static void fill(long state, float[] logits, int position, float repeats) {
        for (int id = 0; id < VOCABULARY; id++) {
            logits[id] = (mix(state, id) >>> 44) * 0x1p-17f;
        }
        if (repeats > 0 && (mix(state, VOCABULARY) & 15) != 0) {
            logits[position % ROUND] += repeats;
        }
    }

    @Override
    public synchronized void prefault(int from, int to) {
        if (prefaultFails) {
            throw new IllegalStateException("pages cannot be made ready, as the test wants");
        }
        if (from != prefaulted && from > 0 && prefaulted > 0) {
            throw new IllegalArgumentException("pages " + from + " to " + to + " after " + prefaulted);
        }
        prefaulted = Math.min(to, pages.length);
        notifyAll();
    }

    /** Waits until so many pages are ready. */
    synchronized void awaitPrefaulted(int wanted) throws InterruptedException {
        while (prefaulted < wanted) {
            wait();
        }
    }

    synchronized int prefaulted() {
        return prefaulted;
    }

    @Override
    public void copyPage(int from, int to) {
        pages[to] = Arrays.copyOf(pages[from], KvCache.PAGE);
    }

    @Override
    public ModelConfig config() {
        return new ModelConfig(
                "llama",
                "hash",
                VOCABULARY,
                1,
                32,
                32,
                1,
                1,
                32,
                maxContext,
                1e-5f,
                0,
                true,
                new ModelConfig.Rope(
                        ModelConfig.RopeLayout.HALVES,
                        32,
                        1e4,
                        ModelConfig.RopeScaling.NONE,
                        1,
                        maxContext,
                        0,
                        0,
                        0,
                        0,
                        0,
                        new float[0],
                        new float[0]),
                0,
                false,
                ends);
    }

    @Override
    public Kernels kernels() {
        return kernels;
    }

    @Override
    public long weightBytes() {
        return 0;
    }

    @Override
    public long pageBytes() {
        return KvCache.PAGE * (long) Long.BYTES;
    }

    @Override
    public int pages() {
        return pages.length;
    }

    /** More pages are refused. */
    HashModel refusingMoreThan(int count) {
        mostPages = count;
        return this;
    }

    @Override
    public synchronized void resizePages(int count, int kept) {
        if (count > mostPages) {
            throw new IllegalStateException(count + " pages are refused, as the test wants");
        }
        long[][] resized = new long[count][KvCache.PAGE];
        for (int page = 0; page < Math.min(kept, Math.min(count, pages.length)); page++) {
            resized[page] = pages[page];
        }
        pages = resized;
        prefaulted = 0;
    }

    @Override
    public int maxBatchRows() {
        return maxBatchRows;
    }

    @Override
    public int maxContext() {
        return maxContext;
    }

    @Override
    public void close() {
        kernels.close();
    }
}
