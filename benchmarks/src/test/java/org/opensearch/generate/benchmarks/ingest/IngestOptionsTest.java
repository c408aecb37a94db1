// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;

class IngestOptionsTest {
    private static IngestOptions parsed(String... arguments) {
        IngestOptions options = new IngestOptions();
        options.parse(arguments);
        return options;
    }

    @Test
    void whatIsMissingOrOutOfRangeIsNamed() {
        assertThrows(
                IllegalArgumentException.class, () -> parsed("--model", "m").url());
        assertThrows(IllegalArgumentException.class, () -> parsed("--url", "http://a:1")
                .model());
        IllegalArgumentException none = assertThrows(
                IllegalArgumentException.class, () -> parsed("--alone", "0").alone());
        assertTrue(String.valueOf(none.getMessage()).contains("alone: wanted at least 1, found 0"), none::toString);
    }

    @Test
    void aThousandDocumentsTogetherUnlessToldOtherwise() {
        IngestOptions options = parsed("--url", "http://a:1", "--model", "m", "--max-tokens", "8");
        assertEquals(URI.create("http://a:1"), options.url());
        assertEquals(1000, options.together());
        assertEquals(8, options.maxTokens());
    }
}
