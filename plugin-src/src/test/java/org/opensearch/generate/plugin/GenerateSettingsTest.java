// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.ThreadOptions;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.MemoryBudget;

/** Settings as a node reads them. */
class GenerateSettingsTest {
    private static LoadOptions options(Settings settings) {
        ClusterSettings live = new ClusterSettings(settings, new HashSet<>(GenerateSettings.all()));
        return GenerateSettings.loadOptions(live::get, Path.of("native"), Path.of("packed"), MemoryBudget.UNLIMITED);
    }

    @Test
    void defaultsAreThoseOfTheRunner() {
        LoadOptions runner = LoadOptions.defaults();
        LoadOptions node = options(Settings.EMPTY);
        assertEquals(runner.kvBytes(), node.kvBytes());
        assertEquals(runner.kvType(), node.kvType());
        assertEquals(runner.maxContext(), node.maxContext());
        assertEquals(runner.maxStepTokens(), node.maxStepTokens());
        assertEquals(runner.maxSequences(), node.maxSequences());
        assertEquals(runner.maxQueue(), node.maxQueue());
        assertEquals(runner.device(), node.device());
        assertEquals(runner.kernelLevel(), node.kernelLevel());
    }

    @Test
    void settingsReachTheRunner() {
        LoadOptions options = options(Settings.builder()
                .put("plugins.generate.threads", 3)
                .put("plugins.generate.threads.share", 0.5)
                .put("plugins.generate.threads.nice", 19)
                .put("plugins.generate.threads.pin", true)
                .put("plugins.generate.kv_memory", "64mb")
                .put("plugins.generate.kv_type", "int8")
                .put("plugins.generate.max_context", 1024)
                .put("plugins.generate.max_step_tokens", 16)
                .put("plugins.generate.max_queue", 5)
                .put("plugins.generate.device", "cuda:1")
                .put("plugins.generate.kernel_level", "java")
                .build());
        assertEquals(new ThreadOptions(3, 0.5, 19, true), options.threads());
        assertEquals(64L << 20, options.kvBytes());
        assertEquals(DataType.I8, options.kvType());
        assertEquals(1024, options.maxContext());
        assertEquals(16, options.maxSequences());
        assertEquals(5, options.maxQueue());
        assertEquals("cuda:1", options.device());
        assertEquals("java", options.kernelLevel());
    }

    @ParameterizedTest
    @CsvSource({
        "threads, 0",
        "threads, many",
        "threads.share, 0",
        "threads.share, 1.1",
        "threads.share, all",
        "threads.nice, 20",
        "threads.nice, -1",
        "threads.pin, maybe",
        "kv_memory, -1",
        "kv_type, i8",
        "max_queue, 0",
        "kernel_level, avx",
        "breaker.limit, 120%",
        "breaker.limit, some%",
        "breaker.limit, lots",
        "default_timeout, 0",
        "default_max_completion_tokens, 0"
    })
    void aWrongValueIsNamed(String name, String value) {
        String key = "plugins.generate." + name;
        Settings settings = Settings.builder().put(key, value).build();
        Setting<?> setting = GenerateSettings.all().stream()
                .filter(one -> one.getKey().equals(key))
                .findFirst()
                .orElseThrow();
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> setting.get(settings));
        assertTrue(String.valueOf(refused.getMessage()).contains(name), refused.getMessage());
    }

    @Test
    void halfOfManyProcessorsAndAllOfFew() {
        assertEquals(1, GenerateSettings.defaultThreads(1));
        assertEquals(2, GenerateSettings.defaultThreads(2));
        assertEquals(4, GenerateSettings.defaultThreads(6));
        assertEquals(16, GenerateSettings.defaultThreads(32));
    }

    @Test
    void ingestLeavesPlacesToQuestions() {
        assertEquals(24, GenerateSettings.INGEST_MAX_SEQUENCES.get(Settings.EMPTY));
        Settings few = Settings.builder()
                .put(GenerateSettings.MAX_SEQUENCES.getKey(), 4)
                .build();
        assertEquals(3, GenerateSettings.INGEST_MAX_SEQUENCES.get(few));
        assertEquals(1, GenerateSettings.defaultIngestSequences(1));
        assertEquals(1, GenerateSettings.defaultIngestSequences(2));
    }

    @Test
    void theBreakerTakesAShareOfMemory() {
        assertEquals(500, GenerateSettings.share("50%", 1000).getBytes());
        assertTrue(GenerateSettings.BREAKER_LIMIT.get(Settings.EMPTY).getBytes() > 0);
    }
}
