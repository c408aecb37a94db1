// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import java.nio.file.Path;
import java.util.Set;
import org.opensearch.generate.loader.gguf.GgufMetadata;

/** Makes the {@link Tokenizer} of a model. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * The tokenizer of a Hugging Face folder: its {@code tokenizer.json}, and the special tokens of
     * {@code tokenizer_config.json} and {@code special_tokens_map.json}.
     *
     * @throws org.opensearch.generate.loader.ModelFileException if a file is missing, damaged or of an unknown kind
     */
    public static Tokenizer fromTokenizerJson(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        TokenizerConfig config = TokenizerConfig.read(folder);
        return new DjlTokenizer(
                file,
                TokenizerJson.read(file),
                Set.copyOf(config.specialTokens().values()),
                config.specialTokens().get("bos_token"));
    }

    /**
     * The tokenizer of a GGUF file, by its {@code tokenizer.ggml.*} keys.
     *
     * @throws org.opensearch.generate.loader.ModelFileException if a key is missing or wrong, or the kind of vocabulary is unknown
     */
    public static Tokenizer fromGguf(GgufMetadata metadata) {
        GgufVocabulary vocabulary = new GgufVocabulary(metadata);
        return new DjlTokenizer(metadata.file(), vocabulary.toTokenizerJson(), vocabulary.control(), vocabulary.bos());
    }
}
