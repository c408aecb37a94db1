// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.opensearch.generate.loader.MappedFile;
import org.opensearch.generate.loader.ModelFileException;

/**
 * The keys and values at the head of a GGUF file. Values are decoded when they are asked for, so a file that holds much nobody
 * reads costs nothing. Each getter throws {@link ModelFileException}, which names key and place, when the key is absent (getters
 * without {@code try}), or when its value has another type or is out of range. Valid until the file is closed.
 */
public final class GgufMetadata {
    private static final int MAX_KEYS = 1 << 16;
    private static final int MAX_KEY_BYTES = (1 << 16) - 1;
    private static final int MAX_ITEMS = 1 << 21;
    private static final int MAX_STRING_BYTES = 1 << 24;
    /** Larger than any vocabulary; keeps the walk over a hostile file short. */
    private static final long MAX_BYTES = 1L << 27;
    /** A key's length, its type and the smallest value. */
    private static final int SMALLEST_ENTRY_BYTES = 8 + 4 + 1;

    private record Entry(GgufValueType type, GgufValueType items, int count, long offset) {}

    private final MappedFile file;
    private final Map<String, Entry> entries;

    private GgufMetadata(MappedFile file, Map<String, Entry> entries) {
        this.file = file;
        this.entries = entries;
    }

    /** Reads the number of keys. */
    static int readCount(GgufCursor cursor) {
        return cursor.items(MAX_KEYS, SMALLEST_ENTRY_BYTES, "number of keys");
    }

    /** Walks over {@code count} entries, and leaves the cursor behind them. */
    static GgufMetadata read(MappedFile file, GgufCursor cursor, int count) {
        long start = cursor.at();
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            long keyOffset = cursor.at();
            String key = cursor.string(MAX_KEY_BYTES, "key " + i);
            String what = "value of " + key;
            GgufValueType type = type(cursor, what);
            GgufValueType items = type;
            int length = 1;
            if (type == GgufValueType.ARRAY) {
                items = type(cursor, what);
                if (items == GgufValueType.ARRAY) {
                    throw cursor.wrong(cursor.at(), what + " is an array of arrays, wanted an array of plain values");
                }
                int itemBytes = items == GgufValueType.STRING ? Long.BYTES : items.bytes();
                length = cursor.items(MAX_ITEMS, itemBytes, "array length of " + key);
            }
            if (entries.putIfAbsent(key, new Entry(type, items, length, cursor.at())) != null) {
                throw cursor.wrong(keyOffset, "key " + key + " occurs twice");
            }
            skip(cursor, items, length, what);
            if (cursor.at() - start > MAX_BYTES) {
                throw cursor.wrong(keyOffset, what + " makes the metadata longer than " + MAX_BYTES + " bytes");
            }
        }
        return new GgufMetadata(file, entries);
    }

    private static GgufValueType type(GgufCursor cursor, String what) {
        long offset = cursor.at();
        long number = cursor.u32("type of the " + what);
        return GgufValueType.tryOf(number)
                .orElseThrow(() -> cursor.wrong(
                        offset, "type of the " + what + " is " + number + ", wanted a number from 0 to 12"));
    }

    private static void skip(GgufCursor cursor, GgufValueType items, int count, String what) {
        if (items == GgufValueType.STRING) {
            for (int i = 0; i < count; i++) {
                cursor.skipString(MAX_STRING_BYTES, what);
            }
        } else {
            cursor.skip((long) count * items.bytes(), what);
        }
    }

    /** The file the metadata comes from. */
    public Path file() {
        return file.path();
    }

    /** All keys, in the file's order. */
    public Set<String> keys() {
        return Set.copyOf(entries.keySet());
    }

    /** Whether the file has the key, with whatever value. */
    public boolean has(String key) {
        return entries.containsKey(key);
    }

    /** A string; the key must be there. */
    public String string(String key) {
        return tryString(key).orElseThrow(() -> absent(key, "a string"));
    }

    /** A string, if the key is there. */
    public Optional<String> tryString(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        require(key, entry, entry.type == GgufValueType.STRING, "a string");
        return Optional.of(at(entry).string(MAX_STRING_BYTES, key));
    }

    /** An integer of any width, from {@code least} to {@code most}; the key must be there. */
    public int integer(String key, int least, int most) {
        return tryInteger(key, least, most).orElseThrow(() -> absent(key, "an integer"));
    }

    /** An integer of any width, from {@code least} to {@code most}, if the key is there. */
    public OptionalInt tryInteger(String key, int least, int most) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return OptionalInt.empty();
        }
        require(key, entry, entry.type.isInteger(), "an integer");
        long value = integer(at(entry), entry.type, key);
        if (least < 0 && entry.type == GgufValueType.UINT32 && value == 0xFFFF_FFFFL) {
            value = -1; // converters write -1, in 32 bits without a sign, for a token that a vocabulary does not have
        }
        if (value < least || value > most) {
            throw wrong(key, "is " + value + ", wanted " + least + " to " + most);
        }
        return OptionalInt.of((int) value);
    }

    /** A finite number, stored as a floating-point number or an integer; the key must be there. */
    public double number(String key) {
        return tryNumber(key).orElseThrow(() -> absent(key, "a number"));
    }

    /** A finite number, stored as a floating-point number or an integer, if the key is there. */
    public OptionalDouble tryNumber(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return OptionalDouble.empty();
        }
        require(key, entry, entry.type.isFloat() || entry.type.isInteger(), "a number");
        double value = number(at(entry), entry.type, key);
        if (!Double.isFinite(value)) {
            throw wrong(key, "is " + value + ", wanted a finite number");
        }
        return OptionalDouble.of(value);
    }

    /** A yes or no, if the key is there. */
    public Optional<Boolean> tryFlag(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        require(key, entry, entry.type == GgufValueType.BOOL, "a boolean");
        int value = at(entry).u8(key);
        if (value > 1) {
            throw wrong(key, "is " + value + ", wanted 0 or 1");
        }
        return Optional.of(value == 1);
    }

    /** An array of strings; the key must be there. */
    public List<String> strings(String key) {
        Entry entry = array(key, "an array of strings");
        require(key, entry, entry.items == GgufValueType.STRING, "an array of strings");
        GgufCursor cursor = at(entry);
        List<String> strings = new ArrayList<>(entry.count);
        for (int i = 0; i < entry.count; i++) {
            strings.add(cursor.string(MAX_STRING_BYTES, key));
        }
        return strings;
    }

    /** An array of integers of any width, each within the range of an {@code int}; the key must be there. */
    public int[] integers(String key) {
        Entry entry = array(key, "an array of integers");
        require(key, entry, entry.items.isInteger(), "an array of integers");
        GgufCursor cursor = at(entry);
        int[] values = new int[entry.count];
        for (int i = 0; i < values.length; i++) {
            long value = integer(cursor, entry.items, key);
            if (value != (int) value) {
                throw wrong(key, "has " + value + " at index " + i + ", wanted a number of 32 bits");
            }
            values[i] = (int) value;
        }
        return values;
    }

    /** An array of floating-point numbers; the key must be there. */
    public float[] floats(String key) {
        Entry entry = array(key, "an array of floats");
        require(key, entry, entry.items.isFloat(), "an array of floats");
        GgufCursor cursor = at(entry);
        float[] values = new float[entry.count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) number(cursor, entry.items, key);
        }
        return values;
    }

    /** The error for a key whose value cannot be: {@code problem} follows the key's name. */
    public ModelFileException wrong(String key, String problem) {
        Entry entry = entries.get(key);
        return new ModelFileException(file.path(), entry == null ? 0 : entry.offset, key + " " + problem);
    }

    private Entry array(String key, String wanted) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw absent(key, wanted);
        }
        require(key, entry, entry.type == GgufValueType.ARRAY, wanted);
        return entry;
    }

    private void require(String key, Entry entry, boolean holds, String wanted) {
        if (!holds) {
            String found = entry.type == GgufValueType.ARRAY ? "an array of " + entry.items : entry.type.toString();
            throw wrong(key, "is " + found + ", wanted " + wanted);
        }
    }

    private ModelFileException absent(String key, String wanted) {
        return new ModelFileException(file.path(), 0, "key " + key + " is missing, wanted " + wanted);
    }

    private GgufCursor at(Entry entry) {
        return new GgufCursor(file, entry.offset);
    }

    private static long integer(GgufCursor cursor, GgufValueType type, String what) {
        return switch (type) {
            case UINT8 -> cursor.u8(what);
            case INT8 -> (byte) cursor.u8(what);
            case UINT16 -> cursor.u16(what);
            case INT16 -> (short) cursor.u16(what);
            case UINT32 -> cursor.u32(what);
            case INT32 -> cursor.i32(what);
            case UINT64 -> cursor.count(Long.MAX_VALUE, what);
            case INT64 -> cursor.i64(what);
            default -> throw new IllegalStateException(type + " is no integer");
        };
    }

    private static double number(GgufCursor cursor, GgufValueType type, String what) {
        return switch (type) {
            case FLOAT32 -> Float.intBitsToFloat(cursor.i32(what));
            case FLOAT64 -> Double.longBitsToDouble(cursor.i64(what));
            default -> integer(cursor, type, what);
        };
    }
}
