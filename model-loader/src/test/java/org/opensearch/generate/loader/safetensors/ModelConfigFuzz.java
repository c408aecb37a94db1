// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.Mutations;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.json.TinyJson;

/** Bytes from outside as the JSON files of a Hugging Face folder: they give a configuration, or one error. */
class ModelConfigFuzz {
    private static final int MUTATIONS = 1000;

    /** Values that take the place of each value in turn. */
    private static final List<String> ODD_VALUES = List.of(
            "null",
            "true",
            "\"\"",
            "\"linear\"",
            "-1",
            "0",
            "1",
            "2147483647",
            "2147483648",
            "9223372036854775808",
            "1e308",
            "1e999",
            "1e-400",
            "0.5",
            "[]",
            "[null]",
            "[1,\"a\"]",
            "[[[]]]",
            "{}",
            "{\"type\":\"yarn\",\"factor\":1e300}",
            "{\"rope_type\":\"longrope\",\"short_factor\":[],\"long_factor\":[]}",
            "\"\\ud800\"",
            "NaN",
            "");

    @TempDir
    Path folder;

    @FuzzTest
    void anyBytes(byte[] bytes) throws Exception {
        for (String file :
                List.of("config.json", "generation_config.json", "tokenizer_config.json", "tokenizer.json")) {
            Mutations.read(bytes, read(file));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "generation_config.json", "tokenizer_config.json", "tokenizer.json"})
    void mutationsOfValidFiles(String file) throws IOException {
        byte[] valid = writeValid(file).getBytes(StandardCharsets.UTF_8);
        Mutations.forAll(MUTATIONS, valid, valid.length, read(file));
    }

    @Test
    void everyValueReplacedByOddOnes() throws Exception {
        String valid = writeValid("config.json");
        int replaced = 0;
        for (int colon = valid.indexOf("\":"); colon > 0; colon = valid.indexOf("\":", colon + 2)) {
            int end = colon + 2;
            while (valid.charAt(end) != ',' && valid.charAt(end) != '}') {
                end++;
            }
            for (String odd : ODD_VALUES) {
                String json = valid.substring(0, colon + 2) + odd + valid.substring(end);
                Mutations.check(json.getBytes(StandardCharsets.UTF_8), read("config.json"));
                replaced++;
            }
        }
        if (replaced < 20 * ODD_VALUES.size()) {
            throw new AssertionError("only " + replaced + " values replaced");
        }
    }

    private String writeValid(String wanted) throws IOException {
        TinyModel tiny = TinyModel.of("qwen3");
        Map<String, Object> config = new HashMap<>(tiny.config());
        config.put("sliding_window", 64);
        config.put("use_sliding_window", true);
        config.put("max_window_layers", 2);
        config.put("original_max_position_embeddings", 128);
        config.put(
                "rope_scaling",
                Map.of("rope_type", "llama3", "factor", 8, "low_freq_factor", 1, "high_freq_factor", 4));
        Map<String, String> files = Map.of(
                "config.json",
                TinyJson.of(config),
                "generation_config.json",
                "{\"eos_token_id\": [1, 2], \"bos_token_id\": 0}",
                "tokenizer_config.json",
                "{\"add_bos_token\": true, \"eos_token\": {\"content\": \"</s>\"}}",
                "tokenizer.json",
                "{\"added_tokens\": [{\"id\": 1, \"content\": \"</s>\"}], \"post_processor\":"
                        + " {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"<s>\"}}]}}");
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        HuggingFaceConfig.read(folder).model(TinyModel.VOCABULARY, true);
        return Objects.requireNonNull(files.get(wanted));
    }

    private Mutations.Reader read(String file) throws IOException {
        if (!Files.exists(folder.resolve("config.json"))) {
            writeValid(file);
        }
        return bytes -> {
            Files.write(folder.resolve(file), bytes);
            HuggingFaceConfig.read(folder).model(TinyModel.VOCABULARY, true);
        };
    }
}
