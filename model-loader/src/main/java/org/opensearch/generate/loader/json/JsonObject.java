// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.json;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelFileException;

/**
 * A JSON object of a model's file. A key whose value is {@code null} counts as absent. Getters throw
 * {@link ModelFileException}, which names the key and where the object begins, when the key is absent (getters without
 * {@code try}), or its value has another type or is out of range.
 */
public final class JsonObject {
    private final Path file;
    private final long offset;
    private final @Nullable String name;
    private final Map<String, Object> values;

    /**
     * @param offset byte at which the object begins
     * @param name the key that leads here, {@code null} for the whole file
     * @param values {@link String}, {@link Long}, {@link Double}, {@link Boolean}, {@link List} or {@link JsonObject}
     */
    JsonObject(Path file, long offset, @Nullable String name, Map<String, Object> values) {
        this.file = file;
        this.offset = offset;
        this.name = name;
        this.values = values;
    }

    /** The keys, in the file's order, less those with the value {@code null}. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** Whether the key is there and not {@code null}. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** Whether the key's value is a string. */
    public boolean isString(String key) {
        return values.get(key) instanceof String;
    }

    /** Whether the key's value is an array. */
    public boolean isArray(String key) {
        return values.get(key) instanceof List<?>;
    }

    /** Whether the key's value is an object. */
    public boolean isObject(String key) {
        return values.get(key) instanceof JsonObject;
    }

    /** A string; the key must be there. */
    public String string(String key) {
        return tryString(key).orElseThrow(() -> absent(key, "a string"));
    }

    /** A string, if the key is there. */
    public Optional<String> tryString(String key) {
        return tryValue(key, String.class, "a string");
    }

    /** An integer from {@code least} to {@code most}; the key must be there. */
    public int integer(String key, int least, int most) {
        return tryInteger(key, least, most).orElseThrow(() -> absent(key, "an integer"));
    }

    /** An integer from {@code least} to {@code most}, if the key is there. */
    public OptionalInt tryInteger(String key, int least, int most) {
        Optional<Long> value = tryValue(key, Long.class, "an integer");
        return value.isPresent() ? OptionalInt.of(inRange(key, value.get(), least, most)) : OptionalInt.empty();
    }

    /** A finite number; the key must be there. */
    public double number(String key) {
        return tryNumber(key).orElseThrow(() -> absent(key, "a number"));
    }

    /** A finite number, if the key is there. */
    public OptionalDouble tryNumber(String key) {
        Optional<Number> value = tryValue(key, Number.class, "a number");
        return value.isPresent() ? OptionalDouble.of(value.get().doubleValue()) : OptionalDouble.empty();
    }

    /** {@code true} or {@code false}, if the key is there. */
    public Optional<Boolean> tryFlag(String key) {
        return tryValue(key, Boolean.class, "true or false");
    }

    /** An object; the key must be there. */
    public JsonObject object(String key) {
        return tryObject(key).orElseThrow(() -> absent(key, "an object"));
    }

    /** An object, if the key is there. */
    public Optional<JsonObject> tryObject(String key) {
        return tryValue(key, JsonObject.class, "an object");
    }

    /** An array of strings; the key must be there. */
    public List<String> strings(String key) {
        return items(key, String.class, "an array of strings");
    }

    /** An array of objects; the key must be there. */
    public List<JsonObject> objects(String key) {
        return items(key, JsonObject.class, "an array of objects");
    }

    /** An array of integers from {@code least} to {@code most}; the key must be there. */
    public int[] integers(String key, int least, int most) {
        return items(key, Long.class, "an array of integers").stream()
                .mapToInt(item -> inRange(key, item, least, most))
                .toArray();
    }

    /** An array of non-negative integers; the key must be there. */
    public long[] sizes(String key) {
        List<Long> items = items(key, Long.class, "an array of sizes");
        for (long item : items) {
            if (item < 0) {
                throw wrong(key, "has " + item + ", wanted sizes from 0");
            }
        }
        return items.stream().mapToLong(Long::longValue).toArray();
    }

    /** An array of finite numbers; the key must be there. */
    public float[] floats(String key) {
        List<Number> items = items(key, Number.class, "an array of numbers");
        float[] floats = new float[items.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = items.get(i).floatValue();
        }
        return floats;
    }

    /** The error for a key whose value cannot be: {@code problem} follows the key's name. */
    public ModelFileException wrong(String key, String problem) {
        return new ModelFileException(file, offset, (name == null ? "" : name + ".") + key + " " + problem);
    }

    private <T> Optional<T> tryValue(String key, Class<T> type, String wanted) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw wrong(key, "is " + describe(value) + ", wanted " + wanted);
        }
        return Optional.of(type.cast(value));
    }

    private <T> List<T> items(String key, Class<T> type, String wanted) {
        List<?> list = tryValue(key, List.class, wanted).orElseThrow(() -> absent(key, wanted));
        for (Object item : list) {
            if (!type.isInstance(item)) {
                throw wrong(key, "has " + describe(item) + " in it, wanted " + wanted);
            }
        }
        return list.stream().<T>map(type::cast).toList();
    }

    private int inRange(String key, long value, int least, int most) {
        if (value < least || value > most) {
            throw wrong(key, "is " + value + ", wanted " + least + " to " + most);
        }
        return (int) value;
    }

    private ModelFileException absent(String key, String wanted) {
        return wrong(key, "is missing, wanted " + wanted);
    }

    private static String describe(@Nullable Object value) {
        if (value instanceof JsonObject) {
            return "an object";
        }
        if (value instanceof List<?>) {
            return "an array";
        }
        if (value instanceof String text) {
            return "the string \"" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "\"";
        }
        return String.valueOf(value);
    }
}
