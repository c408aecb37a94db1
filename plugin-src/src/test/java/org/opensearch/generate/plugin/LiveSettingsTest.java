// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.KeyStoreWrapper;
import org.opensearch.common.settings.Settings;

/** Settings of opensearch.yml and of the running cluster, seen as one. */
class LiveSettingsTest {
    /** As a node's: with a keystore. */
    private final Settings node = Settings.builder()
            .put(GenerateSettings.MAX_SEQUENCES.getKey(), 4)
            .put("node.processors", 1)
            .setSecureSettings(KeyStoreWrapper.create())
            .build();

    private final ClusterSettings cluster = new ClusterSettings(node, new HashSet<>(GenerateSettings.all()));
    private final LiveSettings live = new LiveSettings(cluster, node);

    @Test
    void aDefaultFollowsAnotherSettingWhereverItStands() {
        assertEquals(3, live.get(GenerateSettings.INGEST_MAX_SEQUENCES));
        assertEquals(1, live.get(GenerateSettings.THREADS));
        change(Settings.builder()
                .put(GenerateSettings.MAX_SEQUENCES.getKey(), 16)
                .build());
        assertEquals(12, live.get(GenerateSettings.INGEST_MAX_SEQUENCES));
        assertEquals(1, live.get(GenerateSettings.THREADS));
        change(Settings.EMPTY);
        assertEquals(3, live.get(GenerateSettings.INGEST_MAX_SEQUENCES));
    }

    @Test
    void whatWasChangedIsSeenUntilItIsTakenBack() {
        change(Settings.builder()
                .put(GenerateSettings.INGEST_MAX_SEQUENCES.getKey(), 2)
                .build());
        assertEquals(2, live.get(GenerateSettings.INGEST_MAX_SEQUENCES));
        assertEquals(4, live.get(GenerateSettings.MAX_SEQUENCES));
        change(Settings.EMPTY);
        assertEquals(3, live.get(GenerateSettings.INGEST_MAX_SEQUENCES));
    }

    private void change(Settings settings) {
        cluster.applySettings(settings);
    }
}
