// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.opensearch.generate.runner.kernel.KernelRun.Values;

/** The one table of cases that all kernels are tested with; each operation has rows. */
public final class KernelCases {
    private static final int[] SIZES = {1, 7, 8, 15, 16, 17, 63, 65, 4098};
    private static final float EPSILON = 1e-5f;
    private static final List<KernelCase> ALL = build();

    private final List<KernelCase> rows = new ArrayList<>();

    private KernelCases() {}

    /** All cases. */
    public static List<KernelCase> all() {
        return ALL;
    }

    private static List<KernelCase> build() {
        KernelCases cases = new KernelCases();
        cases.byRow();
        cases.products();
        cases.heads();
        cases.pages();
        KernelAttentionCases.add(cases);
        return List.copyOf(cases.rows);
    }

    /** One case for plain and one for special values, and one to see that other values do no harm. */
    void add(String operation, String shape, Consumer<KernelRun> body) {
        for (Values values : Values.values()) {
            rows.add(new KernelCase(operation, shape, values, body));
        }
    }

    /** Operations on whole rows: every size as a number of columns, and as a number of rows. */
    private void byRow() {
        Map<String, int[]> shapes = new TreeMap<>();
        for (int size : SIZES) {
            shapes.put("2x" + size, new int[] {2, size});
            shapes.put(size + "x17", new int[] {size, 17});
        }
        shapes.forEach((name, shape) -> {
            int tokens = shape[0];
            int columns = shape[1];
            add("add", name, r -> r.kernels().add(r.floats(tokens, columns), r.floats(tokens, columns), tokens));
            add("gather", name, r -> {
                Buffer source = r.floats(tokens, columns);
                Buffer picked = r.ints(tokens - 1, 0, tokens / 2);
                r.kernels().gather(source, picked, 3, r.output(DataType.F32, 3, columns));
            });
            add("quantize", name, r -> r.kernels()
                    .quantize(r.floats(tokens, columns), tokens, r.activations(tokens, columns)));
            add("rmsNorm", name, r -> r.kernels()
                    .rmsNorm(
                            r.floats(tokens, columns),
                            r.floats(1, columns),
                            EPSILON,
                            tokens,
                            r.activations(tokens, columns)));
            add("addRmsNorm", name, r -> r.kernels()
                    .addRmsNorm(
                            r.floats(tokens, columns),
                            r.floats(tokens, columns),
                            r.floats(1, columns),
                            EPSILON,
                            tokens,
                            r.activations(tokens, columns)));
            add("swiglu", name, r -> r.kernels()
                    .swiglu(r.floats(tokens, 2L * columns), tokens, r.activations(tokens, columns)));
        });
        for (float scale : new float[] {3f, 30f, 100f}) {
            add("swiglu", "of numbers up to " + scale, r -> {
                Buffer x = r.floats(4, 512);
                for (long i = 0; i < 4 * 512; i++) {
                    float v = x.memory().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    x.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, v * scale);
                }
                r.kernels().swiglu(x, 4, r.activations(4, 256));
            });
        }
        add("add", "of fewer tokens than rows", r -> r.kernels().add(r.floats(5, 9), r.floats(5, 9), 3));
    }

    /** Every kind of matrix; every size as rows, as columns and as tokens. */
    private void products() {
        for (int bits : new int[] {4, 8}) {
            for (int group : new int[] {16, 32, 64, 128}) {
                for (boolean minima : new boolean[] {false, true}) {
                    String kind = bits + " bit, group " + group + (minima ? ", minima" : "");
                    for (int[] shape :
                            new int[][] {{3, 17, 65}, {13, 65, 300}, {1, 33, 1}, {9, 16, 1216}, {4, 7, 2100}}) {
                        product(kind, shape[0], shape[1], shape[2], bits, group, minima);
                    }
                    add("embed", kind, r -> {
                        PackedMatrix table = r.matrix(65, 300, bits, group, minima, false);
                        Buffer ids = r.ints(64, 0, 15, 16, 17, 17, r.below(65));
                        r.kernels().embed(table, ids, 7, r.output(DataType.F32, 7, 300));
                    });
                }
            }
        }
        for (int size : SIZES) {
            product("8 bit", 2, size, 65, 8, 32, false);
            product("4 bit", 5, 17, size, 4, 32, true);
            product("8 bit", 5, 17, size, 8, 32, false);
            product("8 bit", size, 17, 65, 8, 16, false);
            product("4 bit", size, 17, 65, 4, 32, false);
            add("embed", size + " columns", r -> {
                PackedMatrix table = r.matrix(17, size, 8, 32, false, false);
                r.kernels().embed(table, r.ints(16, 3), 2, r.output(DataType.F32, 2, size));
            });
        }
        for (KernelRun.Weights weights : KernelRun.Weights.values()) {
            for (int group : new int[] {16, 32}) {
                for (boolean minima : new boolean[] {false, true}) {
                    for (int[] shape : new int[][] {{1, 17, 256}, {7, 33, 768}, {19, 130, 1344}, {45, 16, 300}}) {
                        add("matmul", weights + ", group " + group + minima + Arrays.toString(shape), r -> {
                            PackedMatrix weight = r.matrix(weights, shape[1], shape[2], 4, group, minima, false);
                            Activations x = r.quantized(shape[0], shape[2]);
                            r.kernels()
                                    .matmul(List.of(weight), x, shape[0], r.output(DataType.F32, shape[0], shape[1]));
                        });
                    }
                    add("embed", weights + ", group " + group + minima, r -> {
                        PackedMatrix table = r.matrix(weights, 65, 300, 4, group, minima, false);
                        Buffer ids = r.ints(64, 0, 15, 16, 17, 17, r.below(65));
                        r.kernels().embed(table, ids, 7, r.output(DataType.F32, 7, 300));
                    });
                }
            }
        }
        for (int tokens = 1; tokens < 40; tokens++) {
            product("many tokens", tokens, 49, 1088, tokens % 2 == 0 ? 8 : 4, 32, tokens % 3 == 0);
        }
        for (int group : new int[] {16, 64, 128}) {
            product("many tokens, group " + group, 43, 33, 300, 4, group, false);
            product("many tokens, group " + group, 43, 33, 300, 8, group, true);
        }
        add("matmul", "of several matrices side by side", r -> {
            List<PackedMatrix> weights = List.of(
                    r.matrix(33, 192, 8, 32, false, true),
                    r.matrix(7, 192, 4, 16, true, false),
                    r.matrix(16, 192, 4, 32, false, true),
                    r.matrix(1, 192, 8, 128, false, false));
            r.kernels().matmul(weights, r.quantized(11, 192), 11, r.output(DataType.F32, 11, 57));
        });
        add("matmul", "of no tokens", r -> r.kernels()
                .matmul(
                        List.of(r.matrix(9, 64, 8, 32, false, false)),
                        r.quantized(2, 64),
                        0,
                        r.output(DataType.F32, 2, 9)));
    }

    private void product(String kind, int tokens, int rows, int columns, int bits, int group, boolean minima) {
        boolean bias = (rows & 1) == 1;
        add("matmul", kind + ", " + tokens + " x " + columns + " x " + rows, r -> {
            PackedMatrix weight = r.matrix(rows, columns, bits, group, minima, bias);
            r.kernels()
                    .matmul(
                            List.of(weight),
                            r.quantized(tokens, columns),
                            tokens,
                            r.output(DataType.F32, tokens, rows));
        });
    }

    private void heads() {
        for (int headDim : new int[] {1, 7, 8, 15, 16, 17, 63, 64, 65, 128}) {
            add("headRmsNorm", "heads of " + headDim, r -> {
                Buffer x = r.floats(3, 5 + 3L * headDim + 2);
                r.kernels().headRmsNorm(x, 5, 3, headDim, r.floats(1, headDim), EPSILON, 3);
            });
        }
        for (int[] dims : new int[][] {{2, 2}, {7, 6}, {8, 8}, {16, 14}, {34, 34}, {64, 64}, {80, 32}, {128, 128}}) {
            for (boolean interleaved : new boolean[] {false, true}) {
                add("rope", dims[1] + " of " + dims[0] + (interleaved ? ", interleaved" : ""), r -> {
                    RopeTable table = new RopeTable(r.floats(65, dims[1]), dims[1], interleaved);
                    Buffer x = r.floats(4, 3 + 2L * dims[0] + 1);
                    r.kernels().rope(x, 3, 2, dims[0], table, r.ints(0, 64, 7, 7), 4);
                });
            }
        }
    }

    private void pages() {
        for (DataType type : new DataType[] {DataType.F32, DataType.BF16, DataType.I8}) {
            for (int headDim : new int[] {1, 7, 16, 65}) {
                add("appendKv", type + ", heads of " + headDim, r -> {
                    KvCache cache = KernelAttentionCases.cache(r, type, 2, 3, 2, headDim);
                    Buffer qkv = r.floats(5, 4 + 4L * headDim + 1);
                    AttentionRows rows = new AttentionRows(
                            r.ints(0, 0, 0, 0, 0), r.ints(95, 0, 31, 32, 33), r.ints(0, 1, 2, 3, 4), r.ints(0));
                    r.kernels().appendKv(qkv, 4, 4 + 2 * headDim, cache, 1, rows, 5);
                });
                add("copyPage", type + ", heads of " + headDim, r -> r.kernels()
                        .copyPage(KernelAttentionCases.cache(r, type, 2, 3, 2, headDim), 2, 0));
                add("prefault", type + ", heads of " + headDim, r -> r.kernels()
                        .prefault(KernelAttentionCases.cache(r, type, 2, 3, 2, headDim), 1, 3));
            }
        }
    }
}
