// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one deployed model under {@code path.data}: its files as they were published, so that it can be loaded as a model
 * folder; {@value #MARKER}, written last, which says that all are there; and what is not yet whole, with the ending
 * {@value #PART}.
 */
final class DeploymentFolder {
    static final String MARKER = "complete.sha256";
    static final String PART = ".part";
    /** This part of a disk is left to others. */
    private static final int KEPT_FREE_PERCENT = 10;

    private final Path folder;

    DeploymentFolder(Path folder) {
        this.folder = folder;
    }

    /** The names of all folders in one, which are ids of models. */
    static Set<String> list(Path root) throws IOException {
        Set<String> ids = new TreeSet<>();
        if (Files.isDirectory(root)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
                entries.forEach(entry -> ids.add(String.valueOf(entry.getFileName())));
            }
        }
        return ids;
    }

    /** Where it lies. */
    Path path() {
        return folder;
    }

    /** A file when it is whole. */
    Path file(String name) {
        return folder.resolve(name);
    }

    /** A file until then; another content has another name. */
    Path part(String name, String sha256) {
        return folder.resolve(name + "." + sha256.substring(0, 16) + PART);
    }

    /** Whether all files are there, each checked when it came. */
    boolean isComplete(Map<String, String> checksums) throws IOException {
        try {
            return Files.readString(folder.resolve(MARKER)).equals(marker(checksums))
                    && checksums.keySet().stream().allMatch(name -> Files.isRegularFile(file(name)));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Says that all files are there. */
    void complete(Map<String, String> checksums) throws IOException {
        Path unfinished = folder.resolve(MARKER + PART);
        Files.writeString(unfinished, marker(checksums), StandardCharsets.UTF_8);
        moveWhole(unfinished, folder.resolve(MARKER));
    }

    /** Gives a file that is whole its name, such that it has both or neither after a power failure. */
    void moveWhole(Path from, Path to) throws IOException {
        IOUtils.fsync(from, false);
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        IOUtils.fsync(folder, true);
    }

    /** Throws if so many bytes more would fill the disk to more than nine tenths. */
    void requireRoom(long bytes) throws IOException {
        Files.createDirectories(folder);
        FileStore disk = Files.getFileStore(folder);
        long free = disk.getUsableSpace();
        long kept = disk.getTotalSpace() / 100 * KEPT_FREE_PERCENT;
        if (free - bytes < kept) {
            throw new IOException("the disk of path.data has too little room: " + bytes + " bytes wanted, " + free
                    + " free, of which " + kept + " are left to others");
        }
    }

    /** Removes all but these. */
    void keepOnly(Set<Path> wanted) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (!wanted.contains(entry)) {
                    delete(entry);
                }
            }
        }
    }

    /** Removes it with all that is in it. */
    void delete() throws IOException {
        if (Files.exists(folder)) {
            delete(folder);
        }
    }

    private static void delete(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** One line a file, as {@code sha256sum} prints and checks it. */
    private static String marker(Map<String, String> checksums) {
        StringBuilder lines = new StringBuilder();
        checksums.forEach(
                (name, sum) -> lines.append(sum).append("  ").append(name).append('\n'));
        return lines.toString();
    }
}
