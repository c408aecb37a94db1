// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.MappedFile;
import org.opensearch.generate.loader.ModelFileException;

/** Reads a file that is one JSON object, within limits of size, depth and number of values; a key that occurs twice is an error. */
public final class JsonFile {
    private static final int MAX_BYTES = 1 << 26;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_VALUES = 1 << 18;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(1 << 24)
                    .maxNumberLength(100)
                    .build())
            .build();

    private final Path file;
    private final long start;
    private final JsonParser parser;
    private int values;

    private JsonFile(Path file, long start, JsonParser parser) {
        this.file = file;
        this.start = start;
        this.parser = parser;
    }

    /** Reads a whole file. */
    public static JsonObject read(Path file) {
        return read(file, key -> true);
    }

    /** Reads a file, and of its keys at the top only the wanted ones. */
    public static JsonObject read(Path file, Predicate<String> wanted) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException failure) {
            throw MappedFile.unreadable(file, failure);
        }
        if (bytes.length > MAX_BYTES) {
            throw new ModelFileException(file, MAX_BYTES, "wanted JSON of at most " + MAX_BYTES + " bytes, found more");
        }
        return parse(file, 0, bytes, wanted);
    }

    /** Reads JSON that lies at {@code start} of a file. */
    public static JsonObject parse(Path file, long start, byte[] json) {
        return parse(file, start, json, key -> true);
    }

    private static JsonObject parse(Path file, long start, byte[] json, Predicate<String> wanted) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            return new JsonFile(file, start, parser).document(wanted);
        } catch (JsonProcessingException malformed) {
            long at = malformed.getLocation() == null
                    ? 0
                    : Math.max(0, malformed.getLocation().getByteOffset());
            throw malformed(file, start + at, malformed.getOriginalMessage(), malformed);
        } catch (IOException malformed) {
            throw malformed(file, start, String.valueOf(malformed.getMessage()), malformed);
        }
    }

    private static ModelFileException malformed(Path file, long at, String message, IOException cause) {
        ModelFileException problem = new ModelFileException(file, at, "wanted JSON: " + message);
        problem.initCause(cause);
        return problem;
    }

    private JsonObject document(Predicate<String> wanted) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw wrong("wanted a JSON object, found " + (parser.currentToken() == null ? "nothing" : "another value"));
        }
        JsonObject object = object(null, wanted);
        if (parser.nextToken() != null) {
            throw wrong("wanted the end of the file behind the JSON object");
        }
        return object;
    }

    private JsonObject object(@Nullable String name, Predicate<String> wanted) throws IOException {
        long offset = at();
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            if (wanted.test(key)) {
                Object value = value(key);
                if (value != null) {
                    members.put(key, value);
                }
            } else {
                parser.skipChildren();
            }
        }
        return new JsonObject(file, offset, name, members);
    }

    private @Nullable Object value(String name) throws IOException {
        if (++values > MAX_VALUES) {
            throw wrong("wanted at most " + MAX_VALUES + " values, found more");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(name, key -> true);
            case START_ARRAY -> array(name);
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? finite() : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> finite();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw wrong("wanted a value");
        };
    }

    private List<@Nullable Object> array(String name) throws IOException {
        List<@Nullable Object> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(name));
        }
        return items;
    }

    private Double finite() throws IOException {
        double value = parser.getDoubleValue();
        if (!Double.isFinite(value)) {
            throw wrong("wanted a finite number");
        }
        return value;
    }

    private long at() {
        return start + Math.max(0, parser.currentTokenLocation().getByteOffset());
    }

    private ModelFileException wrong(String problem) {
        return new ModelFileException(file, at(), problem);
    }
}
