// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.nio.file.Path;
import java.util.Optional;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** An opened model: a GGUF file or a Hugging Face folder, memory-mapped until closed. */
public interface ModelSource extends AutoCloseable {
    /** The GGUF file or folder, for error messages. */
    Path path();

    /** {@code gguf} or {@code safetensors}. */
    String format();

    /** Bytes of all files. */
    long bytes();

    /** Architecture and sizes. */
    ModelConfig config();

    /** The tensor of that canonical name, see {@link Tensor#name()}; throws {@link ModelFileException} if it is missing. */
    Tensor tensor(String name);

    /** The tensor of that canonical name, if the model has it. */
    Optional<Tensor> tryTensor(String name);

    /** The model's tokenizer; made once. */
    Tokenizer tokenizer();

    /** The model's chat template; made once. A model without one gets a plain {@code role: text} form. */
    ChatTemplate chatTemplate();

    /** Closes the files and the tokenizer; tensors must no longer be read. */
    @Override
    void close();
}
