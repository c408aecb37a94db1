// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchParseException;
import org.opensearch.common.settings.Settings;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.script.ScriptService;

/** Which options the processor takes. */
class GenerateProcessorFactoryTest {
    private static Map<String, Object> create(Map<String, Object> more) throws Exception {
        Map<String, Object> options = new HashMap<>(Map.of("field", "body", "target_field", "summary"));
        options.putAll(more);
        options.values().removeIf(value -> value.equals("none"));
        new GenerateProcessorFactory(new ScriptService(Settings.EMPTY, Map.of(), Map.of()), () -> {
                    throw new IllegalStateException("not asked here");
                })
                .create(Map.of(), "tag", "description", options);
        return options;
    }

    @Test
    void everyOptionIsTaken() throws Exception {
        Map<String, Object> all = new HashMap<>();
        all.put("model", "tiny");
        all.put("response_format", Map.of("type", "text"));
        all.put("max_tokens", 5);
        all.put("temperature", 0.5);
        all.put("top_k", 3);
        all.put("top_p", 1);
        all.put("min_p", 0.1);
        all.put("repetition_penalty", 1.1);
        all.put("presence_penalty", -1);
        all.put("frequency_penalty", 1);
        all.put("seed", -7L);
        all.put("stop", List.of("\n"));
        all.put("skip_existing", true);
        all.put("ignore_missing", true);
        all.put("batch_size", 7);
        assertEquals(Map.of(), create(all));
        all.put(
                "response_format",
                Map.of("type", "json_schema", "json_schema", Map.of("schema", Map.of("type", "null"))));
        assertEquals(Map.of(), create(all));
        assertEquals(
                Map.of(),
                create(Map.of(
                        "field",
                        "none",
                        "target_field",
                        "none",
                        "fields",
                        List.of(
                                Map.of("field", "a", "target_field", "b"),
                                Map.of("field", "a", "target_field", "c", "max_tokens", 2)))));
    }

    @Test
    void wrongOptionsAreNamed() {
        refused(Map.of("field", "none"), "field");
        refused(Map.of("target_field", "none"), "target_field");
        refused(Map.of("field", " "), "field");
        refused(Map.of("response_format", Map.of("type", "json")), "response_format");
        refused(Map.of("response_format", Map.of("type", "text", "schema", 1)), "response_format");
        refused(Map.of("response_format", Map.of("type", "regex", "regex", "(?=a)")), "response_format");
        refused(Map.of("response_format", "text"), "response_format");
        refused(Map.of("max_tokens", 0), "max_tokens");
        refused(Map.of("max_tokens", "many"), "max_tokens");
        refused(Map.of("temperature", 3), "temperature");
        refused(Map.of("seed", 0.5), "seed");
        refused(Map.of("stop", List.of("")), "stop");
        refused(Map.of("stop", List.of(1)), "stop");
        refused(Map.of("skip_existing", "maybe"), "skip_existing");
        refused(Map.of("batch_size", 0), "batch_size");
        refused(Map.of("prompt", "Summarise!"), "prompt");
        refused(Map.of("prompt", "{{body}}"), "prompt");
        refused(Map.of("fields", List.of(Map.of("field", "a", "target_field", "b"))), "fields");
        Map<String, Object> fields = new HashMap<>(Map.of("field", "none", "target_field", "none"));
        for (Object wrong : List.of(
                List.of(),
                List.of("title"),
                List.of(Map.of("field", "a")),
                List.of(Map.of("field", "a", "target_field", "b", "model", "c")),
                List.of(Map.of("field", "a", "target_field", "b"), Map.of("field", "c", "target_field", "b")))) {
            fields.put("fields", wrong);
            refused(fields, "fields");
        }
    }

    private static void refused(Map<String, Object> options, String named) {
        OpenSearchParseException refusal = assertThrows(OpenSearchParseException.class, () -> create(options));
        assertTrue(String.valueOf(refusal.getMessage()).contains("[" + named), refusal.getMessage());
        assertEquals(List.of("generate"), refusal.getMetadata("opensearch.processor_type"));
    }

    @Test
    void theHashStandsForModelOptionsAndPrompt() {
        GenerateOptions.Field field = field(5, 0);
        assertEquals(field.hash("model", "prompt"), field(5, 0).hash("model", "prompt"));
        assertNotEquals(field.hash("model", "prompt"), field.hash("mode", "lprompt"));
        assertNotEquals(field.hash("model", "prompt"), field.hash("model", "prompt "));
        assertNotEquals(field.hash("model", "prompt"), field(6, 0).hash("model", "prompt"));
        assertNotEquals(field.hash("model", "prompt"), field(5, 1).hash("model", "prompt"));
    }

    private static GenerateOptions.Field field(int maxTokens, long seed) {
        SamplingOptions sampling = new SamplingOptions(1, 0, 1, 0, 1, 0, 0, seed);
        return new GenerateOptions.Field(
                "body", "summary", null, new AnswerOptions(null, maxTokens, sampling, List.of(), -1, null));
    }
}
