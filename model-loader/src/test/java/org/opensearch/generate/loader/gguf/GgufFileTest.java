// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyBytes;

/** What the reader gives for good files, and which error for each kind of wrong ones. */
class GgufFileTest {
    @TempDir
    Path folder;

    private static TinyGguf small() {
        return new TinyGguf()
                .put("general.architecture", "llama")
                .put("a.list", List.of("x", "äöü", ""))
                .put("a.flag", true)
                .vector("v", new float[] {1, 2, 3})
                .tensor("m", TensorType.Q8_0, 2, 32, new byte[68]);
    }

    @ParameterizedTest
    @CsvSource({"2, 32", "3, 32", "3, 1", "3, 4096"})
    void readsVersionsAndAlignments(int version, int alignment) throws IOException {
        Path path = small().version(version).alignment(alignment).write(folder.resolve("m.gguf"));
        try (Arena arena = Arena.ofShared()) {
            GgufFile file = GgufFile.open(path, arena);
            assertEquals(Files.size(path), file.bytes());
            assertEquals(List.of("v", "m"), List.copyOf(file.tensors().keySet()));
            Tensor vector = Objects.requireNonNull(file.tensors().get("v"));
            assertEquals(1, vector.rows());
            assertEquals(3, vector.columns());
            assertEquals(3f, vector.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 8));
            Tensor matrix = Objects.requireNonNull(file.tensors().get("m"));
            assertEquals(2, matrix.rows());
            assertEquals(32, matrix.columns());
            assertEquals(68, matrix.data().byteSize());
        }
    }

    @Test
    void readsEveryKindOfValue() throws IOException {
        Path path = new TinyGguf()
                .put("u32", -2)
                .put("u64", 1L << 40)
                .put("u16", (short) -1)
                .put("i8", (byte) -3)
                .put("f32", 0.5f)
                .put("f64", 0.1)
                .put("no", false)
                .put("text", "ü")
                .put("ints", new int[] {1, -2})
                .put("floats", new float[] {0.5f})
                .put("list", List.of("a", ""))
                .write(folder.resolve("m.gguf"));
        try (Arena arena = Arena.ofShared()) {
            GgufMetadata metadata = GgufFile.open(path, arena).metadata();
            assertEquals(path, metadata.file());
            assertEquals(4294967294.0, metadata.number("u32"));
            assertEquals(0x1p40, metadata.number("u64"));
            assertEquals(65535, metadata.integer("u16", 0, 65535));
            assertEquals(-3, metadata.integer("i8", -128, 127));
            assertEquals(0.5, metadata.number("f32"));
            assertEquals(0.1, metadata.number("f64"));
            assertEquals(false, metadata.tryFlag("no").orElseThrow());
            assertEquals("ü", metadata.string("text"));
            assertEquals(List.of("a", ""), metadata.strings("list"));
            assertTrue(Arrays.equals(new int[] {1, -2}, metadata.integers("ints")));
            assertTrue(Arrays.equals(new float[] {0.5f}, metadata.floats("floats")));
            assertFalse(metadata.has("absent"));
            assertTrue(metadata.tryString("absent").isEmpty());
            refused("key absent is missing, wanted a string", () -> metadata.string("absent"));
            refused("text is STRING, wanted an integer", () -> metadata.integer("text", 0, 1));
            refused("u32 is 4294967294, wanted 0 to 9", () -> metadata.integer("u32", 0, 9));
            refused("list is an array of STRING, wanted an array of floats", () -> metadata.floats("list"));
            refused("f32 is FLOAT32, wanted a boolean", () -> metadata.tryFlag("f32"));
        }
    }

    @Test
    void aTokenIdWithoutASignIsMinusOne() throws IOException {
        Path path = new TinyGguf().put("id", -1).write(folder.resolve("m.gguf"));
        try (Arena arena = Arena.ofShared()) {
            GgufMetadata metadata = GgufFile.open(path, arena).metadata();
            assertEquals(-1, metadata.integer("id", -1, 5));
            refused("id is 4294967295, wanted 0 to 5", () -> metadata.integer("id", 0, 5));
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = small().alignment(1).toBytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            ModelFileException problem = refused("", () -> open(part));
            assertTrue(problem.offset() <= length, problem.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, found version 1",
        "4, found version 4",
        "0x3000000, version 3 in big-endian",
        "0x2000000, version 2 in big-endian",
        "-1, found version 4294967295"
    })
    void otherVersionsAreNamed(String version, String message) {
        refused(message, () -> open(small().version(Integer.decode(version)).toBytes()));
    }

    @Test
    void somethingElseIsNamed() {
        refused(
                "wanted the magic number of GGUF, found 0x04034b50",
                () -> open(new TinyBytes().i64(0x04034b50).toArray()));
    }

    @ParameterizedTest
    @ValueSource(longs = {1000, 1L << 31, 1L << 62, -1})
    void countsAreHeldAgainstTheFile(long count) {
        refused("number of tensors is", () -> open(head().i64(count).i64(0).toArray()));
        refused("number of keys is", () -> open(head().i64(0).i64(count).toArray()));
        refused("key 0", () -> open(oneKey().i64(count).i64(0).i64(0).toArray()));
        refused("value of k", () -> open(key(8).i64(count).i64(0).toArray()));
        refused("array length of k", () -> open(key(9).i32(8).i64(count).i64(0).toArray()));
        refused("array length of k", () -> open(key(9).i32(12).i64(count).i64(0).toArray()));
    }

    @Test
    void wrongValuesAreNamed() {
        refused("type of the value of k is 13", () -> open(key(13).i64(0).toArray()));
        refused("array of arrays", () -> open(key(9).i32(9).i64(1).i32(4).i64(0).toArray()));
        refused(
                "k occurs twice",
                () -> open(head().i64(0)
                        .i64(2)
                        .bytes(name("k"))
                        .i32(4)
                        .i32(1)
                        .bytes(name("k"))
                        .i32(4)
                        .i32(1)
                        .i64(0)
                        .toArray()));
        refused(
                "key 0 is not UTF-8",
                () -> open(oneKey().i64(1).u8(0xC0).i32(4).i32(0).i64(0).toArray()));
        refused(
                "split.count is 3: one part",
                () -> open(small().put("split.count", (short) 3).toBytes()));
        refused(
                "general.alignment is 0, wanted 1 to",
                () -> open(small().put("general.alignment", 0).toBytes()));
        refused(
                "general.alignment is 24, wanted a power",
                () -> open(small().put("general.alignment", 24).toBytes()));
        refused(
                "general.alignment is STRING",
                () -> open(small().put("general.alignment", "32").toBytes()));
    }

    @Test
    void wrongTensorsAreNamed() {
        refused("t has 0 dimensions", () -> open(tensor(b -> b.i32(0)).toArray()));
        refused("t has 5 dimensions", () -> open(tensor(b -> b.i32(5)).toArray()));
        refused(
                "t is 0, wanted at least 1",
                () -> open(tensor(b -> b.i32(1).i64(0)).toArray()));
        refused(
                "dimension 0 of tensor t is",
                () -> open(tensor(b -> b.i32(1).i64(1L << 31)).toArray()));
        refused(
                "dimension 1 of tensor t is",
                () -> open(tensor(b -> b.i32(2).i64(1).i64(-1)).toArray()));
        refused(
                "no tensor of these",
                () -> open(tensor(b -> b.i32(3).i64(1).i64(1).i64(8)).toArray()));
        refused(
                "t has type 21 (IQ3_S)",
                () -> open(tensor(b -> b.i32(1).i64(1).i32(21)).toArray()));
        refused(
                "t has type 4294967295 (unknown)",
                () -> open(tensor(b -> b.i32(1).i64(1).i32(-1)).toArray()));
        refused(
                "Q4_K wants a multiple of 256",
                () -> open(tensor(b -> b.i32(1).i64(128).i32(12)).toArray()));
        refused(
                "wanted a multiple of 32",
                () -> open(tensor(b -> b.i32(1).i64(1).i32(0).i64(4)).toArray()));
        refused(
                "t has 1 rows of 4 bytes at 4096",
                () -> open(tensor(b -> b.i32(1).i64(1).i32(0).i64(4096)).toArray()));
        refused(
                "18446744073709551584",
                () -> open(tensor(b -> b.i32(1).i64(1).i32(0).i64(-32)).toArray()));
        int most = Integer.MAX_VALUE;
        refused(
                "t has 2147483647 rows of 8589934588 bytes",
                () -> open(
                        tensor(b -> b.i32(2).i64(most).i64(most).i32(0).i64(0)).toArray()));
        refused(
                "tensor t occurs twice",
                () -> open(new TinyGguf()
                        .vector("t", new float[1])
                        .vector("t", new float[1])
                        .toBytes()));
    }

    @Test
    void aMissingFileAndAFolderAreNamed() {
        try (Arena arena = Arena.ofShared()) {
            refused("no such file", () -> GgufFile.open(folder.resolve("absent.gguf"), arena));
            refused("wanted a file, found a folder", () -> GgufFile.open(folder, arena));
        }
    }

    private static TinyBytes head() {
        return new TinyBytes().i32(0x46554747).i32(3);
    }

    private static TinyBytes oneKey() {
        return head().i64(0).i64(1);
    }

    /** A file with the key {@code k} up to the type of its value. */
    private static TinyBytes key(int type) {
        return oneKey().bytes(name("k")).i32(type);
    }

    /** A file with one tensor {@code t}, whose description goes on as given, and 64 zeros. */
    private static TinyBytes tensor(Consumer<TinyBytes> description) {
        TinyBytes bytes = head().i64(1).i64(0).bytes(name("t"));
        description.accept(bytes);
        return bytes.bytes(new byte[64]);
    }

    private static byte[] name(String name) {
        return new TinyBytes()
                .i64(name.length())
                .bytes(name.getBytes(StandardCharsets.UTF_8))
                .toArray();
    }

    private void open(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("wrong.gguf"), bytes);
        try (Arena arena = Arena.ofShared()) {
            GgufFile.open(path, arena);
        }
    }
}
