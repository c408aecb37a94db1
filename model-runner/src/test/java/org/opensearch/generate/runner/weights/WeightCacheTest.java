// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;

class WeightCacheTest {
    @TempDir
    Path folder;

    private Path cache = Path.of("");
    private Path model = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        cache = folder.resolve("packed");
        model = TinyModel.of("qwen2").writeGguf(folder);
    }

    private static void same(Packed wanted, Packed found) {
        assertEquals(wanted.bytes().size(), found.bytes().size());
        for (int i = 0; i < wanted.bytes().size(); i++) {
            assertArrayEquals(wanted.bytes().get(i), found.bytes().get(i), "buffer " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void everyKindOfMatrixComesBackBitForBit(TensorType type) throws IOException {
        Path file = TinyModel.of("qwen2").withType(type).writeGguf(folder);
        Packed packed = Packed.load(file, Packed.folder(cache));
        assertEquals(WeightSource.MODEL, packed.source());
        same(packed, Packed.load(file, Packed.folder(cache)));
        Packed read = Packed.load(file, Packed.unmapped(cache));
        assertEquals(WeightSource.READ, read.source());
        same(packed, read);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theFileIsMapped() {
        Packed.load(model, Packed.folder(cache));
        assertEquals(
                WeightSource.MAPPED, Packed.load(model, Packed.folder(cache)).source());
    }

    @Test
    void aFolderOfSafetensorsIsKeptToo() throws IOException {
        Path huggingFace = TinyModel.of("qwen2").withType(TensorType.BF16).writeHuggingFace(folder.resolve("tiny"));
        Packed packed = Packed.load(huggingFace, Packed.folder(cache));
        Packed again = Packed.load(huggingFace, Packed.folder(cache));
        assertNotEquals(WeightSource.MODEL, again.source());
        same(packed, again);
    }

    @Test
    void aMovedModelKeepsItsFile() throws IOException {
        Packed.load(model, Packed.folder(cache));
        Path moved = Files.move(model, folder.resolve("tiny-qwen2.gguf.moved"));
        Files.move(moved, model);
        assertNotEquals(
                WeightSource.MODEL, Packed.load(model, Packed.folder(cache)).source());
    }

    @Test
    void aDamagedFileIsReplaced() throws IOException {
        Packed packed = Packed.load(model, Packed.folder(cache));
        Path file = Packed.file(cache);
        byte[] whole = Files.readAllBytes(file);
        byte[] damaged = whole.clone();
        damaged[whole.length - 100] ^= 4;
        Files.write(file, damaged);
        Packed repaired = Packed.load(model, Packed.folder(cache));
        assertEquals(WeightSource.MODEL, repaired.source());
        same(packed, repaired);
        assertArrayEquals(whole, Files.readAllBytes(Packed.file(cache)));
    }

    @Test
    void anotherModelOfTheSameNameSizeAndTimeIsNotTaken() throws IOException {
        FileTime time = Files.getLastModifiedTime(model);
        Packed first = Packed.load(model, Packed.folder(cache));
        Path firstFile = Packed.file(cache);
        TinyModel.of("qwen2").withSeed(2).writeGguf(folder);
        Files.setLastModifiedTime(model, time);
        Packed second = Packed.load(model, Packed.folder(cache));
        assertEquals(WeightSource.MODEL, second.source());
        assertFalse(Arrays.equals(first.bytes().getFirst(), second.bytes().getFirst()));
        assertNotEquals(firstFile, Packed.file(cache), "the file of the model that was replaced is gone");
    }

    @Test
    void aModelThatWasTouchedIsPackedAnew() throws IOException {
        Packed.load(model, Packed.folder(cache));
        Files.setLastModifiedTime(
                model, FileTime.fromMillis(Files.getLastModifiedTime(model).toMillis() + 1));
        assertEquals(
                WeightSource.MODEL, Packed.load(model, Packed.folder(cache)).source());
    }

    @Test
    void aFileUnderTheNameOfAnotherIsNotTaken() throws IOException {
        Packed.load(model, Packed.folder(cache));
        Path own = Packed.file(cache);
        Path elsewhere = folder.resolve("elsewhere");
        Path other = TinyModel.of("qwen2").withSeed(2).writeGguf(Files.createDirectories(folder.resolve("other")));
        Packed.load(other, Packed.folder(elsewhere));
        Files.write(own, Files.readAllBytes(Packed.file(elsewhere)));
        assertEquals(
                WeightSource.MODEL, Packed.load(model, Packed.folder(cache)).source());
        assertNotEquals(
                WeightSource.MODEL, Packed.load(model, Packed.folder(cache)).source());
    }

    @Test
    void whatIsOfNoMoreUseIsRemovedAndNothingElse() throws IOException {
        Path gone = TinyModel.of("llama").writeGguf(folder);
        Packed.load(gone, Packed.folder(cache));
        Path fileOfGone = Packed.file(cache);
        Path kept = TinyModel.of("qwen3").writeGguf(folder);
        Packed.load(kept, Packed.folder(cache));
        Files.delete(gone);
        Path leftover = Files.createFile(cache.resolve("1.packed.unfinished"));
        Path foreign = Files.writeString(cache.resolve("notes.packed"), "more than twenty bytes of somebody else");
        Path beingWritten = Files.createFile(cache.resolve("2.packed.unfinished"));
        try (FileChannel channel = FileChannel.open(beingWritten, StandardOpenOption.WRITE)) {
            channel.lock();
            Packed.load(model, Packed.folder(cache));
        }
        assertFalse(Files.exists(fileOfGone) || Files.exists(leftover));
        assertTrue(Files.exists(foreign) && Files.exists(beingWritten));
        assertNotEquals(
                WeightSource.MODEL, Packed.load(kept, Packed.folder(cache)).source());
    }

    @Test
    void aFolderThatCannotBeMadeOnlyCostsTime() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("file"), "no folder");
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    WeightSource.MODEL,
                    Packed.load(model, Packed.folder(inTheWay.resolve("packed")))
                            .source());
        }
    }

    @Test
    void aDiskThatFillsUpLeavesNothing() throws IOException {
        Packed wanted = Packed.load(model, Packed.folder(folder.resolve("elsewhere")));
        for (long room : new long[] {0, 1000, 100_000}) {
            WeightFolder small = new WeightFolder(
                    cache,
                    (path, options) -> new SmallDisk(FileChannel.open(path, options), room),
                    (file, arena) -> Optional.empty());
            Packed packed = Packed.load(model, small);
            same(wanted, packed);
            assertEquals(List.of(), Packed.files(cache));
        }
    }

    @Test
    void moreThanNineTenthsOfADiskAreNotFilled() {
        WeightFolder disk = Packed.folder(cache);
        IOException e = assertThrows(IOException.class, () -> disk.requireRoom(1L << 60));
        assertTrue(String.valueOf(e.getMessage()).startsWith((1L << 60) + " bytes wanted in " + cache), e.getMessage());
    }

    @Test
    void aCancelledLoadLeavesNothing() throws IOException {
        assertThrows(
                CancellationException.class,
                () -> Packed.load(model, Packed.folder(cache), (what, done, total) -> {
                    throw new CancellationException("by the test");
                }));
        assertEquals(List.of(), Packed.files(cache));
    }

    @Test
    void loadsAtTheSameTimeEndWell() throws Exception {
        Packed wanted = Packed.load(model, Packed.folder(folder.resolve("elsewhere")));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<Packed>> loads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                loads.add(() -> Packed.load(model, Packed.folder(cache)));
            }
            for (Future<Packed> load : threads.invokeAll(loads)) {
                same(wanted, load.get());
            }
        }
        Packed.file(cache);
        assertNotEquals(
                WeightSource.MODEL, Packed.load(model, Packed.folder(cache)).source());
    }

    @Test
    void theFingerprintSeesChangesAnywhere() throws IOException {
        String before = fingerprint();
        byte[] bytes = Files.readAllBytes(model);
        FileTime time = Files.getLastModifiedTime(model);
        for (int at = 0; at < bytes.length; at += bytes.length / 20) {
            // As another training would: everywhere from there on.
            byte[] other = bytes.clone();
            for (int i = at; i < Math.min(at + (1 << 16), other.length); i++) {
                other[i]++;
            }
            Files.write(model, other);
            Files.setLastModifiedTime(model, time);
            assertNotEquals(before, ModelFingerprint.of(List.of(model)), "byte " + at);
        }
    }

    private String fingerprint() throws IOException {
        try (ModelSource source = ModelFiles.open(model)) {
            return ModelFingerprint.of(ModelFingerprint.files(source));
        }
    }
}
