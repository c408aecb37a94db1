// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.runner.guide.Guide;

/**
 * The language that an answer's text must be in: {@code response_format}, in OpenAI's form and some of ours, or {@code quotes}.
 *
 * @param type which kind
 * @param json what the kind needs, as an object in JSON; its members are in the order in which they were given
 */
public record ResponseFormat(Type type, String json) implements Writeable {
    /** Kinds of languages. */
    public enum Type {
        /** Any text. */
        TEXT,
        /** Any text whose quotations stand in the passages. */
        QUOTES,
        /** Any JSON object. */
        JSON_OBJECT,
        /** JSON that a schema accepts. */
        JSON_SCHEMA,
        /** What matches a regular expression. */
        REGEX,
        /** One of some texts. */
        CHOICE,
        /** A document that an index takes. */
        MAPPING;

        private Set<String> fields() {
            return switch (this) {
                case TEXT, QUOTES, JSON_OBJECT -> Set.of();
                case JSON_SCHEMA -> Set.of("json_schema");
                case REGEX -> Set.of("regex");
                case CHOICE -> Set.of("choices");
                case MAPPING -> Set.of("index", "fields");
            };
        }

        /** Whether it is JSON. */
        public boolean isJson() {
            return this == JSON_OBJECT || this == JSON_SCHEMA || this == MAPPING;
        }

        private static Type of(String name) {
            for (Type type : values()) {
                if (type != QUOTES && type.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return type;
                }
            }
            throw new IllegalArgumentException(
                    "[response_format.type] is one of text, json_object, json_schema, regex, "
                            + "choice, mapping, found [" + name + "]");
        }
    }

    /** Any text. */
    public static final ResponseFormat TEXT = new ResponseFormat(Type.TEXT, "{}");

    /** Any text whose quotations stand in the passages. */
    public static final ResponseFormat QUOTES = new ResponseFormat(Type.QUOTES, "{}");

    private static final Set<String> SCHEMA_FIELDS = Set.of("name", "description", "strict", "schema");
    private static final int LONGEST = 1 << 20;

    /** Reads what {@link #writeTo} wrote. */
    public ResponseFormat(StreamInput in) throws IOException {
        this(in.readEnum(Type.class), in.readString());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeEnum(type);
        out.writeString(json);
    }

    /**
     * The format of a request. Its form is checked, not what it costs.
     *
     * @param body {@code response_format}, its members in the order of the request
     * @throws IllegalArgumentException naming the field that is wrong
     */
    public static ResponseFormat of(Map<String, ?> body) {
        Map<String, Object> fields = new LinkedHashMap<>(body);
        if (!(fields.remove("type") instanceof String name)) {
            throw new IllegalArgumentException("[response_format.type] is missing");
        }
        Type type = Type.of(name);
        fields.keySet().stream()
                .filter(field -> !type.fields().contains(field))
                .findFirst()
                .ifPresent(field -> {
                    throw new IllegalArgumentException(
                            "unknown field [response_format." + field + "] of type [" + name + "]");
                });
        switch (type) {
            case JSON_SCHEMA -> schema(fields);
            case REGEX -> text(fields, "regex");
            case CHOICE -> texts(fields, "choices", true);
            case MAPPING -> {
                text(fields, "index");
                texts(fields, "fields", false);
            }
            case TEXT, QUOTES, JSON_OBJECT -> {
                return new ResponseFormat(type, "{}");
            }
        }
        return of(type, fields);
    }

    /** JSON that a schema accepts. */
    public static ResponseFormat schema(Object schema) {
        return of(Type.JSON_SCHEMA, Map.of("json_schema", Map.of("schema", schema)));
    }

    private static ResponseFormat of(Type type, Map<String, Object> fields) {
        try (XContentBuilder builder = JsonXContent.contentBuilder().map(fields)) {
            String json = builder.toString();
            if (json.length() > LONGEST) {
                throw new IllegalArgumentException(
                        "[response_format] has at most " + LONGEST + " characters, found " + json.length());
            }
            return new ResponseFormat(type, json);
        } catch (IOException e) {
            throw new IllegalArgumentException("[response_format] cannot be written as JSON", e);
        }
    }

    private static void schema(Map<String, Object> fields) {
        if (!(fields.get("json_schema") instanceof Map<?, ?> object)) {
            throw new IllegalArgumentException("[response_format.json_schema] must be an object");
        }
        for (Object field : object.keySet()) {
            if (!SCHEMA_FIELDS.contains(field)) {
                throw new IllegalArgumentException("unknown field [response_format.json_schema." + field + "]");
            }
        }
        Object schema = object.get("schema");
        if (!(schema instanceof Map) && !(schema instanceof Boolean)) {
            throw new IllegalArgumentException("[response_format.json_schema.schema] must be a JSON schema");
        }
    }

    private static void text(Map<String, Object> fields, String name) {
        if (!(fields.get(name) instanceof String text) || text.isEmpty()) {
            throw new IllegalArgumentException("[response_format." + name + "] must be a text that is not empty");
        }
    }

    private static void texts(Map<String, Object> fields, String name, boolean required) {
        Object value = fields.get(name);
        boolean right = value instanceof List<?> list
                && !list.isEmpty()
                && list.stream().allMatch(text -> text instanceof String string && !string.isEmpty());
        if (!right && (required || value != null)) {
            throw new IllegalArgumentException(
                    "[response_format." + name + "] must be a list of texts, none of them empty");
        }
    }

    /** A text of the format. */
    public String text(String name) {
        return String.valueOf(fields().get(name));
    }

    /** Texts of the format; empty if there are none. */
    public List<String> texts(String name) {
        return fields().get(name) instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    private Map<String, Object> fields() {
        return XContentHelper.convertToMap(JsonXContent.jsonXContent, json, true);
    }

    /**
     * The language, for the kinds that need nothing but themselves; null for any text.
     *
     * @throws org.opensearch.generate.runner.guide.GuideException if it uses what is not kept, or costs too much
     */
    public @Nullable Guide guide() {
        return switch (type) {
            case TEXT, QUOTES -> null;
            case JSON_OBJECT -> Guide.jsonObject();
            case JSON_SCHEMA -> {
                Map<?, ?> schema = (Map<?, ?>) Objects.requireNonNull(fields().get("json_schema"));
                yield Guide.jsonSchema(Objects.requireNonNull(schema.get("schema")));
            }
            case REGEX -> Guide.regex(text("regex"));
            case CHOICE -> Guide.choice(texts("choices"));
            case MAPPING -> throw new IllegalStateException("the mapping of " + text("index") + " is not there yet");
        };
    }
}
