// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Java process of this machine, as Linux and {@code jcmd} show it. */
final class JavaProcess {
    private static final Pattern CLASS = Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+)");
    private static final int KILOBYTE = 1024;
    private final long pid;

    /** Throws {@link IllegalArgumentException} if there is no such process here. */
    JavaProcess(long pid) {
        this.pid = pid;
        if (!Files.isReadable(Path.of("/proc", Long.toString(pid), "status"))) {
            throw new IllegalArgumentException(
                    "wanted nodes on this machine, to look at their processes; found none with id " + pid);
        }
    }

    /** Bytes by their name in {@code /proc/PID/status}: {@code VmRSS}, {@code RssAnon}, … */
    long bytes(String name) throws IOException {
        String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"));
        Matcher matcher = Pattern.compile("(?m)^" + name + ":\\s*(\\d+) kB").matcher(status);
        if (!matcher.find()) {
            throw new IOException("/proc/" + pid + "/status has no " + name);
        }
        return Long.parseLong(matcher.group(1)) * KILOBYTE;
    }

    /** Collects all garbage, then counts: bytes of live objects by class. The process stands still meanwhile. */
    Map<String, Long> liveBytes() throws IOException, InterruptedException {
        // Into a file: the process writes while it stands still, and should not wait for a reader.
        Path file = Files.createTempFile("histogram", ".txt");
        try {
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            int status = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .redirectOutput(file.toFile())
                    .start()
                    .waitFor();
            String text = Files.readString(file);
            if (status != 0) {
                throw new IOException("jcmd " + pid + " GC.class_histogram: " + text.strip());
            }
            return bytesByClass(text);
        } finally {
            Files.delete(file);
        }
    }

    private static Map<String, Long> bytesByClass(String histogram) {
        Map<String, Long> bytes = new HashMap<>();
        for (Matcher matcher = CLASS.matcher(histogram); matcher.find(); ) {
            bytes.merge(matcher.group(3), Long.parseLong(matcher.group(2)), Long::sum);
        }
        return bytes;
    }
}
