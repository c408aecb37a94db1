// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.List;

/**
 * Checks the arguments of each operation of {@link Kernels}, once for every implementation on the host. What a buffer holds
 * (token ids, page ids, positions) is the caller's to get right.
 */
public final class Shapes {
    private Shapes() {}

    /** {@link Kernels#embed}. */
    public static void embed(PackedMatrix table, Buffer ids, int tokens, Buffer out) {
        vector("embed", ids, DataType.I32, tokens);
        floats("embed", out, tokens, table.columns());
    }

    /** {@link Kernels#add}. */
    public static void add(Buffer x, Buffer delta, int tokens) {
        floats("add", x, tokens, x.columns());
        floats("add", delta, tokens, x.columns());
    }

    /** {@link Kernels#gather}. */
    public static void gather(Buffer source, Buffer rows, int count, Buffer out) {
        vector("gather", rows, DataType.I32, count);
        require(source.type() == DataType.F32, "gather", source);
        floats("gather", out, count, source.columns());
    }

    /** {@link Kernels#rmsNorm}. */
    public static void rmsNorm(Buffer x, Buffer weight, int tokens, Activations out) {
        floats("rmsNorm", x, tokens, out.columns());
        vector("rmsNorm", weight, DataType.F32, out.columns());
        activations("rmsNorm", out, tokens);
    }

    /** {@link Kernels#headRmsNorm}. */
    public static void headRmsNorm(Buffer x, int firstColumn, int heads, int headDim, Buffer weight, int tokens) {
        heads("headRmsNorm", x, firstColumn, heads, headDim, tokens);
        vector("headRmsNorm", weight, DataType.F32, headDim);
    }

    /** {@link Kernels#quantize}. */
    public static void quantize(Buffer x, int tokens, Activations out) {
        floats("quantize", x, tokens, out.columns());
        activations("quantize", out, tokens);
    }

    /** {@link Kernels#matmul}. */
    public static void matmul(List<PackedMatrix> weights, Activations x, int tokens, Buffer out) {
        activations("matmul", x, tokens);
        long columns = 0;
        for (PackedMatrix weight : weights) {
            if (weight.columns() != x.columns()) {
                throw new IllegalArgumentException(
                        "matmul: " + weight.name() + " has " + weight.columns() + " columns, its input " + x.columns());
            }
            columns += weight.rows();
        }
        floats("matmul", out, tokens, columns);
    }

    /** {@link Kernels#rope}. */
    public static void rope(
            Buffer x, int firstColumn, int heads, int headDim, RopeTable table, Buffer positions, int tokens) {
        heads("rope", x, firstColumn, heads, headDim, tokens);
        vector("rope", positions, DataType.I32, tokens);
        require(
                table.dims() % 2 == 0
                        && table.dims() <= headDim
                        && table.cosSin().columns() == table.dims(),
                "rope of heads of " + headDim,
                table.cosSin());
    }

    /** {@link Kernels#appendKv}. */
    public static void appendKv(
            Buffer qkv, int keyColumn, int valueColumn, KvCache cache, int layer, AttentionRows rows, int tokens) {
        heads("appendKv", qkv, keyColumn, cache.kvHeads(), cache.headDim(), tokens);
        heads("appendKv", qkv, valueColumn, cache.kvHeads(), cache.headDim(), tokens);
        cache("appendKv", cache, layer);
        vector("appendKv", rows.slots(), DataType.I32, tokens);
    }

    /** {@link Kernels#copyPage}. */
    public static void page(KvCache cache, int page) {
        if (page < 0 || page >= cache.pages()) {
            throw new IllegalArgumentException("page " + page + " of " + cache.pages());
        }
    }

    /** {@link Kernels#attention}. */
    public static void attention(
            Buffer q, KvCache cache, int layer, AttentionRows rows, int tokens, int heads, int window, Buffer out) {
        heads("attention", q, 0, heads, cache.headDim(), tokens);
        cache("attention", cache, layer);
        if (heads % cache.kvHeads() != 0 || window < 0) {
            throw new IllegalArgumentException(
                    "attention: " + heads + " heads over " + cache.kvHeads() + ", window " + window);
        }
        vector("attention", rows.positions(), DataType.I32, tokens);
        vector("attention", rows.sequences(), DataType.I32, tokens);
        require(rows.blockTables().type() == DataType.I32, "attention", rows.blockTables());
        floats("attention", out, tokens, (long) heads * cache.headDim());
    }

    /** {@link Kernels#swiglu}. */
    public static void swiglu(Buffer gateAndUp, int tokens, Activations out) {
        floats("swiglu", gateAndUp, tokens, 2L * out.columns());
        activations("swiglu", out, tokens);
    }

    /** {@link Kernels#upload}: {@code count} of so many values of a type. */
    public static void upload(DataType type, int available, int count, Buffer target) {
        require(target.type() == type, "upload of " + type, target);
        require(count <= available && count <= target.rows() * target.columns(), "upload of " + count, target);
    }

    /** {@link Kernels#download}. */
    public static void download(Buffer source, long row, float[] target) {
        require(source.type() == DataType.F32, "download of floats", source);
        require(row >= 0 && row < source.rows() && target.length >= source.columns(), "download", source);
    }

    static void require(boolean fits, String operation, Buffer buffer) {
        if (!fits) {
            throw new IllegalArgumentException(operation + " does not fit " + buffer.what() + " " + buffer.type() + " ["
                    + buffer.rows() + ", " + buffer.columns() + "]");
        }
    }

    private static void floats(String operation, Buffer buffer, int rows, long columns) {
        require(
                buffer.type() == DataType.F32 && rows >= 0 && rows <= buffer.rows() && columns == buffer.columns(),
                operation + " of [" + rows + ", " + columns + "]",
                buffer);
    }

    private static void vector(String operation, Buffer buffer, DataType type, int count) {
        require(
                buffer.type() == type && count >= 0 && count <= buffer.rows() * buffer.columns(),
                operation + " of " + count + " " + type,
                buffer);
    }

    private static void heads(String operation, Buffer x, int firstColumn, int heads, int headDim, int tokens) {
        require(
                x.type() == DataType.F32
                        && tokens >= 0
                        && tokens <= x.rows()
                        && firstColumn >= 0
                        && firstColumn + (long) heads * headDim <= x.columns(),
                operation + " of " + tokens + " rows, " + heads + " heads of " + headDim + " from column "
                        + firstColumn,
                x);
    }

    private static void activations(String operation, Activations x, int tokens) {
        require(tokens >= 0 && tokens <= x.codes().rows(), operation + " of " + tokens + " rows", x.codes());
    }

    private static void cache(String operation, KvCache cache, int layer) {
        if (layer < 0 || layer >= cache.layers().size()) {
            throw new IllegalArgumentException(
                    operation + ": layer " + layer + " of " + cache.layers().size());
        }
        Buffer pages = cache.layers().get(layer);
        boolean fits = (pages.type() == DataType.F32 || pages.type() == DataType.BF16 || pages.type() == DataType.I8)
                && pages.columns() == KvCache.pageElements(pages.type(), cache.kvHeads(), cache.headDim());
        require(fits, operation, pages);
    }
}
