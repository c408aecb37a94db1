// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** A model of which no token ends an answer, so that every answer of a benchmark has its full length. */
record Endless(ModelSource model) implements ModelSource {
    @Override
    public ModelConfig config() {
        ModelConfig config = model.config();
        return new ModelConfig(
                config.architecture(),
                config.name(),
                config.vocabulary(),
                config.layers(),
                config.hidden(),
                config.feedForward(),
                config.heads(),
                config.kvHeads(),
                config.headDim(),
                config.maxPositions(),
                config.normEpsilon(),
                config.slidingWindow(),
                config.tiedEmbeddings(),
                config.rope(),
                config.bos(),
                config.addBos(),
                Set.of());
    }

    @Override
    public Path path() {
        return model.path();
    }

    @Override
    public String format() {
        return model.format();
    }

    @Override
    public long bytes() {
        return model.bytes();
    }

    @Override
    public Tensor tensor(String name) {
        return model.tensor(name);
    }

    @Override
    public Optional<Tensor> tryTensor(String name) {
        return model.tryTensor(name);
    }

    @Override
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    @Override
    public ChatTemplate chatTemplate() {
        return model.chatTemplate();
    }

    @Override
    public void close() {
        model.close();
    }
}
