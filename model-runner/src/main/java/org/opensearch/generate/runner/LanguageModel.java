// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.Engine;
import org.opensearch.generate.runner.engine.EngineLimits;
import org.opensearch.generate.runner.engine.EngineOptions;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.WorkerThreads;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;
import org.opensearch.generate.runner.model.LlamaModel;
import org.opensearch.generate.runner.model.Model;
import org.opensearch.generate.runner.model.ModelMemory;
import org.opensearch.generate.runner.model.ModelOptions;
import org.opensearch.generate.runner.speculate.DraftModel;
import org.opensearch.generate.runner.weights.WeightCache;
import org.opensearch.generate.runner.weights.WeightSource;

/** A model ready to answer: its tokenizer, chat template, packed weights and engine, loaded and closed as one. */
public final class LanguageModel implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(LanguageModel.class);

    private static final int CONTEXTS = 4;
    private static final long DEFAULT_KV_BYTES = 512L << 20;

    private final ModelSource source;
    private final Model model;
    private final Engine engine;
    private final WorkerThreads workerThreads;
    private final Workers workers;
    private final String kernelFallback;
    private final DataType kvType;
    private final WeightCache cache;
    private final long loadNanos;
    private volatile long kvBytesWanted;
    /** The model for which this one drafted last. */
    private volatile @Nullable LanguageModel sameVocabulary;

    private LanguageModel(
            ModelSource source,
            Model model,
            Engine engine,
            WorkerThreads workerThreads,
            Workers workers,
            String kernelFallback,
            DataType kvType,
            long kvBytesWanted,
            WeightCache cache,
            long loadNanos) {
        this.source = source;
        this.model = model;
        this.engine = engine;
        this.workerThreads = workerThreads;
        this.workers = workers;
        this.kernelFallback = kernelFallback;
        this.kvType = kvType;
        this.kvBytesWanted = kvBytesWanted;
        this.cache = cache;
        this.loadNanos = loadNanos;
    }

    /**
     * Loads a GGUF file or a Hugging Face folder. On failure nothing is left behind.
     *
     * @throws org.opensearch.generate.loader.ModelFileException if the files are wrong
     * @throws org.opensearch.generate.runner.kernel.DeviceException if the device fails or its memory ends
     * @throws RuntimeException of the memory budget, if it refuses; of {@code progress}, to cancel
     */
    public static LanguageModel load(Path path, LoadOptions options, LoadProgress progress) {
        return load(ModelFiles.open(path), options, progress);
    }

    /** Loads an opened model, which is closed with this one, and also if this fails. */
    public static LanguageModel load(ModelSource source, LoadOptions options, LoadProgress progress) {
        try {
            if (!options.device().equals(Devices.AUTO)) {
                return load(source, options, "", progress);
            }
            try {
                return load(source, options.on(Devices.ANY_CARD), "", progress);
            } catch (DeviceException e) {
                LOG.info("{} is computed by the processor: {}", source.path(), e.getMessage());
                return load(source, options.on(Devices.CPU), String.valueOf(e.getMessage()), progress);
            }
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    /** @param fallback why it is not loaded on a faster device; empty if there is nothing to tell */
    private static LanguageModel load(ModelSource source, LoadOptions options, String fallback, LoadProgress progress) {
        long start = System.nanoTime();
        Deque<Runnable> undo = new ArrayDeque<>();
        try {
            Thread text = prepareText(source);
            undo.push(() -> WorkerThreads.join(text));
            WorkerThreads threads = new WorkerThreads(
                    options.threads().nice(), options.threads().pin());
            Workers workers = new Workers(options.threads().count(), threads);
            undo.push(workers::close);
            ModelMemory need = ModelMemory.of(source, options.maxStepTokens(), context(source.config(), options));
            ModelOptions sizes = modelOptions(source.config(), options, need);
            ReservedBudget memory = reserve(source.config(), options.budget(), sizes, need);
            undo.push(memory::close);
            CpuKernels.Opened opened = Devices.open(options, workers, memory);
            undo.push(opened.kernels()::close);
            WeightCache cache = WeightCache.open(
                    options.device().equals(Devices.CPU) ? options.cacheFolder() : null,
                    source,
                    options.threads().count());
            undo.push(cache::close);
            Model model = LlamaModel.load(source, opened.kernels(), sizes, cache, progress);
            undo.push(model::close);
            memory.close();
            WorkerThreads.join(text);
            source.tokenizer();
            source.chatTemplate();
            Engine engine = new Engine(
                    source.config().name(),
                    model,
                    source.tokenizer(),
                    new EngineOptions(options.maxStepTokens(), options.maxSequences(), options.maxQueue()),
                    workers,
                    threads);
            engine.setShare(options.threads().share());
            return new LanguageModel(
                    source,
                    model,
                    engine,
                    threads,
                    workers,
                    fallback.isEmpty() ? opened.fallback() : fallback,
                    options.kvType(),
                    options.kvBytes(),
                    cache,
                    System.nanoTime() - start);
        } catch (RuntimeException | Error e) {
            undo.forEach(Runnable::run);
            throw e;
        }
    }

    /** Makes tokenizer and template while the weights are loaded; what goes wrong is thrown when they are asked for. */
    private static Thread prepareText(ModelSource source) {
        return Thread.ofPlatform().daemon().name("generate-tokenizer").start(() -> {
            try {
                source.tokenizer();
                source.chatTemplate();
            } catch (RuntimeException e) {
                LOG.debug("{}: {}", source.path(), e.getMessage());
            }
        });
    }

    private static int context(ModelConfig config, LoadOptions options) {
        return Math.min(
                config.maxPositions(), options.maxContext() == 0 ? LoadOptions.DEFAULT_CONTEXT : options.maxContext());
    }

    private static ModelOptions modelOptions(ModelConfig config, LoadOptions options, ModelMemory memory) {
        int context = context(config, options);
        long free = options.budget().available() - memory.weightBytes() - memory.scratchBytes();
        return new ModelOptions(
                kvBytes(config, context, options.kvType(), options.kvBytes(), free),
                options.kvType(),
                options.maxStepTokens(),
                context);
    }

    /** Bytes of KV pages: as many as are wanted, or else as many as are free, but at least one context. */
    private static long kvBytes(ModelConfig config, int context, DataType type, long wanted, long free) {
        if (wanted > 0) {
            return wanted;
        }
        long oneContext = LlamaModel.pageBytes(config, type) * Math.ceilDiv(context, KvCache.PAGE);
        return Math.max(oneContext, Math.min(free, Math.min(CONTEXTS * oneContext, DEFAULT_KV_BYTES)));
    }

    /** Reserves all that the model will take, to the byte, before any of it is taken. */
    private static ReservedBudget reserve(
            ModelConfig config, MemoryBudget budget, ModelOptions sizes, ModelMemory memory) {
        long pageBytes = LlamaModel.pageBytes(config, sizes.kvType());
        long pages = sizes.kvBytes() / pageBytes;
        String what = String.format(
                Locale.ROOT,
                "model %s (%d bytes of weights, %d of KV pages for %d tokens, %d of scratch for steps of %d tokens)",
                config.name(),
                memory.weightBytes(),
                pages * pageBytes,
                pages * KvCache.PAGE,
                memory.scratchBytes(),
                sizes.maxBatchRows());
        return new ReservedBudget(budget, what, memory.weightBytes() + memory.scratchBytes() + pages * pageBytes);
    }

    /** The name that the files give the model. */
    public String name() {
        return model.config().name();
    }

    /** Architecture and sizes. */
    public ModelConfig config() {
        return model.config();
    }

    /** Text to token ids and back. */
    public Tokenizer tokenizer() {
        return source.tokenizer();
    }

    /** Conversations to prompts. */
    public ChatTemplate chatTemplate() {
        return source.chatTemplate();
    }

    /** Answers requests. */
    public Engine engine() {
        return engine;
    }

    /**
     * This model as one that drafts for another.
     *
     * @throws IllegalArgumentException if it has another vocabulary, or is not smaller
     */
    public DraftModel draftsFor(LanguageModel other) {
        if (weightBytes() >= other.weightBytes()) {
            throw new IllegalArgumentException("draft model " + name() + " has " + weightBytes()
                    + " bytes of weights, no less than " + other.name() + " with " + other.weightBytes());
        }
        if (sameVocabulary != other && !sameVocabulary(other)) {
            throw new IllegalArgumentException(
                    "draft model " + name() + " has another vocabulary than " + other.name());
        }
        sameVocabulary = other;
        return engine.drafts();
    }

    private boolean sameVocabulary(LanguageModel other) {
        Tokenizer mine = tokenizer();
        Tokenizer theirs = other.tokenizer();
        return config().vocabulary() == other.config().vocabulary()
                && mine.size() == theirs.size()
                && IntStream.range(0, mine.size())
                        .allMatch(id -> mine.isControl(id) == theirs.isControl(id)
                                && Arrays.equals(mine.bytes(id), theirs.bytes(id)));
    }

    /** Longest prompt and answer together, in tokens. */
    public int maxContext() {
        return engine.maxContext();
    }

    /** Which kernels compute. */
    public String kernels() {
        return model.kernels().name();
    }

    /** Which way to multiply is taken for how many tokens; empty if there is nothing to tell. */
    public String products() {
        return model.kernels().products();
    }

    /** Why faster kernels are not used; empty if there is nothing to tell. */
    public String kernelFallback() {
        return kernelFallback;
    }

    /** How keys and values are held. */
    public DataType kvType() {
        return kvType;
    }

    /** The threads that compute, as they are now. */
    public ThreadOptions threads() {
        return new ThreadOptions(workers.threads(), engine.share(), workerThreads.nice(), workerThreads.pin());
    }

    /** What the system did not allow of {@link #threads}; empty if there is nothing to tell. */
    public String threadProblem() {
        return workerThreads.problem();
    }

    /**
     * Changes how many threads compute, at the end of the operation that runs. Answers stay the same.
     *
     * @throws IllegalArgumentException if it is not from 1 to {@value ThreadOptions#MOST}
     */
    public void setThreads(int count) {
        workers.setThreads(ThreadOptions.checkCount(count));
    }

    /**
     * Changes the share of the time in which threads compute, from the next step on.
     *
     * @throws IllegalArgumentException if it is not above 0 and at most 1
     */
    public void setShare(double share) {
        engine.setShare(ThreadOptions.checkShare(share));
    }

    /** Changes whether requests that leave it to the engine get drafts, see {@link Engine#setSpeculation}. */
    public void setSpeculation(boolean automatic) {
        engine.setSpeculation(automatic);
    }

    /** Changes how users share the model, and their limits. */
    public void setLimits(EngineLimits limits) {
        engine.setLimits(limits);
    }

    /**
     * Changes the memory of KV pages, see {@link Engine#setPages}; running answers go on, and stay the same.
     *
     * @param bytes at least one page is taken; 0 chooses as {@link LoadOptions#kvBytes} says
     */
    public void setKvBytes(long bytes) {
        if (bytes == kvBytesWanted) {
            return;
        }
        kvBytesWanted = bytes;
        long wanted = kvBytes(config(), model.maxContext(), kvType, bytes, Long.MAX_VALUE);
        engine.setPages(Math.clamp(wanted / model.pageBytes(), 1, Integer.MAX_VALUE / KvCache.PAGE));
    }

    /** Bytes of packed weights. */
    public long weightBytes() {
        return model.weightBytes();
    }

    /** Bytes of KV pages. */
    public long kvBytes() {
        return model.pages() * model.pageBytes();
    }

    /** Where the packed weights came from. */
    public WeightSource weightSource() {
        return cache.source();
    }

    /** How long the load took, from the opened files on. */
    public long loadMillis() {
        return TimeUnit.NANOSECONDS.toMillis(loadNanos);
    }

    /** Bytes of all memory taken outside the heap: weights, KV pages, scratch. */
    public long memoryBytes() {
        return model.kernels().allocatedBytes();
    }

    /** Ends the engine, cancelling what runs, and gives all memory back. */
    @Override
    public void close() {
        engine.close();
        model.close();
        cache.close();
        model.kernels().close();
        source.close();
    }
}
