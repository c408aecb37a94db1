// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JavaProcessTest {
    private final JavaProcess self = new JavaProcess(ProcessHandle.current().pid());

    @Test
    void liveObjectsAreCountedByClass() throws Exception {
        long before = self.liveBytes().getOrDefault("[J", 0L);
        long[] held = new long[1 << 20];
        Map<String, Long> live = self.liveBytes();
        assertTrue(live.getOrDefault("[J", 0L) - before > 7L << 20, () -> live.get("[J") + " after " + before);
        assertTrue(held[0] == 0 && live.containsKey("java.lang.String"));
    }

    @Test
    void residentMemoryIsTheSystems() throws Exception {
        assertTrue(self.bytes("VmRSS") >= self.bytes("RssAnon"));
        assertTrue(self.bytes("RssAnon") > 1 << 20);
    }

    @Test
    void aProcessThatIsNotHereIsNamed() {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> new JavaProcess(Long.MAX_VALUE));
        assertTrue(String.valueOf(error.getMessage()).contains(Long.toString(Long.MAX_VALUE)));
    }
}
