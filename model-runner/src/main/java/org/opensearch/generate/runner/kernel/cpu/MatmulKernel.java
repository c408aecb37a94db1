// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import org.jspecify.annotations.Nullable;

/** The ways in which the C kernels multiply; all give the same bits. */
enum MatmulKernel {
    /** Weights are used as they are packed: for few tokens. */
    STREAMED(0, null),
    /** Weights are unpacked into panels that stay in the cache while all tokens pass: for many tokens. */
    PANELS(1, CpuLevel.AVX512VNNI),
    /** Panels, multiplied by the processor's matrix unit: for many tokens. */
    TILES(2, CpuLevel.AMX);

    private final int code;
    private final @Nullable CpuLevel least;

    MatmulKernel(int code, @Nullable CpuLevel least) {
        this.code = code;
        this.least = least;
    }

    /** Its number in {@code kernels.h}. */
    long code() {
        return code;
    }

    /** Whether a level has it. */
    boolean at(CpuLevel level) {
        return least == null || level.downwards().contains(least);
    }
}
