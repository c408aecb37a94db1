// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.slowlog;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.unit.TimeValue;

/** The slow log's settings; {@code docs/settings.md} describes them. */
public final class SlowLogSettings {
    static final String PREFIX = "plugins.generate.slowlog";
    /** From the worst on. */
    static final List<Level> LEVELS = List.of(Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE);

    private static final TimeValue OFF = TimeValue.timeValueMillis(-1);
    private static final int LONGEST_PROMPT = 10_000;

    /** Characters of the question that a line shows. */
    static final Setting<Integer> PROMPT_LENGTH =
            Setting.intSetting(PREFIX + ".prompt_length", 0, 0, LONGEST_PROMPT, Property.NodeScope, Property.Dynamic);

    /** For each phase, in the order of {@link #LEVELS}. */
    static final Map<Phase, List<Setting<TimeValue>>> THRESHOLDS = thresholds();

    private SlowLogSettings() {}

    /** All of them. */
    public static List<Setting<?>> all() {
        List<Setting<?>> all = new ArrayList<>(List.of(PROMPT_LENGTH));
        THRESHOLDS.values().forEach(all::addAll);
        return List.copyOf(all);
    }

    private static Map<Phase, List<Setting<TimeValue>>> thresholds() {
        Map<Phase, List<Setting<TimeValue>>> thresholds = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            thresholds.put(
                    phase, LEVELS.stream().map(level -> threshold(phase, level)).toList());
        }
        return thresholds;
    }

    private static Setting<TimeValue> threshold(Phase phase, Level level) {
        String key = PREFIX + ".threshold." + phase.key() + "." + level.name().toLowerCase(Locale.ROOT);
        return Setting.timeSetting(key, OFF, OFF, Property.NodeScope, Property.Dynamic);
    }
}
