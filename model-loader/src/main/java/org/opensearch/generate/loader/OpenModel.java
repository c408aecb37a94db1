// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** A model of either format, with its files mapped. Thread-safe; tokenizer and template are made when first asked for. */
final class OpenModel implements ModelSource {
    private final Path path;
    private final String format;
    private final long bytes;
    private final ModelConfig config;
    private final Map<String, Tensor> tensors;
    private final Arena arena;
    private final Supplier<Tokenizer> makeTokenizer;
    private final Supplier<ChatTemplate> makeChatTemplate;
    private @Nullable Tokenizer tokenizer;
    private @Nullable ChatTemplate chatTemplate;
    private boolean closed;

    OpenModel(
            Path path,
            String format,
            long bytes,
            ModelConfig config,
            Map<String, Tensor> tensors,
            Arena arena,
            Supplier<Tokenizer> makeTokenizer,
            Supplier<ChatTemplate> makeChatTemplate) {
        this.path = path;
        this.format = format;
        this.bytes = bytes;
        this.config = config;
        this.tensors = tensors;
        this.arena = arena;
        this.makeTokenizer = makeTokenizer;
        this.makeChatTemplate = makeChatTemplate;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    Map<String, Tensor> tensors() {
        return tensors;
    }

    @Override
    public Tensor tensor(String name) {
        return tryTensor(name).orElseThrow(() -> new ModelFileException(path, 0, "tensor " + name + " is missing"));
    }

    @Override
    public Optional<Tensor> tryTensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    @Override
    public synchronized Tokenizer tokenizer() {
        requireOpen();
        if (tokenizer == null) {
            tokenizer = makeTokenizer.get();
        }
        return tokenizer;
    }

    @Override
    public synchronized ChatTemplate chatTemplate() {
        requireOpen();
        if (chatTemplate == null) {
            chatTemplate = makeChatTemplate.get();
        }
        return chatTemplate;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(path + " is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (tokenizer != null) {
            tokenizer.close();
        }
        arena.close();
    }
}
