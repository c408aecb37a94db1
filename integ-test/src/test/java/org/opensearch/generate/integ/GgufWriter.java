// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a GGUF file, version 3, with float32 tensors. */
final class GgufWriter {
    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int ALIGNMENT = 32;

    private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
    private final List<Tensor> tensors = new ArrayList<>();
    private int entries;

    private record Tensor(String name, int rows, int columns, FloatBuffer values) {}

    GgufWriter put(String key, String value) {
        entry(key, STRING);
        string(metadata, value);
        return this;
    }

    GgufWriter put(String key, int value) {
        entry(key, UINT32);
        integer(metadata, value);
        return this;
    }

    GgufWriter put(String key, float value) {
        entry(key, FLOAT32);
        integer(metadata, Float.floatToRawIntBits(value));
        return this;
    }

    GgufWriter putStrings(String key, List<String> values) {
        array(key, STRING, values.size());
        values.forEach(value -> string(metadata, value));
        return this;
    }

    GgufWriter putInts(String key, int[] values) {
        array(key, INT32, values.length);
        for (int value : values) {
            integer(metadata, value);
        }
        return this;
    }

    /** Adds a matrix, row after row; a vector has one row. */
    GgufWriter tensor(String name, int rows, int columns, float[] values) {
        tensors.add(new Tensor(name, rows, columns, FloatBuffer.wrap(values)));
        return this;
    }

    void write(Path file) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        integer(head, 3);
        number(head, tensors.size());
        number(head, entries);
        head.writeBytes(metadata.toByteArray());
        long offset = 0;
        for (Tensor tensor : tensors) {
            string(head, tensor.name);
            integer(head, tensor.rows == 1 ? 1 : 2);
            number(head, tensor.columns);
            if (tensor.rows > 1) {
                number(head, tensor.rows);
            }
            integer(head, 0);
            number(head, offset);
            offset += padded(4L * tensor.values.limit());
        }
        head.writeBytes(new byte[(int) (padded(head.size()) - head.size())]);
        try (OutputStream out = Files.newOutputStream(file)) {
            head.writeTo(out);
            for (Tensor tensor : tensors) {
                ByteBuffer bytes = ByteBuffer.allocate((int) padded(4L * tensor.values.limit()))
                        .order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(tensor.values.duplicate());
                out.write(bytes.array());
            }
        }
    }

    private void entry(String key, int type) {
        entries++;
        string(metadata, key);
        integer(metadata, type);
    }

    private void array(String key, int type, int length) {
        entry(key, ARRAY);
        integer(metadata, type);
        number(metadata, length);
    }

    private static long padded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static void string(ByteArrayOutputStream out, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void integer(ByteArrayOutputStream out, int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    private static void number(ByteArrayOutputStream out, long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }
}
