// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.opensearch.generate.loader.Refusals.refused;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyBytes;
import org.opensearch.generate.loader.TinyTensors;

/** What the reader gives for good files, and which error for each kind of wrong ones. */
class SafetensorsFileTest {
    @TempDir
    Path folder;

    private static TinySafetensors small() {
        return new TinySafetensors()
                .tensor("a", TensorType.BF16, 2, 2, TinyTensors.floats(TensorType.BF16, new float[] {1, 2, 3, 4}))
                .tensor("b", TensorType.F32, 1, 2, TinyTensors.floats(TensorType.F32, new float[] {5, 6}));
    }

    @Test
    void readsTensors() throws IOException {
        Path path = small().write(folder.resolve("m.safetensors"));
        try (Arena arena = Arena.ofShared()) {
            SafetensorsFile file = SafetensorsFile.open(path, arena);
            assertEquals(List.of("a", "b"), file.names());
            assertEquals(Files.size(path), file.bytes());
            Tensor matrix = file.tensor("a", "x");
            assertEquals("x", matrix.name());
            assertEquals(TensorType.BF16, matrix.type());
            assertEquals(2, matrix.rows());
            Tensor vector = file.tensor("b", "y");
            assertEquals(1, vector.rows());
            assertEquals(2, vector.columns());
            assertEquals(6f, vector.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4));
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = small().toBytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            ModelFileException problem = refused("", () -> open(part));
            assertTrue(problem.offset() <= length, problem.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000, 1L << 31, 1L << 62, -1})
    void headerLengthIsHeldAgainstTheFile(long length) {
        refused(
                "header length is " + Long.toUnsignedString(length),
                () -> open(new TinyBytes().i64(length).bytes(new byte[64]).toArray()));
    }

    @Test
    void wrongHeadersAreNamed() {
        header("wanted a JSON object", "[]");
        header("wanted JSON: ", "{\"a\": }");
        header("wanted JSON: ", "{\"a\": 1, \"a\": 2}");
        header("a is 1, wanted an object", "{\"a\": 1}");
        header("a.data_offsets is missing", "{\"a\": {}}");
        header("wanted two ascending data_offsets", "{\"a\": {\"data_offsets\": [4, 0]}}");
        header("wanted sizes from 0", "{\"a\": {\"data_offsets\": [-4, 0]}}");
        header("begins at 4 of the data, wanted 0", "{\"a\": {\"data_offsets\": [4, 8]}}");
        header(
                "begins at 2 of the data, wanted 4",
                "{\"a\": {\"data_offsets\": [0, 4]}, \"b\": {\"data_offsets\": [2, 8]}}");
        header("tensors cover 4 bytes of data, the file has 8", "{\"a\": {\"data_offsets\": [0, 4]}}");
        header("tensors cover 9223372036854775807", "{\"a\": {\"data_offsets\": [0, 9223372036854775807]}}");
        header("a.data_offsets has 9.3E18 in it", "{\"a\": {\"data_offsets\": [0, 9300000000000000000]}}");
        header("wanted JSON: ", "{\"a\": " + "[".repeat(64) + "]".repeat(64) + "}");
    }

    @Test
    void wrongTensorsAreNamed() {
        tensor("tensor a is I64, wanted F32", "I64", "[1]");
        tensor("tensor a has 0 dimensions", "F32", "[]");
        tensor("tensor a has 3 dimensions", "F32", "[1, 1, 2]");
        tensor("tensor a is 1 x 0", "F32", "[0]");
        tensor("tensor a of 1 x 3 F32 has 8 bytes", "F32", "[3]");
        tensor("tensor a of 2147483647 x 2147483647 F16 has 8 bytes", "F16", "[2147483647, 2147483647]");
        tensor("tensor a is 1 x 9223372036854775807", "F16", "[9223372036854775807]");
    }

    private void header(String message, String json) {
        refused(message, () -> open(bytes(json)));
    }

    private void tensor(String message, String type, String shape) {
        String json = "{\"a\": {\"dtype\": \"" + type + "\", \"shape\": " + shape + ", \"data_offsets\": [0, 8]}}";
        refused(message, () -> {
            try (Arena arena = Arena.ofShared()) {
                SafetensorsFile.open(Files.write(folder.resolve("wrong"), bytes(json)), arena)
                        .tensor("a", "a");
            }
        });
    }

    /** A file with that header and 8 bytes of data. */
    private static byte[] bytes(String json) {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return new TinyBytes().i64(header.length).bytes(header).i64(0).toArray();
    }

    private void open(byte[] bytes) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            SafetensorsFile.open(Files.write(folder.resolve("wrong"), bytes), arena);
        }
    }
}
