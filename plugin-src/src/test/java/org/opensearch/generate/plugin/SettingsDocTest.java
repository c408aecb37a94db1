// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;

/** {@code docs/settings.md} tells of each setting what is true: name, default, range, dynamic or not. */
class SettingsDocTest {
    private static final String PREFIX = "plugins.generate.";
    private static final String DOCUMENT = "docs/settings.md";

    private static final Pattern RANGE =
            Pattern.compile("(from|above) `(-?[0-9.]+)([a-z%]*)`(?: to `([0-9.]+)([a-z%]*)`)?(?:, or .+)?");

    /** A row of the tables. */
    private record Row(String name, String standard, String range, String dynamic) {
        static Row of(List<String> cells) {
            assertEquals(5, cells.size(), () -> "cells of " + cells);
            return new Row(Repository.bare(cells.get(0)), cells.get(1), cells.get(2), cells.get(3));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Row> rows() {
        return Repository.rows(DOCUMENT).stream().map(Row::of);
    }

    private static Map<String, Setting<?>> settings() {
        return GenerateSettings.all().stream()
                .collect(Collectors.toMap(Setting::getKey, Function.identity(), (a, b) -> a, TreeMap::new));
    }

    private static Setting<?> setting(Row row) {
        return Objects.requireNonNull(settings().get(PREFIX + row.name), () -> "there is no setting [" + row + "]");
    }

    @Test
    void everySettingHasOneRow() {
        assertEquals(
                List.copyOf(settings().keySet()),
                rows().map(row -> PREFIX + row.name).sorted().toList());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theDefaultIsTrue(Row row) {
        Setting<?> setting = setting(row);
        String raw = setting.getDefaultRaw(Settings.EMPTY);
        if (row.standard.equals("none")) {
            assertTrue(raw.isEmpty() || raw.equals("[]"), raw);
        } else if (row.standard.contains("`")) {
            assertEquals(Repository.bare(row.standard), raw);
        } else {
            Settings many = Settings.builder().put("node.processors", 1).build();
            assertNotEquals(setting.getDefaultRaw(many), raw, "a default in words depends on the machine");
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void dynamicOrNotIsTrue(Row row) {
        assertTrue(List.of("yes", "next load", "no").contains(row.dynamic), row.dynamic);
        assertEquals(setting(row).isDynamic(), !row.dynamic.equals("no"));
    }

    /** A range has ends, which the setting takes, and takes nothing beyond; anything else is a list of all values, or words. */
    @ParameterizedTest
    @MethodSource("rows")
    void theRangeIsTrue(Row row) {
        Setting<?> setting = setting(row);
        Matcher range = RANGE.matcher(row.range);
        if (range.matches()) {
            String unit = String.valueOf(range.group(3));
            double least = Double.parseDouble(range.group(2));
            if (range.group(1).equals("above")) {
                refuses(setting, number(least) + unit);
            } else {
                takes(setting, number(least) + unit);
                refuses(setting, number(least == 0 ? -2 : least - 1) + unit);
            }
            String most = range.group(4);
            if (most != null) {
                takes(setting, most + range.group(5));
                refuses(setting, number(Double.parseDouble(most) + 1) + range.group(5));
            }
        } else if (row.range.contains("`")) {
            Matcher value = Pattern.compile("`([^`]+)`").matcher(row.range);
            while (value.find()) {
                takes(setting, value.group(1));
            }
            refuses(setting, "anything");
        } else {
            assertTrue(
                    setting.get(Settings.EMPTY) instanceof String
                            || setting.get(Settings.EMPTY) instanceof List
                            || setting.get(Settings.EMPTY) instanceof Settings,
                    row.range);
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static void takes(Setting<?> setting, String value) {
        Settings settings = Settings.builder().put(setting.getKey(), value).build();
        assertDoesNotThrow(() -> setting.get(settings), value);
    }

    private static void refuses(Setting<?> setting, String value) {
        Settings settings = Settings.builder().put(setting.getKey(), value).build();
        assertThrows(IllegalArgumentException.class, () -> setting.get(settings), value);
    }
}
