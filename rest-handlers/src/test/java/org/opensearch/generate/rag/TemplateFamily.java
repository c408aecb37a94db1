// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.chat.ChatTemplates;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.loader.tokenizer.Tokenizers;

/** How families of models mark roles, each with a tokenizer of one token a byte and the family's control tokens. */
enum TemplateFamily {
    CHATML(
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
                    + "{{ '<|im_start|>assistant\\n' }}",
            "<|im_start|> <|im_end|> <|endoftext|>"),
    /** Only the end of a turn is a control token. */
    ZEPHYR(
            "{% for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + eos_token + '\\n' }}{% endfor %}"
                    + "{{ '<|assistant|>\\n' }}",
            "<s> </s> <unk>"),
    /** Roles are marked with words. */
    LLAMA2(
            "{% if messages[0].role == 'system' %}{% set system = '<<SYS>>\\n' + messages[0].content + '\\n<</SYS>>\\n\\n' %}"
                    + "{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}"
                    + "{% for m in rest %}{% if m.role == 'user' %}"
                    + "{{ bos_token + '[INST] ' + (system if loop.first else '') + m.content.strip() + ' [/INST]' }}"
                    + "{% else %}{{ ' ' + m.content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
            "<s> </s> <unk>"),
    MISTRAL(
            "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + '[/INST]' }}"
                    + "{% elif m.role == 'system' %}{{ raise_exception('System role not supported') }}"
                    + "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}",
            "<s> </s> [INST] [/INST] [TOOL_CALLS] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS]"),
    LLAMA3(
            "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n'"
                    + " + m.content | trim + '<|eot_id|>' }}{% endfor %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}",
            "<|begin_of_text|> <|end_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|>"),
    QWEN3(
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
                    + "{{ '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' }}",
            "<|im_start|> <|im_end|> <|endoftext|> <think> </think> <tool_call> </tool_call> <tool_response> </tool_response>"),
    GEMMA(
            "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}"
                    + "{% endif %}{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\\n' + m.content | trim"
                    + " + '<end_of_turn>\\n' }}{% endfor %}{{ '<start_of_turn>model\\n' }}",
            "<bos> <eos> <start_of_turn> <end_of_turn>"),
    PHI3(
            "{% for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endfor %}{{ '<|assistant|>\\n' }}",
            "<|system|> <|user|> <|assistant|> <|end|> <|endoftext|>");

    private static final int BYTES = 256;

    private final String jinja;
    /** Separated by spaces. */
    private final String control;

    TemplateFamily(String jinja, String control) {
        this.jinja = jinja;
        this.control = control;
    }

    private List<String> control() {
        return List.of(control.split(" "));
    }

    ChatTemplate template() {
        return ChatTemplates.of(
                Path.of(name()),
                jinja,
                Map.of("bos_token", control().getFirst(), "eos_token", control().get(1)));
    }

    /** The tokenizer, whose files are written into a folder. */
    Tokenizer tokenizer(Path folder) throws IOException {
        try (XContentBuilder json = JsonXContent.contentBuilder()) {
            json.startObject().field("version", "1.0").startArray("added_tokens");
            for (int i = 0; i < control().size(); i++) {
                json.startObject()
                        .field("id", BYTES + i)
                        .field("content", control().get(i))
                        .field("special", true);
                for (String rule : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                    json.field(rule, false);
                }
                json.endObject();
            }
            json.endArray().nullField("normalizer");
            byteLevel(json, "pre_tokenizer");
            byteLevel(json, "decoder");
            json.startObject("model").field("type", "BPE").startObject("vocab");
            List<String> tokens = bytes();
            tokens.addAll(control());
            for (int i = 0; i < tokens.size(); i++) {
                json.field(tokens.get(i), i);
            }
            json.endObject().field("merges", List.of()).endObject().endObject();
            Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        }
        return Tokenizers.fromTokenizerJson(folder);
    }

    private static void byteLevel(XContentBuilder json, String name) throws IOException {
        json.startObject(name)
                .field("type", "ByteLevel")
                .field("add_prefix_space", false)
                .field("trim_offsets", true)
                .field("use_regex", true)
                .endObject();
    }

    /** A token a byte, written as GPT-2 writes bytes: printable ones as themselves, the others from U+0100 on. */
    private static List<String> bytes() {
        List<String> tokens = new ArrayList<>();
        int moved = 0;
        for (int value = 0; value < BYTES; value++) {
            boolean printable = (value >= '!' && value <= '~')
                    || (value >= 0xA1 && value <= 0xAC)
                    || (value >= 0xAE && value <= 0xFF);
            tokens.add(Character.toString(printable ? value : BYTES + moved));
            moved += printable ? 0 : 1;
        }
        return tokens;
    }
}
