// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.rest.RestHandler;

/** The REST API specifications name every route and no other, and a YAML test calls each of them on each of its paths. */
class RestSpecTest {
    private static final String SPECIFICATIONS = "integ-test/src/test/resources/rest-api-spec";

    private static List<Path> files(String folder, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(Repository.file(SPECIFICATIONS).resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    /** Paths with methods, such as {@code GET /_generate/{}}. */
    private static Set<String> specified() throws IOException {
        Set<String> routes = new TreeSet<>();
        for (Path file : files("api", ".json")) {
            Map<String, Object> api =
                    XContentHelper.convertToMap(JsonXContent.jsonXContent, Files.readString(file), true);
            String name = api.keySet().iterator().next();
            assertEquals(name + ".json", file.getFileName().toString());
            List<?> paths = (List<?>) member(member(member(api, name), "url"), "paths");
            for (Object path : paths) {
                for (Object method : (List<?>) member(path, "methods")) {
                    routes.add(method + " " + nameless(member(path, "path").toString()));
                }
            }
        }
        return routes;
    }

    private static Object member(Object object, String name) {
        return Objects.requireNonNull(((Map<?, ?>) object).get(name), name);
    }

    private static String nameless(String path) {
        return path.replaceAll("\\{[^}]+}", "{}");
    }

    private static Set<String> registered() {
        Set<String> routes = new TreeSet<>();
        try (GeneratePlugin plugin = new GeneratePlugin(Settings.EMPTY, Path.of("config"))) {
            ActionPlugin actions = plugin;
            for (RestHandler handler :
                    actions.getRestHandlers(Settings.EMPTY, null, null, null, null, null, () -> null)) {
                handler.routes().forEach(route -> routes.add(route.getMethod() + " " + nameless(route.getPath())));
            }
        }
        return routes;
    }

    @Test
    void everyRouteIsSpecified() throws IOException {
        assertEquals(registered(), specified());
    }

    @Test
    void everySpecificationIsExercised() throws IOException {
        List<String> called = new ArrayList<>();
        for (Path file : files("test", ".yml")) {
            Matcher call = Pattern.compile("(?m)^ {6}([a-z_.]+):").matcher(Files.readString(file));
            while (call.find()) {
                called.add(call.group(1));
            }
        }
        for (Path file : files("api", ".json")) {
            String name = file.getFileName().toString().replace(".json", "");
            assertTrue(called.contains(name), () -> "no YAML test calls [" + name + "]");
        }
    }
}
