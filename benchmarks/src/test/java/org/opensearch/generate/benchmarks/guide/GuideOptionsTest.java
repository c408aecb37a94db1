// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.benchmarks.options.CommandOptions;

class GuideOptionsTest {
    @Test
    void theUsualVocabularyIsThatOfLargeModels() {
        MaskOptions options = read(new MaskOptions());
        assertEquals(128_256, options.vocabulary());
        assertEquals(20_000, new SyllableTokenizer(20_000).size());
    }

    @Test
    void aVocabularyHasRoomForItsSigns() {
        MaskOptions options = read(new MaskOptions(), "--vocabulary", "1000");
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, options::vocabulary);
        assertEquals("vocabulary: wanted at least 16384, found 1000", refused.getMessage());
    }

    @Test
    void extractionsWantAModel() {
        ExtractOptions options = read(new ExtractOptions(), "--model", "a.gguf", "--together", "16");
        assertEquals(Path.of("a.gguf"), options.model());
        assertEquals(32, options.extractions());
        assertEquals(16, options.together());
        assertTrue(options.threads() > 0);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> read(new ExtractOptions()).model());
        assertEquals("wanted --model, see --help", refused.getMessage());
    }

    private static <T extends CommandOptions> T read(T options, String... arguments) {
        options.parse(arguments);
        return options;
    }
}
