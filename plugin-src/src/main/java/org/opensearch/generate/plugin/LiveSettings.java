// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.util.List;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;

/**
 * The present values of this plugin's settings: the cluster's where it was changed while the node runs, those of opensearch.yml
 * otherwise. Defaults that follow another setting see it wherever it stands; those of {@link ClusterSettings#get} look at what was
 * changed alone. Without the keystore. Thread-safe.
 */
final class LiveSettings implements GenerateSettings.SettingReader {
    private final Settings node;
    private volatile Settings all;

    /**
     * Follows the settings from now on.
     *
     * @param node those of opensearch.yml
     */
    LiveSettings(ClusterSettings cluster, Settings node) {
        this.node = node;
        this.all = node;
        List<Setting<?>> dynamic =
                GenerateSettings.all().stream().filter(Setting::isDynamic).toList();
        cluster.addSettingsUpdateConsumer(this::changed, dynamic);
    }

    private void changed(Settings dynamic) {
        all = Settings.builder().put(node, false).put(dynamic, false).build();
    }

    @Override
    public <T> T get(Setting<T> setting) {
        return setting.get(all);
    }
}
