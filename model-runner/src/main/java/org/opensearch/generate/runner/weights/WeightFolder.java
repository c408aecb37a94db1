// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A folder of packed weights, a file for each model. Any number of processes may use it: files appear whole, under names that
 * stand for their content, and are never changed.
 */
final class WeightFolder {
    private static final Logger LOG = LogManager.getLogger(WeightFolder.class);
    private static final String EXTENSION = ".packed";
    /** Being written. */
    private static final String UNFINISHED = ".packed.unfinished";

    private static final int NAME_LENGTH = 64;
    private static final int FINGERPRINT_LENGTH = 16;
    /** This part of a disk is left to others. */
    private static final int KEPT_FREE_PERCENT = 10;

    private final Path folder;
    private final Opener opener;
    private final WeightReader.Mapper mapper;

    /** Opens files; {@link FileChannel#open} but for tests. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, OpenOption... options) throws IOException;
    }

    /** Writes a file's content. */
    @FunctionalInterface
    interface Content {
        void write(FileChannel channel) throws IOException;
    }

    WeightFolder(Path folder, Opener opener, WeightReader.Mapper mapper) {
        this.folder = folder;
        this.opener = opener;
        this.mapper = mapper;
    }

    /** Where the packed weights of a model lie. */
    Path file(String model, String fingerprint) {
        String name = String.valueOf(Path.of(model).getFileName()).replaceAll("[^A-Za-z0-9._-]", "_");
        return folder.resolve(name.substring(0, Math.min(name.length(), NAME_LENGTH)) + "-"
                + fingerprint.substring(0, FINGERPRINT_LENGTH) + EXTENSION);
    }

    /** Opens a file of this folder; see {@link WeightReader#open}. */
    WeightReader read(Path file, String fingerprint, Arena arena, int threads) throws IOException {
        return WeightReader.open(file, fingerprint, mapper, arena, threads);
    }

    /** Throws if so many bytes more would fill the disk to more than nine tenths. */
    void requireRoom(long bytes) throws IOException {
        Files.createDirectories(folder);
        FileStore disk = Files.getFileStore(folder);
        long free = disk.getUsableSpace();
        long kept = disk.getTotalSpace() / 100 * KEPT_FREE_PERCENT;
        if (free - bytes < kept) {
            throw new IOException(bytes + " bytes wanted in " + folder + ", " + free + " free, of which " + kept
                    + " are left to others");
        }
    }

    /** Puts a file in its place, whole or not at all. */
    void write(Path file, Content content) throws IOException {
        Path unfinished = folder.resolve(UUID.randomUUID() + UNFINISHED);
        try {
            try (FileChannel channel =
                    opener.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                // Held while it is written, so that nobody takes it for a leftover.
                channel.lock();
                content.write(channel);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException | Error e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
    }

    /**
     * Removes what a broken process left half written, and the files of models that are gone or have changed.
     *
     * @param model the model that is about to get a file
     * @param file that file
     */
    void removeUseless(String model, Path file) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> others;
        try (Stream<Path> entries = Files.list(folder)) {
            others = entries.filter(other -> !other.equals(file)).toList();
        }
        for (Path other : others) {
            try {
                if (isUseless(other, model)) {
                    Files.deleteIfExists(other);
                    LOG.info("removed {}, which is of no more use", other);
                }
            } catch (IOException | SecurityException e) {
                LOG.debug("{} stays: {}", other, e.toString());
            }
        }
    }

    private boolean isUseless(Path other, String model) throws IOException {
        String name = String.valueOf(other.getFileName());
        if (name.endsWith(UNFINISHED)) {
            return isAbandoned(other);
        }
        if (!name.endsWith(EXTENSION)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(other, StandardOpenOption.READ)) {
            String madeFrom = WeightHeader.modelOf(channel);
            return madeFrom.isEmpty() || madeFrom.equals(model) || !Files.exists(Path.of(madeFrom));
        } catch (WeightHeader.UnusableException e) {
            return false;
        }
    }

    private static boolean isAbandoned(Path unfinished) throws IOException {
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
