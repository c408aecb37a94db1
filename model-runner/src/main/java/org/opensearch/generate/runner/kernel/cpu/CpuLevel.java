// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What the C kernels ask of a processor, from the least on. */
public enum CpuLevel {
    /** Nothing beyond the processor family. */
    BASELINE(0),
    /** AVX2 and FMA. */
    AVX2(1),
    /** AVX-512 F, BW, DQ, VL and VNNI. */
    AVX512VNNI(2);

    private final int code;

    CpuLevel(int code) {
        this.code = code;
    }

    /** The level that {@code generate_level} names. */
    static CpuLevel of(long code) {
        return Arrays.stream(values()).filter(l -> l.code == code).findFirst().orElse(BASELINE);
    }

    /** The name in settings, statistics and file names. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** This level and those that need less, the best first. */
    List<CpuLevel> downwards() {
        return Arrays.stream(values())
                .filter(l -> l.compareTo(this) <= 0)
                .sorted(Comparator.reverseOrder())
                .toList();
    }
}
