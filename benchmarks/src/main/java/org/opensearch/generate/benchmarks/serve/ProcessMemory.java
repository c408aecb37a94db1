// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resident memory of a process, as Linux counts it. */
public final class ProcessMemory {
    private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s*(\\d+) kB");

    private ProcessMemory() {}

    /** The most bytes that a process had resident since it started. Throws {@link IllegalArgumentException} for an unknown one. */
    public static long peakBytes(long pid) {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.isReadable(status)) {
            throw new IllegalArgumentException("--pid: no process " + pid + " that can be looked at");
        }
        try {
            Matcher matcher = PEAK.matcher(Files.readString(status));
            if (!matcher.find()) {
                throw new IllegalArgumentException("--pid: process " + pid + " has no memory of its own");
            }
            return Long.parseLong(matcher.group(1)) << 10;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
