// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** Files as memory for kernels. */
public final class FileMemory {
    private FileMemory() {}

    /**
     * Maps a file whole and read-only, if kernels can read it there as fast as from memory of their own: the system must hold it
     * in huge pages, which depends on its version and on the file system. All of it is then in memory, so that a disk that
     * cannot read it shows here.
     *
     * @param arena closes the mapping, also one that is not given
     */
    public static Optional<MemorySegment> tryMap(FileChannel file, Arena arena) throws IOException {
        MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
        return SystemMemory.populate(mapped) ? Optional.of(mapped) : Optional.empty();
    }
}
