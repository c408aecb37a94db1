// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.runner.engine.EngineLimits;

/** Settings that say how models are shared, among users and over time; {@code docs/limits.md} describes each. */
final class SharingSettings {
    private static final String PREFIX = "plugins.generate.";
    private static final double MOST_WEIGHT = 1000;

    static final Setting<Settings> WEIGHTS = Setting.groupSetting(
            PREFIX + "fairness.weights.", SharingSettings::weights, Property.NodeScope, Property.Dynamic);

    static final Setting<Double> INGEST_SHARE = Setting.doubleSetting(
            PREFIX + "fairness.ingest_share",
            EngineLimits.DEFAULT_INGEST_SHARE,
            0,
            1,
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Integer> USER_REQUESTS =
            Setting.intSetting(PREFIX + "user_limits.requests", 0, 0, Property.NodeScope, Property.Dynamic);

    static final Setting<Long> USER_TOKENS =
            Setting.longSetting(PREFIX + "user_limits.tokens_per_minute", 0, 0, Property.NodeScope, Property.Dynamic);

    static final Setting<TimeValue> IDLE_TIMEOUT = Setting.timeSetting(
            PREFIX + "idle_timeout", TimeValue.ZERO, TimeValue.ZERO, Property.NodeScope, Property.Dynamic);

    private SharingSettings() {}

    static List<Setting<?>> all() {
        return List.of(WEIGHTS, INGEST_SHARE, USER_REQUESTS, USER_TOKENS, IDLE_TIMEOUT);
    }

    /** How an engine is shared by these settings. */
    static EngineLimits limits(GenerateSettings.SettingReader settings) {
        return new EngineLimits(
                weights(settings.get(WEIGHTS)),
                settings.get(INGEST_SHARE),
                settings.get(USER_REQUESTS),
                settings.get(USER_TOKENS));
    }

    private static Map<String, Double> weights(Settings group) {
        Map<String, Double> weights = new HashMap<>();
        for (String user : group.keySet()) {
            weights.put(user, weight(user, String.valueOf(group.get(user))));
        }
        return weights;
    }

    private static double weight(String user, String text) {
        double weight;
        try {
            weight = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            weight = Double.NaN;
        }
        if (!(weight >= 1 / MOST_WEIGHT && weight <= MOST_WEIGHT)) {
            throw new IllegalArgumentException("[" + WEIGHTS.getKey() + user + "] must be a number from "
                    + 1 / MOST_WEIGHT + " to " + MOST_WEIGHT + ", found [" + text + "]");
        }
        return weight;
    }
}
