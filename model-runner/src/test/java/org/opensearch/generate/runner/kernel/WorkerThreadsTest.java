// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Priority and cores, as the system itself tells them. */
class WorkerThreadsTest {
    private static final Path SELF = Path.of("/proc/thread-self");
    /** Place of the nice value in {@code stat}, counted after the command's closing parenthesis. */
    private static final int NICE_FIELD = 16;

    @Test
    @EnabledOnOs(OS.LINUX)
    void aThreadGivesWayAndOthersAreLeftAlone() {
        int mine = nice();
        WorkerThreads threads = new WorkerThreads(7, false);
        assertEquals(
                7,
                CompletableFuture.supplyAsync(WorkerThreadsTest::nice, task -> run(threads, task))
                        .join());
        assertEquals(mine, nice());
        assertEquals("", threads.problem());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aPinnedThreadHasOneOfTheProcessesCores() {
        String mine = cores();
        WorkerThreads threads = new WorkerThreads(0, true);
        String pinned = CompletableFuture.supplyAsync(WorkerThreadsTest::cores, task -> run(threads, task))
                .join();
        assertTrue(SystemThreads.allowedCores().get(Integer.parseInt(pinned)), pinned);
        assertEquals(mine, cores());
        assertEquals("", threads.problem());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatTheSystemRefusesIsToldAndHarmsNothing() {
        assertEquals("sched_setaffinity gives error 22", SystemThreads.pin(8191).orElse(""));
    }

    @Test
    void aValueOutOfRangeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new WorkerThreads(-1, false));
        assertThrows(IllegalArgumentException.class, () -> new WorkerThreads(20, false));
    }

    private static void run(WorkerThreads threads, Runnable task) {
        threads.newThread(task).start();
    }

    private static int nice() {
        String stat = String.join("", lines("stat"));
        return Integer.parseInt(
                List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ")).get(NICE_FIELD));
    }

    private static String cores() {
        return lines("status").stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.substring(line.indexOf('\t') + 1))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(SELF.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
