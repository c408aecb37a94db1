// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.List;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.AttentionRows;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.RopeTable;
import org.opensearch.generate.runner.weights.WeightCache;

/**
 * The decoder of llama and its kin: RMS norm before each part, grouped-query attention with rotary positions, SwiGLU (Touvron et
 * al., arXiv 2302.13971). Mistral adds a sliding window (arXiv 2310.06825), Qwen2 biases of query, key and value (arXiv
 * 2407.10671), Qwen3 norms of query and key heads (arXiv 2505.09388); each is there when the configuration or the tensors say so.
 */
public final class LlamaModel implements Model {
    /** Rows that are finished at once: bounds the memory of their logits. */
    static final int LOGIT_ROWS = 32;

    /** Positions of all pages are counted in an int. */
    private static final int MOST_PAGES = Integer.MAX_VALUE / KvCache.PAGE;

    private final ModelConfig config;
    private final Kernels kernels;
    private final DeviceMemory memory;
    private final LlamaWeights weights;
    private final KvPages pages;
    private final long pageBytes;
    private final RopeTable rope;
    private final int maxBatchRows;
    private final int maxContext;
    private final int queryColumns;
    private final int keyColumns;
    private final float attentionScale;
    private final BatchUpload input;
    private final Buffer x;
    private final Buffer delta;
    private final Buffer qkv;
    private final Buffer attended;
    private final Buffer gateUp;
    private final Buffer lastRows;
    private final Buffer lastQkv;
    private final Buffer logitRows;
    private final Activations normed;
    private final Activations attendedCodes;
    private final Activations gated;

    /**
     * Loads the weights and takes memory for KV pages and one step's work. Leaves nothing behind on failure.
     *
     * @param source the model's files; may be closed afterwards
     * @param kernels where to run; stays the caller's
     * @param cache packed weights of earlier loads; stays the caller's, to be closed after the model
     * @param progress told after each matrix
     */
    public static LlamaModel load(
            ModelSource source, Kernels kernels, ModelOptions options, WeightCache cache, LoadProgress progress) {
        DeviceMemory memory = new DeviceMemory(kernels, cache);
        try {
            return new LlamaModel(
                    source.config(), kernels, memory, new LlamaLoader(source, memory, progress).load(), options);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /** Loads without a cache. */
    public static LlamaModel load(ModelSource source, Kernels kernels, ModelOptions options, LoadProgress progress) {
        return load(source, kernels, options, WeightCache.none(), progress);
    }

    /** Bytes of one KV page in all layers. */
    public static long pageBytes(ModelConfig config, DataType kvType) {
        return KvCache.pageBytes(kvType, config.kvHeads(), config.headDim()) * config.layers();
    }

    private LlamaModel(
            ModelConfig config, Kernels kernels, DeviceMemory memory, LlamaWeights weights, ModelOptions options) {
        this.config = config;
        this.kernels = kernels;
        this.memory = memory;
        this.weights = weights;
        pageBytes = pageBytes(config, options.kvType());
        int count = (int) Math.min(options.kvBytes() / pageBytes, MOST_PAGES);
        if (count < 1) {
            throw new IllegalArgumentException("KV memory of " + options.kvBytes() + " bytes, one page of "
                    + config.name() + " needs " + pageBytes);
        }
        maxBatchRows = options.maxBatchRows();
        maxContext = Math.min(options.maxContext(), config.maxPositions());
        queryColumns = config.heads() * config.headDim();
        keyColumns = config.kvHeads() * config.headDim();
        attentionScale = (float) (1 / Math.sqrt(config.headDim()));

        pages = memory.allocatePages(config, options.kvType(), count);
        rope = new RopeTable(
                memory.floats("rope table", maxContext, RopeTables.cosSin(config.rope(), maxContext)),
                config.rope().dims(),
                config.rope().layout() == ModelConfig.RopeLayout.INTERLEAVED);
        input = new BatchUpload(kernels, memory, maxBatchRows, Math.ceilDiv(maxContext, KvCache.PAGE));
        x = floats("residual stream", config.hidden());
        delta = floats("block output", config.hidden());
        qkv = floats("query, key and value", queryColumns + 2 * keyColumns);
        attended = floats("attention", queryColumns);
        gateUp = floats("gate and up", 2 * config.feedForward());
        int logitBatch = Math.min(LOGIT_ROWS, maxBatchRows);
        lastRows = memory.allocate("last hidden rows", DataType.F32, logitBatch, config.hidden());
        lastQkv = memory.allocate("last query, key and value", DataType.F32, logitBatch, qkv.columns());
        logitRows = memory.allocate("logits", DataType.F32, logitBatch, config.vocabulary());
        normed = memory.allocateActivations("normed", maxBatchRows, config.hidden());
        attendedCodes = memory.allocateActivations("attention", maxBatchRows, queryColumns);
        gated = memory.allocateActivations("gated", maxBatchRows, config.feedForward());
    }

    private Buffer floats(String what, int columns) {
        return memory.allocate(what, DataType.F32, maxBatchRows, columns);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Kernels kernels() {
        return kernels;
    }

    @Override
    public long weightBytes() {
        return memory.packedBytes();
    }

    @Override
    public long pageBytes() {
        return pageBytes;
    }

    @Override
    public int pages() {
        return pages.cache().pages();
    }

    @Override
    public void resizePages(int wanted, int kept) {
        pages.resize(wanted, kept);
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
    public void copyPage(int from, int to) {
        kernels.copyPage(pages.cache(), from, to);
    }

    @Override
    public void prefault(int from, int to) {
        pages.prefault(from, to);
    }

    @Override
    public void forward(Batch batch, float[][] logits) {
        input.upload(batch, config.vocabulary(), maxContext, pages());
        int rows = batch.rows();
        int last = config.layers() - 1;
        kernels.embed(weights.embedding(), input.tokens(), rows, x);
        for (int i = 0; i <= last; i++) {
            LlamaWeights.Layer layer = weights.layers().get(i);
            if (i == 0) {
                kernels.rmsNorm(x, layer.attentionNorm(), config.normEpsilon(), rows, normed);
            } else {
                kernels.addRmsNorm(x, delta, layer.attentionNorm(), config.normEpsilon(), rows, normed);
            }
            writeKeysAndValues(layer, i, rows);
            if (i < last) {
                attend(layer, i, qkv, input.rows(), rows);
                kernels.addRmsNorm(x, delta, layer.feedForwardNorm(), config.normEpsilon(), rows, normed);
                feedForward(layer, rows);
            }
        }
        for (int from = 0; from < batch.logitRows().length; from += (int) lastRows.rows()) {
            int count = Math.min((int) lastRows.rows(), batch.logitRows().length - from);
            finish(batch, from, count, logits);
        }
    }

    /** What follows the keys and values of the last block, for {@code count} of the rows whose logits are wanted. */
    private void finish(Batch batch, int from, int count, float[][] logits) {
        int last = config.layers() - 1;
        LlamaWeights.Layer layer = weights.layers().get(last);
        AttentionRows rows = input.selectLogitRows(batch, from, count);
        kernels.gather(x, input.logitRows(), count, lastRows);
        kernels.gather(qkv, input.logitRows(), count, lastQkv);
        attend(layer, last, lastQkv, rows, count);
        kernels.addRmsNorm(lastRows, delta, layer.feedForwardNorm(), config.normEpsilon(), count, normed);
        feedForward(layer, count);
        kernels.addRmsNorm(lastRows, delta, weights.outputNorm(), config.normEpsilon(), count, normed);
        kernels.matmul(List.of(weights.output()), normed, count, logitRows);
        for (int i = 0; i < count; i++) {
            kernels.download(logitRows, i, logits[from + i]);
        }
    }

    private void writeKeysAndValues(LlamaWeights.Layer layer, int index, int rows) {
        kernels.matmul(layer.queryKeyValue(), normed, rows, qkv);
        normHeads(layer, rows);
        int headDim = config.headDim();
        kernels.rope(
                qkv,
                0,
                config.heads() + config.kvHeads(),
                headDim,
                rope,
                input.rows().positions(),
                rows);
        kernels.appendKv(qkv, queryColumns, queryColumns + keyColumns, pages.cache(), index, input.rows(), rows);
    }

    private void normHeads(LlamaWeights.Layer layer, int rows) {
        int headDim = config.headDim();
        float epsilon = config.normEpsilon();
        layer.queryNorm().ifPresent(norm -> kernels.headRmsNorm(qkv, 0, config.heads(), headDim, norm, epsilon, rows));
        layer.keyNorm()
                .ifPresent(
                        norm -> kernels.headRmsNorm(qkv, queryColumns, config.kvHeads(), headDim, norm, epsilon, rows));
    }

    private void attend(LlamaWeights.Layer layer, int index, Buffer query, AttentionRows seen, int rows) {
        kernels.attention(
                query,
                pages.cache(),
                index,
                seen,
                rows,
                config.heads(),
                attentionScale,
                config.slidingWindow(),
                attended);
        kernels.quantize(attended, rows, attendedCodes);
        kernels.matmul(List.of(layer.attentionOutput()), attendedCodes, rows, delta);
    }

    private void feedForward(LlamaWeights.Layer layer, int rows) {
        kernels.matmul(layer.gateUp(), normed, rows, gateUp);
        kernels.swiglu(gateUp, rows, gated);
        kernels.matmul(List.of(layer.down()), gated, rows, delta);
    }

    @Override
    public void close() {
        memory.close();
    }
}
