// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What the C kernels ask of a processor: the levels of each family of processors, from the least on. */
public enum CpuLevel {
    /** Nothing beyond the processor family. */
    BASELINE("any", 0),
    /** AVX2 and FMA. */
    AVX2("x86_64", 1),
    /** AVX-512 F, BW, DQ, VL and VNNI. */
    AVX512VNNI("x86_64", 2),
    /** The same, and AMX with 8-bit integers. */
    AMX("x86_64", 3),
    /** The dot product instructions of Armv8.2. */
    DOTPROD("aarch64", 1),
    /** The dot product and 8-bit matrix multiply instructions of Armv8.6. */
    I8MM("aarch64", 2);

    private final String architecture;
    private final int code;

    CpuLevel(String architecture, int code) {
        this.architecture = architecture;
        this.code = code;
    }

    /** The level of an architecture that {@code generate_level} names. */
    static CpuLevel of(String architecture, long code) {
        return Arrays.stream(values())
                .filter(l -> l.isFor(architecture) && l.code == code)
                .findFirst()
                .orElse(BASELINE);
    }

    /** Whether processors of this architecture, such as {@code x86_64}, can have the level. */
    boolean isFor(String wanted) {
        return this == BASELINE || architecture.equals(wanted);
    }

    /** The processor family, such as {@code x86_64}; {@code any} for the baseline. */
    String architecture() {
        return architecture;
    }

    /** The name in settings, statistics and file names. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** This level and those of its family that need less, the best first. */
    List<CpuLevel> downwards() {
        return Arrays.stream(values())
                .filter(l -> l.isFor(architecture) && l.code <= code)
                .sorted(Comparator.reverseOrder())
                .toList();
    }
}
