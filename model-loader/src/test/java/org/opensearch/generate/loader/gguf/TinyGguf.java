// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyBytes;
import org.opensearch.generate.loader.TinyTensors;

/** Writes GGUF files for tests. */
public final class TinyGguf {
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private int version = 3;
    private int alignment = 32;

    /** The version in the file's head; 3 if not called. */
    public TinyGguf version(int number) {
        version = number;
        return this;
    }

    /** The alignment of tensors, also as a key; 32 if not called. */
    public TinyGguf alignment(int bytes) {
        alignment = bytes;
        return put("general.alignment", bytes);
    }

    /**
     * A key: {@link String}, {@link Integer} (as UINT32), {@link Long} (UINT64), {@link Short} (UINT16), {@link Byte} (INT8),
     * {@link Float}, {@link Double}, {@link Boolean}, {@code int[]} (array of INT32), {@code float[]}, or a list of strings.
     */
    public TinyGguf put(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    /** Keys, see {@link #put}. */
    public TinyGguf putAll(Map<String, Object> keys) {
        metadata.putAll(keys);
        return this;
    }

    /** A tensor with its data as they are in the file. */
    public TinyGguf tensor(String name, TensorType type, int rows, int columns, byte[] data) {
        tensors.add(TinyTensors.tensor(name, type, rows, columns, data));
        return this;
    }

    /** A vector of F32. */
    public TinyGguf vector(String name, float[] values) {
        return tensor(name, TensorType.F32, 1, values.length, TinyTensors.floats(TensorType.F32, values));
    }

    /** The file's bytes. */
    public byte[] toBytes() {
        TinyBytes out = new TinyBytes();
        out.bytes(ascii("GGUF")).i32(version).i64(tensors.size()).i64(metadata.size());
        metadata.forEach((key, value) -> {
            string(out, key);
            value(out, value);
        });
        long offset = 0;
        for (Tensor tensor : tensors) {
            string(out, tensor.name());
            if (tensor.rows() == 1) {
                out.i32(1).i64(tensor.columns());
            } else {
                out.i32(2).i64(tensor.columns()).i64(tensor.rows());
            }
            out.i32(tensor.type().ggufId()).i64(offset);
            offset += Math.ceilDiv(tensor.data().byteSize(), alignment) * alignment;
        }
        out.align(alignment);
        for (Tensor tensor : tensors) {
            out.bytes(tensor.data().toArray(ValueLayout.JAVA_BYTE)).align(alignment);
        }
        return out.toArray();
    }

    /** Writes the file. */
    public Path write(Path file) throws IOException {
        return Files.write(file, toBytes());
    }

    private static void value(TinyBytes out, Object value) {
        if (value instanceof List<?> list) {
            out.i32(9).i32(8).i64(list.size());
            list.forEach(item -> string(out, (String) item));
        } else if (value instanceof int[] numbers) {
            out.i32(9).i32(5).i64(numbers.length);
            for (int number : numbers) {
                out.i32(number);
            }
        } else if (value instanceof float[] numbers) {
            out.i32(9).i32(6).i64(numbers.length);
            for (float number : numbers) {
                out.f32(number);
            }
        } else if (value instanceof String text) {
            string(out.i32(8), text);
        } else if (value instanceof Integer number) {
            out.i32(4).i32(number);
        } else if (value instanceof Long number) {
            out.i32(10).i64(number);
        } else if (value instanceof Short number) {
            out.i32(2).i16(number);
        } else if (value instanceof Byte number) {
            out.i32(1).u8(number);
        } else if (value instanceof Float number) {
            out.i32(6).f32(number);
        } else if (value instanceof Double number) {
            out.i32(12).i64(Double.doubleToRawLongBits(number));
        } else if (value instanceof Boolean flag) {
            out.i32(7).u8(flag ? 1 : 0);
        } else {
            throw new IllegalArgumentException("no GGUF value: " + value);
        }
    }

    private static void string(TinyBytes out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.i64(bytes.length).bytes(bytes);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
