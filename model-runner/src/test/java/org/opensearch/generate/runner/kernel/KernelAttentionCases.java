// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The rows of {@link KernelCases} for attention: head shapes, context lengths, windows, and batches of several sequences. */
final class KernelAttentionCases {
    private static final DataType[] TYPES = {DataType.F32, DataType.BF16, DataType.I8};

    private KernelAttentionCases() {}

    static void add(KernelCases cases) {
        for (int headDim : new int[] {1, 7, 8, 15, 16, 17, 63, 64, 65, 96, 128}) {
            for (DataType type : TYPES) {
                add(cases, type, 4, 2, headDim, 0, new int[][] {{70, 3}});
                add(cases, type, 4, 2, headDim, 0, new int[][] {{70, 21}});
            }
        }
        for (int[] heads : new int[][] {{1, 1}, {7, 1}, {8, 1}, {17, 1}, {32, 4}, {40, 2}}) {
            for (DataType type : TYPES) {
                add(cases, type, heads[0], heads[1], 32, 0, new int[][] {{40, 5}, {3, 1}});
            }
        }
        for (int length : new int[] {1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 65, 4098}) {
            for (DataType type : TYPES) {
                add(cases, type, 4, 2, 16, 0, new int[][] {{length, 1}});
            }
        }
        for (int window : new int[] {1, 2, 31, 32, 33, 100, 5000}) {
            for (DataType type : TYPES) {
                add(cases, type, 4, 2, 24, window, new int[][] {{150, 40}, {64, 1}});
            }
        }
        for (DataType type : TYPES) {
            add(cases, type, 8, 2, 64, 0, new int[][] {{65, 65}, {33, 1}, {130, 17}, {1, 1}});
            add(cases, type, 3, 3, 20, 0, new int[][] {{97, 97}, {64, 2}});
            add(cases, type, 32, 4, 64, 0, new int[][] {{257, 33}, {100, 2}, {7, 7}});
            add(cases, type, 2, 1, 300, 0, new int[][] {{70, 40}});
        }
    }

    /** @param sequences for each, its positions so far and how many of the last are rows of the batch */
    private static void add(
            KernelCases cases, DataType type, int heads, int kvHeads, int headDim, int window, int[][] sequences) {
        StringBuilder shape = new StringBuilder(type + ", " + heads + "/" + kvHeads + " heads of " + headDim);
        shape.append(", window ").append(window);
        for (int[] sequence : sequences) {
            shape.append(", last ").append(sequence[1]).append(" of ").append(sequence[0]);
        }
        cases.add("attention", shape.toString(), r -> run(r, type, heads, kvHeads, headDim, window, sequences));
    }

    private static void run(
            KernelRun r, DataType type, int heads, int kvHeads, int headDim, int window, int[][] sequences) {
        int pages = 1;
        int mostPages = 0;
        for (int[] sequence : sequences) {
            int wanted = (sequence[0] + KvCache.PAGE - 1) / KvCache.PAGE;
            pages += wanted;
            mostPages = Math.max(mostPages, wanted);
        }
        List<Integer> free = new ArrayList<>(IntStream.range(0, pages).boxed().toList());
        List<Integer> positions = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        int[] tables = new int[sequences.length * mostPages];
        KvCache cache = cache(r, type, 1, pages, kvHeads, headDim);
        for (int s = 0; s < sequences.length; s++) {
            for (int p = 0; p * KvCache.PAGE < sequences[s][0]; p++) {
                tables[s * mostPages + p] = free.remove(r.below(free.size()));
            }
            int beyond = sequences[s][0] % KvCache.PAGE;
            if (beyond > 0) {
                spoil(cache, tables[s * mostPages + sequences[s][0] / KvCache.PAGE], beyond);
            }
            for (int i = sequences[s][0] - sequences[s][1]; i < sequences[s][0]; i++) {
                positions.add(i);
                owners.add(s);
            }
        }
        int tokens = positions.size();
        Buffer flat = r.ints(tables);
        AttentionRows rows = new AttentionRows(
                r.ints(positions.stream().mapToInt(i -> i).toArray()),
                r.ints(new int[tokens]),
                r.ints(owners.stream().mapToInt(i -> i).toArray()),
                new Buffer("tables", DataType.I32, sequences.length, mostPages, flat.memory()));
        Buffer q = r.floats(tokens, (long) heads * headDim + 3);
        Buffer out = r.output(DataType.F32, tokens, (long) heads * headDim);
        r.kernels().attention(q, cache, 0, rows, tokens, heads, 0.125f, window, out);
    }

    /** Positions that nobody has written hold NaN, or codes that stand for nothing with scales of NaN. */
    private static void spoil(KvCache cache, int page, int from) {
        Buffer layer = cache.layers().getFirst();
        int rest = (int) layer.columns() / cache.kvHeads();
        for (int head = 0; head < cache.kvHeads(); head++) {
            long start = page * layer.columns() + (long) head * rest;
            for (int position = from; position < KvCache.PAGE; position++) {
                if (layer.type() == DataType.I8) {
                    spoilCodes(layer, start, position, KvCache.paddedHeadDim(cache.headDim()));
                    continue;
                }
                for (int d = 0; d < cache.headDim(); d++) {
                    putNaN(layer, start + (long) d * KvCache.PAGE + position);
                    putNaN(layer, start + (long) (KvCache.PAGE + position) * cache.headDim() + d);
                }
            }
        }
    }

    private static void spoilCodes(Buffer layer, long start, int position, int padded) {
        long values = start + (long) padded * KvCache.PAGE;
        for (int d = 0; d < padded; d++) {
            long key = ((long) d / 4 * KvCache.PAGE + position) * 4 + d % 4;
            long value = ((long) position / 4 * padded + d) * 4 + position % 4;
            layer.memory().set(ValueLayout.JAVA_BYTE, start + key, (byte) 0);
            layer.memory().set(ValueLayout.JAVA_BYTE, values + value, (byte) -128);
        }
        long scales = values + (long) padded * KvCache.PAGE + (long) position * Float.BYTES;
        layer.memory().set(ValueLayout.JAVA_FLOAT, scales, Float.NaN);
        layer.memory().set(ValueLayout.JAVA_FLOAT, scales + (long) KvCache.PAGE * Float.BYTES, Float.NaN);
    }

    private static void putNaN(Buffer layer, long index) {
        if (layer.type() == DataType.F32) {
            layer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, index, Float.NaN);
        } else {
            layer.memory().setAtIndex(ValueLayout.JAVA_SHORT, index, FloatMath.toBf16(Float.NaN));
        }
    }

    static KvCache cache(KernelRun r, DataType type, int layers, int pages, int kvHeads, int headDim) {
        List<Buffer> buffers = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            buffers.add(
                    type == DataType.I8
                            ? r.codePages(pages, kvHeads, headDim)
                            : r.floats(type, pages, KvCache.pageElements(type, kvHeads, headDim)));
        }
        return new KvCache(buffers, pages, kvHeads, headDim);
    }
}
