// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.runner.engine.Answer;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** What a small real model extracts from real passages is what its schema asks for, each time. */
@Tag("shared-data")
class GuidedExtractionTest {
    private static final int EXTRACTIONS = 200;
    /** About 60 tokens. */
    private static final int PIECE_CHARACTERS = 240;

    private static final int MOST_TOKENS = 200;
    private static final int TOGETHER = 16;
    private static final String SCHEMA = """
            {"type": "object", "required": ["subject", "kind", "years"], "additionalProperties": false, "properties": {
              "subject": {"type": "string", "minLength": 1, "maxLength": 32},
              "kind": {"enum": ["person", "place", "event", "organization", "science", "other"]},
              "years": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2030}, "maxItems": 2}}}""";

    private final ObjectMapper mapper = new ObjectMapper();

    @Test
    void eachExtractionParsesAndIsValid() throws Exception {
        List<String> pieces = pieces();
        Guide guide = Guide.jsonSchema(mapper.readValue(SCHEMA, Object.class));
        JsonSchema validator =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(SCHEMA);
        try (LanguageModel model = LanguageModel.load(TestFiles.tinyLlama(), options(), LoadProgress.NONE)) {
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < EXTRACTIONS; i++) {
                Answer answer = new Answer();
                model.engine().submit(request(model, pieces.get(i), i).in(guide), answer);
                answers.add(answer);
            }
            for (Answer answer : answers) {
                Generation extraction = answer.get();
                assertEquals(FinishReason.STOP, extraction.finishReason(), extraction::text);
                Set<ValidationMessage> problems = validator.validate(extraction.text(), InputFormat.JSON);
                assertTrue(problems.isEmpty(), () -> extraction.text() + "\n" + problems);
            }
        }
    }

    /** Half of them with the likeliest tokens, half drawn. */
    private static GenerationRequest request(LanguageModel model, String piece, int number) {
        List<ChatMessage> messages = List.of(new ChatMessage("user", "Say as JSON what this is about:\n" + piece));
        int[] prompt = model.tokenizer()
                .encode(model.chatTemplate().render(messages), model.config().addBos());
        SamplingOptions sampling =
                number % 2 == 0 ? SamplingOptions.GREEDY : new SamplingOptions(1f, 0, 1f, 0f, 1f, 0f, 0f, number);
        return Answer.request(prompt, MOST_TOKENS, sampling);
    }

    /** The first pieces of all passages, then their second ones, and so on. */
    private List<String> pieces() throws IOException {
        List<String> passages = new ArrayList<>();
        for (String line : Files.readAllLines(TestFiles.shared("data/passages-open.jsonl"))) {
            passages.add(mapper.readTree(line).path("text").asText());
        }
        List<String> pieces = new ArrayList<>();
        for (int start = 0; pieces.size() < EXTRACTIONS; start += PIECE_CHARACTERS) {
            int end = start + PIECE_CHARACTERS;
            for (String passage : passages) {
                if (passage.length() >= end) {
                    pieces.add(passage.substring(start, end));
                }
            }
        }
        return pieces;
    }

    private static LoadOptions options() {
        LoadOptions defaults = LoadOptions.defaults();
        return TestFiles.options("auto", defaults.threads().count(), defaults.kvType(), 0, 256, TOGETHER);
    }
}
