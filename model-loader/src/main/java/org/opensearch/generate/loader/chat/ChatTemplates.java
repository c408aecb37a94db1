// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.opensearch.generate.loader.gguf.GgufMetadata;
import org.opensearch.generate.loader.tokenizer.TokenizerConfig;

/** Makes the {@link ChatTemplate} of a model. */
public final class ChatTemplates {
    /**
     * The day that templates are told. It never changes, so that the same request gives the same tokens tomorrow; it is the one
     * that Llama 3's own template falls back to.
     */
    public static final LocalDate TODAY = LocalDate.of(2024, 7, 26);

    /** The form for models without a template of their own. */
    private static final String PLAIN =
            "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n\\n' }}{% endfor %}{{ 'assistant:' }}";

    private static final Map<String, String> GGUF_NAMES =
            Map.of("bos", "bos_token", "eos", "eos_token", "unknown", "unk_token", "padding", "pad_token");

    private ChatTemplates() {}

    /**
     * The template of a Hugging Face folder ({@code chat_template.jinja} or {@code tokenizer_config.json}); the plain form if it
     * has none.
     *
     * @throws org.opensearch.generate.loader.ModelFileException if the template or one of those files is wrong
     */
    public static ChatTemplate fromFolder(Path folder) {
        TokenizerConfig config = TokenizerConfig.read(folder);
        return of(folder, config.chatTemplate().orElse(PLAIN), config.specialTokens());
    }

    /**
     * The template of a GGUF file ({@code tokenizer.chat_template}); the plain form if it has none.
     *
     * @throws org.opensearch.generate.loader.ModelFileException if the template or a key is wrong
     */
    public static ChatTemplate fromGguf(GgufMetadata metadata) {
        List<String> tokens = metadata.strings("tokenizer.ggml.tokens");
        Map<String, String> special = new HashMap<>();
        GGUF_NAMES.forEach((key, name) -> {
            OptionalInt id = metadata.tryInteger("tokenizer.ggml." + key + "_token_id", -1, Integer.MAX_VALUE);
            if (id.isPresent() && id.getAsInt() >= 0 && id.getAsInt() < tokens.size()) {
                special.put(name, tokens.get(id.getAsInt()));
            }
        });
        String template = metadata.tryString("tokenizer.chat_template").orElse(PLAIN);
        return of(metadata.file(), template, special);
    }

    /**
     * A template from its text.
     *
     * @param file named in errors
     * @param jinja the template
     * @param specialTokens text of special tokens by name ({@code bos_token}, {@code eos_token}, …)
     * @throws org.opensearch.generate.loader.ModelFileException if the template cannot be parsed
     */
    public static ChatTemplate of(Path file, String jinja, Map<String, String> specialTokens) {
        return new JinjaTemplate(file, jinja, specialTokens, TODAY);
    }
}
