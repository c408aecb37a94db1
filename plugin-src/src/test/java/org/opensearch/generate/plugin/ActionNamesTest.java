// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.opensearch.common.settings.Settings;

/** Roles are written in action names: each has the prefix of its kind, and {@code docs/security.md} lists it. */
class ActionNamesTest {
    private static final List<String> PREFIXES =
            List.of("indices:data/read/", "cluster:monitor/generate/", "cluster:admin/generate/");

    private static Set<String> names() {
        Set<String> names = new TreeSet<>();
        try (GeneratePlugin plugin = new GeneratePlugin(Settings.EMPTY, Path.of("config"))) {
            plugin.getActions().forEach(handler -> names.add(handler.getAction().name()));
        }
        return names;
    }

    @Test
    void eachActionHasThePrefixOfItsKind() {
        for (String name : names()) {
            assertTrue(PREFIXES.stream().anyMatch(name::startsWith), name);
            assertTrue(name.contains("generate"), name);
        }
    }

    @Test
    void eachActionIsDocumented() {
        Set<String> documented = new TreeSet<>();
        for (List<String> cells : Repository.rows("docs/security.md")) {
            String name = Repository.bare(cells.getFirst());
            if (name.contains(":") && !name.endsWith("*")) {
                documented.add(name);
            }
        }
        assertEquals(names(), documented);
    }
}
