// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;

/** Files come whole or not at all, and what came before a failure is not fetched again. */
class FetchTest {
    private static final String WEIGHTS = "model.safetensors";
    private static final String CONFIG = "config.json";

    @TempDir
    private Path root = Path.of("");

    private final Shelf shelf = new Shelf();
    private final DeployTask task = new DeployTask(1, "test", "deploy", "", TaskId.EMPTY_TASK_ID, Map.of());
    private final Map<String, String> checksums = new TreeMap<>();

    /** Files in memory, and what was read of them. */
    private static final class Shelf implements RemoteFiles {
        private final Map<String, byte[]> files = new HashMap<>();
        private final List<String> opened = new ArrayList<>();
        private int breakAfter = Integer.MAX_VALUE;

        @Override
        public long length(String name) throws IOException {
            byte[] file = files.get(name);
            if (file == null) {
                throw new NoSuchFileException(name);
            }
            return file.length;
        }

        @Override
        public InputStream open(String name, long from, long length) {
            opened.add(name + "@" + from);
            byte[] file = files.getOrDefault(name, new byte[0]);
            int end = Math.min(file.length, breakAfter);
            return new ByteArrayInputStream(Arrays.copyOfRange(file, (int) Math.min(from, end), end));
        }
    }

    private byte[] put(String name, int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        shelf.files.put(name, bytes);
        checksums.put(name, HexFormat.of().formatHex(MessageDigests.sha256().digest(bytes)));
        return bytes;
    }

    private DeploymentFolder folder() {
        return new DeploymentFolder(root.resolve("m"));
    }

    private void fetch() throws IOException {
        new Fetch(shelf, folder(), task).run(checksums);
    }

    private List<String> found() throws IOException {
        try (Stream<Path> files = Files.list(folder().path())) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void allFilesComeAndAreCounted() throws IOException {
        byte[] weights = put(WEIGHTS, 3_000_000);
        put(CONFIG, 10);
        assertFalse(folder().isComplete(checksums));
        fetch();
        assertEquals(List.of(DeploymentFolder.MARKER, CONFIG, WEIGHTS), found());
        assertArrayEquals(weights, Files.readAllBytes(folder().file(WEIGHTS)));
        assertTrue(folder().isComplete(checksums));
        assertEquals(3_000_010, task.getStatus().download().doneBytes());
        assertEquals(3_000_010, task.getStatus().download().totalBytes());
        checksums.put(CONFIG, Deployments.SUM);
        assertFalse(folder().isComplete(checksums), "another content is wanted");
    }

    @Test
    void aBrokenDownloadGoesOnWhereItBroke() throws IOException {
        byte[] weights = put(WEIGHTS, 3_000_000);
        put(CONFIG, 10);
        shelf.breakAfter = 1_234_567;
        EOFException early = assertThrows(EOFException.class, this::fetch);
        assertTrue(String.valueOf(early.getMessage()).contains(WEIGHTS), early.getMessage());
        assertFalse(Files.exists(folder().file(WEIGHTS)), "a part has not the whole's name");
        shelf.breakAfter = Integer.MAX_VALUE;
        shelf.opened.clear();
        fetch();
        assertEquals(List.of(WEIGHTS + "@1234567"), shelf.opened, "the configuration was there");
        assertArrayEquals(weights, Files.readAllBytes(folder().file(WEIGHTS)));
        assertEquals(3_000_010, task.getStatus().download().doneBytes());
    }

    @Test
    void aSpoiledPartIsFetchedAnew() throws IOException {
        byte[] weights = put(WEIGHTS, 300);
        Files.createDirectories(folder().path());
        Files.write(folder().part(WEIGHTS, checksums.getOrDefault(WEIGHTS, "")), new byte[100]);
        fetch();
        assertEquals(List.of(WEIGHTS + "@100", WEIGHTS + "@0"), shelf.opened);
        assertArrayEquals(weights, Files.readAllBytes(folder().file(WEIGHTS)));
    }

    @Test
    void theWrongContentIsDeletedAndNamed() throws IOException {
        put(WEIGHTS, 300);
        checksums.put(WEIGHTS, Deployments.SUM);
        ChecksumException wrong = assertThrows(ChecksumException.class, this::fetch);
        assertTrue(String.valueOf(wrong.getMessage()).contains(WEIGHTS), wrong.getMessage());
        assertTrue(String.valueOf(wrong.getMessage()).contains(Deployments.SUM), wrong.getMessage());
        assertEquals(List.of(), found());
        assertEquals(1, shelf.opened.size(), "once is enough");
    }

    @Test
    void whatDoesNotBelongThereIsRemoved() throws IOException {
        put(WEIGHTS, 300);
        Files.createDirectories(folder().path());
        Files.writeString(folder().path().resolve("other.safetensors"), "x");
        Files.writeString(folder().path().resolve("other.safetensors.0123.part"), "x");
        fetch();
        assertEquals(List.of(DeploymentFolder.MARKER, WEIGHTS), found());
    }

    @Test
    void aMissingFileIsNamedAndNothingIsFetched() {
        put(WEIGHTS, 300);
        checksums.put(CONFIG, Deployments.SUM);
        NoSuchFileException missing = assertThrows(NoSuchFileException.class, this::fetch);
        assertEquals(CONFIG, missing.getFile());
        assertEquals(List.of(), shelf.opened);
    }

    @Test
    void aFullDiskIsNoticedBefore() throws IOException {
        IOException full = assertThrows(IOException.class, () -> folder().requireRoom(Long.MAX_VALUE / 2));
        assertTrue(String.valueOf(full.getMessage()).contains("too little room"), full.getMessage());
        folder().requireRoom(0);
    }

    @Test
    void aCancelledTaskStops() {
        put(WEIGHTS, 3_000_000);
        task.cancel("by request");
        assertThrows(TaskCancelledException.class, this::fetch);
        assertEquals(List.of(), shelf.opened);
    }

    @Test
    void aFolderIsRemovedWithAllThatIsInIt() throws IOException {
        put(WEIGHTS, 300);
        fetch();
        assertEquals(List.of("m"), List.copyOf(DeploymentFolder.list(root)));
        folder().delete();
        folder().delete();
        assertEquals(List.of(), List.copyOf(DeploymentFolder.list(root)));
    }
}
