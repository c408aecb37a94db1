// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import java.nio.file.Path;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.Engine;
import org.opensearch.generate.runner.model.Model;

/** A model ready to answer: its tokenizer, chat template, packed weights and engine, loaded and closed as one. */
public final class LanguageModel implements AutoCloseable {
    private final ModelSource source;
    private final Model model;
    private final Engine engine;
    private final String kernelFallback;

    LanguageModel(ModelSource source, Model model, Engine engine, String kernelFallback) {
        this.source = source;
        this.model = model;
        this.engine = engine;
        this.kernelFallback = kernelFallback;
    }

    /**
     * Loads a GGUF file or a Hugging Face folder. On failure nothing is left behind.
     *
     * @throws ModelFileException if the files are wrong
     * @throws org.opensearch.generate.runner.kernel.DeviceException if the device fails or its memory ends
     */
    @SuppressWarnings("DoNotCallSuggester") // until the loader has landed
    public static LanguageModel load(Path path, LoadOptions options, LoadProgress progress) {
        throw new ModelFileException(path, 0, "cannot be loaded");
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

    /** Longest prompt and answer together, in tokens. */
    public int maxContext() {
        return model.maxContext();
    }

    /** Which kernels compute. */
    public String kernels() {
        return model.kernels().name();
    }

    /** Why faster kernels are not used; empty if there is nothing to tell. */
    public String kernelFallback() {
        return kernelFallback;
    }

    /** Bytes of packed weights. */
    public long weightBytes() {
        return model.weightBytes();
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
        model.kernels().close();
        source.close();
    }
}
