// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Tensor;

/**
 * The operations a model is made of, on one device. {@link ScalarKernels} is the definition; every other implementation gives
 * the same bits for the same inputs, whatever the number of threads, rows in the batch, or SIMD width.
 * <p>{@code tokens} is always the number of leading rows that count. Outputs never overlap inputs unless an operation says that
 * it works in place. Calls return when the result is there, or, on a device with a queue, are ordered after each other; {@link
 * #download} waits. One thread at a time may call.
 * <p>Errors: {@link IllegalArgumentException} for shapes that do not fit (our bug), {@link DeviceException} when the device
 * fails.
 */
public interface Kernels extends AutoCloseable {
    /** Which kernels these are, as the statistics show them: {@code java}, {@code cpu-avx2}. */
    String name();

    /** Which way to multiply is taken for how many tokens, for statistics; empty if there is nothing to tell. */
    default String products() {
        return "";
    }

    // ---- memory

    /** New memory, all zero. Counted against the limit that the owner set; throws {@link DeviceException} if there is none. */
    Buffer allocate(String what, DataType type, long rows, long columns);

    /**
     * A buffer on memory of somebody else, such as a mapped file, that is only read. It counts as allocated until it is freed,
     * and the memory must live so long.
     */
    Buffer adopt(String what, DataType type, long rows, long columns, MemorySegment memory);

    /**
     * The first {@code kept} rows of a buffer, or fewer, in a new one with another number of rows; further ones are zero, and the old
     * buffer is free. Throws as {@link #allocate}; then the old one stays.
     */
    Buffer resize(Buffer buffer, long rows, long kept);

    /** Gives memory back. */
    void free(Buffer buffer);

    /** Gives back the parts of {@code activations}. */
    default void free(Activations activations) {
        free(activations.codes());
        free(activations.scales());
        free(activations.sums());
    }

    /** Gives back the parts of {@code matrix}. */
    default void free(PackedMatrix matrix) {
        matrix.buffers().forEach(this::free);
    }

    /** Bytes allocated now. */
    long allocatedBytes();

    /** Copies host ints to the front of an {@code I32} buffer. */
    void upload(int[] source, int count, Buffer target);

    /** Copies host floats to the front of an {@code F32} buffer. */
    void upload(float[] source, int count, Buffer target);

    /** Copies {@code columns} floats of row {@code row} of an {@code F32} buffer to the host. */
    void download(Buffer source, long row, float[] target);

    /** Quantised activations for up to {@code maxTokens} rows. */
    Activations allocateActivations(String what, int maxTokens, int columns);

    /**
     * Packs a weight tensor: quantised types without loss; float types into 8-bit codes with a scale for each row and 32 columns
     * ({@code scale = absmax / 127f}, rounded to half precision, {@code code = rint(w * (127f / absmax))}, both 0 when absmax is
     * below {@link Activations#TINY}). Codes are held in 4 bits where 16 values suffice, otherwise in 8.
     *
     * @param bias the layer's bias, a vector, or null
     */
    PackedMatrix pack(Tensor weight, @Nullable Tensor bias);

    // ---- operations

    /** {@code out[t] = } row {@code ids[t]} of the table, dequantised: {@code scale * value}, then less the minimum. */
    void embed(PackedMatrix table, Buffer ids, int tokens, Buffer out);

    /** {@code x[t] += delta[t]}, in place. */
    void add(Buffer x, Buffer delta, int tokens);

    /** {@code out[i] = source[rows[i]]} for {@code count} rows. */
    void gather(Buffer source, Buffer rows, int count, Buffer out);

    /**
     * RMS norm (Zhang and Sennrich, arXiv 1910.07467), then quantised as {@link Activations} says. The sum of squares has 16
     * partial sums, element {@code k} into {@code k % 16} by {@code fma} in ascending order, folded by halves (8, 4, 2, 1);
     * {@code r = 1f / (float) sqrt(sum / columns + epsilon)}; {@code y[k] = (x[k] * r) * weight[k]}.
     */
    void rmsNorm(Buffer x, Buffer weight, float epsilon, int tokens, Activations out);

    /** {@link #add} and {@link #rmsNorm} in one pass: {@code x += delta} stays in {@code x}. */
    void addRmsNorm(Buffer x, Buffer delta, Buffer weight, float epsilon, int tokens, Activations out);

    /** RMS norm of each head by itself, in place: {@code heads} heads of {@code headDim} columns from {@code firstColumn} on. */
    void headRmsNorm(Buffer x, int firstColumn, int heads, int headDim, Buffer weight, float epsilon, int tokens);

    /** Quantises rows as {@link Activations} says. */
    void quantize(Buffer x, int tokens, Activations out);

    /**
     * Products with several matrices that share their input; outputs lie side by side in {@code out}, in order.
     * <p>For token {@code t} and row {@code r}: {@code acc = 0}; for each activation group ascending, {@code inner = 0}; for each
     * weight group in it ascending, {@code inner = fma((float) isum, scale, inner)} where {@code isum} is the integer sum of
     * {@code value * activationCode} (see {@link PackedMatrix}), and with minima {@code inner = fma((float) xsum, -minimum, inner)} where
     * {@code xsum} is the integer sum of the activation codes; then {@code acc = fma(inner, activationScale, acc)}. The output is
     * {@code acc}, or {@code acc + bias}.
     *
     * @param out {@code F32 [tokens, sum of rows]}
     */
    void matmul(List<PackedMatrix> weights, Activations x, int tokens, Buffer out);

    /**
     * Rotary position embedding (Su et al., arXiv 2104.09864) in place on {@code heads} heads of {@code headDim} columns from
     * {@code firstColumn} on: {@code a' = fma(a, cos, -(b * sin))}, {@code b' = fma(a, sin, b * cos)}.
     */
    void rope(Buffer x, int firstColumn, int heads, int headDim, RopeTable table, Buffer positions, int tokens);

    /**
     * Writes each row's key (columns from {@code keyColumn}) and value (from {@code valueColumn}) to its slot in the layer:
     * {@code BF16} rounded half to even; {@code I8} with one scale for each head's key and one for its value, by the rule of {@link
     * Activations} for one group. What lies beyond a head's elements stays as it is.
     */
    void appendKv(Buffer qkv, int keyColumn, int valueColumn, KvCache cache, int layer, AttentionRows rows, int tokens);

    /** Copies one page in every layer (copy on write). */
    void copyPage(KvCache cache, int from, int to);

    /**
     * Has the memory of pages ready before their first use, where that can be late: a system that hands out memory on first write
     * may take a hundred milliseconds for a page in all layers. Any thread may call it, beside all else; no content changes.
     *
     * @param from first page
     * @param to end of the pages
     */
    void prefault(KvCache cache, int from, int to);

    /**
     * Causal attention over pages, for each query row and head alone (grouped: query head {@code h} reads key head
     * {@code h / (heads / kvHeads)}).
     * <p>The query at position {@code p} sees positions {@code max(0, p - window + 1)} to {@code p} ({@code window == 0}: all).
     * Pages ascending; in a page, over its visible positions only: {@code s = fma(q[d], k[d], s)} for {@code d} ascending from
     * {@code s = 0}, then {@code s * scale}. {@code m' = max(m, max s)}; {@code c = exp(m - m')}, or 0 at the first page;
     * {@code e = exp(s - m')}, and 0 for invisible positions; {@code l = fma(l, c, sum e)}, the sum folded by halves over the 32
     * positions (16, 8, 4, 2, 1); {@code acc[d] = acc[d] * c}, then {@code acc[d] = fma(e, v[d], acc[d])} for visible positions
     * ascending. {@code out[d] = acc[d] * (1f / l)}. (Online softmax: Milakov and Gimelshein, arXiv 1805.02867.)
     * <p>Over {@code I8} pages: the query is quantised by the rule of {@link Activations} as one group with scale {@code qs};
     * {@code s = (float) isum * (qs * (scale * LOG2E) * keyScale)} with the integer sum of code products; {@link FloatMath#exp2}
     * stands for {@code exp}. The weights {@code w = e * valueScale} of a page share a scale: {@code top = max w}, {@code code =
     * rint(w * (127f / top))} of the exact product, half to even, 0 when {@code top} is below {@link Activations#TINY}; then {@code
     * acc[d] = fma((float) isum, top * (1f / 127f), acc[d] * c)} with the integer sum of weight codes times value codes.
     *
     * @param q {@code F32}; the query of head {@code h} starts at column {@code h * headDim}
     * @param out {@code F32 [tokens, heads * headDim]}
     */
    void attention(
            Buffer q,
            KvCache cache,
            int layer,
            AttentionRows rows,
            int tokens,
            int heads,
            float scale,
            int window,
            Buffer out);

    /** SwiGLU (Shazeer, arXiv 2002.05202): {@code silu(x[k]) * x[columns + k]} of {@code F32 [tokens, 2 * columns]}, quantised. */
    void swiglu(Buffer gateAndUp, int tokens, Activations out);

    @Override
    void close();
}
