// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.Test;

class MachineTest {
    @Test
    void namesTheProcessorAndTheFlagsThatKernelsAskFor() {
        Machine machine = Machine.of(
                "processor\t: 0\nmodel name\t: Example 9000\nflags\t\t: fpu avx2 sse2 fma avx512_vnni amx_int8\n",
                "MemTotal:       2048 kB\nMemFree: 1 kB\n");
        assertEquals("Example 9000", machine.processor());
        assertEquals(List.of("avx2", "fma", "avx512_vnni", "amx_int8"), machine.flags());
        assertEquals(2048 * 1024, machine.memoryBytes());
    }

    @Test
    void whatTheSystemDoesNotSayStaysEmpty() {
        Machine machine = Machine.of("", "");
        assertFalse(machine.processor().isEmpty());
        assertEquals(List.of(), machine.flags());
        assertEquals(0, machine.memoryBytes());
    }
}
