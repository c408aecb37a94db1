// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file, mapped read-only.
 *
 * @param path where it lies
 * @param bytes its content, valid until the arena it was opened with is closed
 */
public record MappedFile(Path path, MemorySegment bytes) {
    /** Maps a whole file; throws {@link ModelFileException} if it cannot be read. */
    public static MappedFile open(Path path, Arena arena) {
        if (Files.isDirectory(path)) {
            throw new ModelFileException(path, 0, "wanted a file, found a folder");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new MappedFile(path, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException failure) {
            throw unreadable(path, failure);
        }
    }

    /** The error for a file that the system does not let us read. */
    public static ModelFileException unreadable(Path path, IOException failure) {
        String why = failure instanceof NoSuchFileException ? "no such file" : "cannot be read: " + failure;
        ModelFileException problem = new ModelFileException(path, 0, why);
        problem.initCause(failure);
        return problem;
    }

    /** Length in bytes. */
    public long size() {
        return bytes.byteSize();
    }
}
