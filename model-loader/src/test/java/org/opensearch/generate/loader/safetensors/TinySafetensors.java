// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyBytes;
import org.opensearch.generate.loader.json.TinyJson;

/** Writes a safetensors file for tests. */
public final class TinySafetensors {
    private final Map<String, Object> header = new LinkedHashMap<>();
    private final TinyBytes data = new TinyBytes();

    public TinySafetensors() {
        header.put("__metadata__", Map.of("format", "pt"));
    }

    /** A tensor of F32, F16 or BF16, with its data as they are in the file; one row makes a vector. */
    public TinySafetensors tensor(String name, TensorType type, int rows, int columns, byte[] bytes) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("dtype", type.name());
        description.put("shape", rows == 1 ? List.of(columns) : List.of(rows, columns));
        description.put("data_offsets", List.of(data.size(), data.size() + bytes.length));
        header.put(name, description);
        data.bytes(bytes);
        return this;
    }

    /** The file's bytes. */
    public byte[] toBytes() {
        byte[] json = TinyJson.of(header).getBytes(StandardCharsets.UTF_8);
        return new TinyBytes()
                .i64(json.length)
                .bytes(json)
                .bytes(data.toArray())
                .toArray();
    }

    /** Writes the file. */
    public Path write(Path file) throws IOException {
        return Files.write(file, toBytes());
    }
}
