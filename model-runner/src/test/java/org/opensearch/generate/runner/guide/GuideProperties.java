// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

/** Texts of random languages, token by token from their masks, against validators of others. */
class GuideProperties {
    private static final int SCHEMAS = 400;
    private static final int EXPRESSIONS = 200;
    private static final int TEXTS = 20;
    private static final int MOST_TOKENS = 3_000;
    /** Java's matcher needs a frame for each repetition of a group. */
    private static final int MOST_TOKENS_TO_MATCH = 400;
    /** After so many tokens those that come nearer to an end are taken. */
    private static final int PATIENCE = 40;

    private static final List<String> WORDS = List.of(
            "{\"",
            "\":",
            "\": \"",
            "\",",
            "\"}",
            "}}",
            "]}",
            "true",
            "fal",
            "null",
            "12",
            "34,",
            ", ",
            "\", \"",
            "[[",
            "aa",
            "ab",
            "name",
            "\"name\"",
            "\u00E4\u00F6",
            "\u00E4\"",
            "\n  ",
            "\\\"",
            "1}",
            "-0",
            "0.5",
            "abc",
            "\":{\"",
            "\"]",
            "\\u00",
            "202",
            "kind");

    private final WordTokenizer tokenizer = new WordTokenizer(WORDS);
    private final TokenMasks masks = new TokenMasks(tokenizer, tokenizer.size(), Set.of(tokenizer.end()));
    private final ObjectMapper mapper = new ObjectMapper();
    private int complete;

    @Test
    void textsOfASchemaAreValid() throws Exception {
        JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
        SchemaValidatorsConfig config =
                SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
        Seeds.forAll(SCHEMAS, random -> {
            Object schema = new Schemas(random).next();
            String written = written(schema);
            Guide guide = Guide.jsonSchema(Parsed.json(written));
            var validator = factory.getSchema(written, config);
            for (int i = 0; i < TEXTS; i++) {
                Optional<String> text = text(guide, MOST_TOKENS, random);
                if (text.isPresent()) {
                    Set<ValidationMessage> problems = validator.validate(text.get(), InputFormat.JSON);
                    assertTrue(problems.isEmpty(), () -> written + "\n" + text.get() + "\n" + problems);
                    complete++;
                }
            }
        });
        assertTrue(complete > SCHEMAS * TEXTS * 0.9, complete + " of " + SCHEMAS * TEXTS + " came to an end");
    }

    @Test
    void textsOfAnExpressionMatchIt() throws Exception {
        Seeds.forAll(EXPRESSIONS, random -> {
            String[] both = expression(random, 3);
            Guide guide = Guide.regex(both[0]);
            java.util.regex.Pattern pattern = java.util.regex.Pattern.compile(both[1]);
            for (int i = 0; i < TEXTS; i++) {
                Optional<String> text = text(guide, MOST_TOKENS_TO_MATCH, random);
                if (text.isPresent()) {
                    assertTrue(pattern.matcher(text.get()).matches(), () -> both[0] + " and " + text.get());
                    complete++;
                }
            }
        });
        assertTrue(complete > EXPRESSIONS * TEXTS * 0.9, complete + " came to an end");
    }

    private String written(Object value) throws JsonProcessingException {
        return mapper.writeValueAsString(value);
    }

    /** An expression of ours, and the same in Java's words. */
    private static String[] expression(RandomGenerator random, int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 10)) {
            case 0 -> same("a");
            case 1 -> same("[a-c\u00E40-9]");
            case 2 -> same(random.nextBoolean() ? "\\d" : "\\w");
            case 3 -> new String[] {".", "[^\\n\\r\\x{2028}\\x{2029}]"};
            case 4 -> same("[^a-z]");
            case 5 -> new String[] {"\\u00e4", "\u00E4"};
            case 6 -> joined(random, depth, "");
            case 7 -> joined(random, depth, "|");
            default -> {
                String[] one = expression(random, depth - 1);
                String times = List.of("*", "+", "?", "{2}", "{1,3}", "{2,}").get(random.nextInt(6));
                yield new String[] {"(?:" + one[0] + ")" + times, "(?:" + one[1] + ")" + times};
            }
        };
    }

    private static String[] same(String expression) {
        return new String[] {expression, expression};
    }

    private static String[] joined(RandomGenerator random, int depth, String by) {
        String[] a = expression(random, depth - 1);
        String[] b = expression(random, depth - 1);
        return new String[] {"(" + a[0] + by + b[0] + ")", "(" + a[1] + by + b[1] + ")"};
    }

    /** A random text; empty if it has come to no end. */
    private Optional<String> text(Guide guide, int most, RandomGenerator random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        GuideState state = guide.start(0);
        for (int i = 0; i < most && !state.isFinal(); i++) {
            int id = masks.forced(guide, state).orElse(-1);
            if (id < 0) {
                id = pick(masks.of(guide, state), i, random);
            }
            if (id == tokenizer.end()) {
                assertTrue(state.isAccepting());
                return Optional.of(bytes.toString(StandardCharsets.UTF_8));
            }
            byte[] token = tokenizer.bytes(id);
            bytes.writeBytes(token);
            state = state.after(token).orElseThrow();
        }
        assertEquals(bytes.toString(StandardCharsets.UTF_8), new String(bytes.toByteArray(), StandardCharsets.UTF_8));
        return state.isFinal() ? Optional.of(bytes.toString(StandardCharsets.UTF_8)) : Optional.empty();
    }

    private int pick(TokenMask mask, int tokens, RandomGenerator random) {
        if (mask.allows(tokenizer.end()) && (tokens > PATIENCE || random.nextInt(3) == 0)) {
            return tokenizer.end();
        }
        if (tokens > PATIENCE) {
            for (char closing : "}]\"".toCharArray()) {
                if (mask.allows(closing) && random.nextInt(4) > 0) {
                    return closing;
                }
            }
        }
        int left = random.nextInt(mask.count());
        for (int id = tokenizer.end(); id >= 0; id--) {
            if (mask.allows(id) && left-- == 0) {
                return id;
            }
        }
        throw new AssertionError("a mask of " + mask.count() + " has fewer tokens");
    }
}
