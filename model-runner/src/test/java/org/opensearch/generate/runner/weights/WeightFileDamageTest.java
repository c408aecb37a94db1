// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.kernel.FileMemory;
import org.opensearch.generate.runner.weights.WeightHeader.UnusableException;

/** Every damage to a file of packed weights is found before a byte of it is used. */
class WeightFileDamageTest {
    @TempDir
    Path folder;

    private Path file = Path.of("");
    private String fingerprint = "";
    private int headBytes;
    private long dataStart;

    @BeforeEach
    void pack() throws IOException {
        Path cache = folder.resolve("packed");
        Packed.load(TinyModel.of("qwen2").writeGguf(folder), Packed.folder(cache));
        file = Packed.file(cache);
        try (FileChannel channel = FileChannel.open(file)) {
            WeightHeader header = WeightHeader.read(channel);
            fingerprint = header.fingerprint();
            headBytes = header.encode().remaining();
            dataStart = header.dataStart();
        }
    }

    private void open(WeightReader.Mapper mapper) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            WeightReader.open(file, fingerprint, mapper, arena, 1).close();
        }
    }

    private static Optional<MemorySegment> unmapped(FileChannel channel, Arena arena) {
        return Optional.empty();
    }

    private void refused(String why) {
        UnusableException e = assertThrows(UnusableException.class, () -> open(FileMemory::tryMap), why);
        assertEquals(
                e.getMessage(),
                assertThrows(UnusableException.class, () -> open(WeightFileDamageTest::unmapped))
                        .getMessage());
    }

    private void flip(FileChannel channel, long at, int bit) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, at);
        channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1 << bit)}), at);
    }

    @Test
    void aFlippedBitIsFound() throws IOException {
        open(FileMemory::tryMap);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int at = 0; at < headBytes; at++) {
                flip(channel, at, at % 8);
                refused("byte " + at + " of the head");
                flip(channel, at, at % 8);
            }
            long step = (channel.size() - dataStart) / 100;
            for (long at = dataStart; at < channel.size(); at += step) {
                flip(channel, at, (int) (at % 7));
                refused("byte " + at);
                flip(channel, at, (int) (at % 7));
            }
            flip(channel, channel.size() - 1, 0);
            refused("the last byte");
            flip(channel, channel.size() - 1, 0);
        }
        open(FileMemory::tryMap);
    }

    @Test
    void anotherLengthIsFound() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int[] lengths = {0, 1, 19, 20, headBytes - 1, headBytes, (int) dataStart, whole.length - 1};
        for (int length : lengths) {
            Files.write(file, Arrays.copyOf(whole, length));
            refused(length + " bytes");
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        refused("a byte too many");
    }

    @Test
    void anotherVersionIsNamed() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(
                    ByteBuffer.allocate(4).putInt(WeightHeader.VERSION + 1).flip(), Long.BYTES);
        }
        UnusableException e = assertThrows(UnusableException.class, () -> open(FileMemory::tryMap));
        assertTrue(String.valueOf(e.getMessage()).startsWith("it has format "), e.getMessage());
    }
}
