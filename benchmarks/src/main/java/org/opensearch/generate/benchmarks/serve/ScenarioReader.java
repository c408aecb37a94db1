// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;
import org.opensearch.generate.benchmarks.serve.Scenario.Arrivals;
import org.opensearch.generate.benchmarks.serve.Scenario.Concurrency;
import org.opensearch.generate.benchmarks.serve.Scenario.Kind;
import org.opensearch.generate.benchmarks.serve.Scenario.Load;
import org.opensearch.generate.benchmarks.serve.Scenario.Phase;
import org.opensearch.generate.benchmarks.serve.Scenario.Poisson;

/** Reads scenarios strictly: an unknown field, a wrong type or a value out of range is named with its place. */
final class ScenarioReader {
    private static final int MOST = 1_000_000;
    private static final double MOST_PER_SECOND = 10_000;

    private ScenarioReader() {}

    /** A scenario by its name in {@code benchmarks/scenarios}, or by a path that ends in {@code .json}. */
    static Scenario open(String nameOrPath) {
        Path file = nameOrPath.endsWith(".json")
                ? Path.of(nameOrPath)
                : ResultFile.root().resolve("benchmarks/scenarios").resolve(nameOrPath + ".json");
        return parse(file.toString(), Json.read(file));
    }

    /** @param where what to call the text in errors */
    static Scenario parse(String where, String text) {
        Fields fields = new Fields(where + ": ", Json.parse(where, text));
        List<Phase> phases = new ArrayList<>();
        String name = fields.text("name");
        String about = fields.text("about");
        long seed = fields.number("seed", 0, MOST, 0);
        for (Fields phase : fields.objects("phases")) {
            phases.add(phase(phase));
        }
        fields.end();
        return new Scenario(name, about, seed, List.copyOf(phases));
    }

    private static Phase phase(Fields fields) {
        String name = fields.text("name");
        List<Load> loads = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Fields load : fields.objects("loads")) {
            loads.add(load(load));
            if (!names.add(loads.getLast().name())) {
                throw load.wrong("name", "a name of its own", loads.getLast().name());
            }
        }
        fields.end();
        if (loads.stream().allMatch(load -> load.requests().isEmpty())) {
            throw fields.wrong("loads", "one load at least with requests, or the phase never ends", "none");
        }
        return new Phase(name, List.copyOf(loads));
    }

    private static Load load(Fields fields) {
        String name = fields.text("name");
        String kindName = fields.text("kind");
        Arrivals arrivals = arrivals(fields.object("arrivals"));
        OptionalInt requests =
                fields.has("requests") ? OptionalInt.of(fields.number("requests", 1, MOST)) : OptionalInt.empty();
        int warmUp = fields.number("warm_up", 0, MOST, 0);
        Kind kind;
        int promptTokens = 0;
        int sharedPrefixTokens = 0;
        int questionsPerContext = 1;
        int newTokens = 0;
        if (kindName.equals("searches")) {
            kind = Kind.SEARCHES;
        } else if (kindName.equals("answers")) {
            kind = Kind.ANSWERS;
            promptTokens = fields.number("prompt_tokens", 1, MOST);
            sharedPrefixTokens = fields.number("shared_prefix_tokens", 0, promptTokens, 0);
            questionsPerContext = fields.number("questions_per_context", 1, MOST, 1);
            newTokens = fields.number("new_tokens", 1, MOST);
        } else {
            throw fields.wrong("kind", "answers or searches", kindName);
        }
        fields.end();
        return new Load(
                name,
                kind,
                arrivals,
                requests,
                warmUp,
                promptTokens,
                sharedPrefixTokens,
                questionsPerContext,
                newTokens);
    }

    private static Arrivals arrivals(Fields fields) {
        Arrivals arrivals;
        if (fields.has("concurrency")) {
            arrivals = new Concurrency(fields.number("concurrency", 1, MOST));
        } else if (fields.has("poisson_per_second")) {
            arrivals = new Poisson(fields.real("poisson_per_second", MOST_PER_SECOND));
        } else {
            throw fields.wrong("", "concurrency or poisson_per_second", "neither");
        }
        fields.end();
        return arrivals;
    }

    /** An object whose fields are taken one by one; what is left at the end is unknown. */
    private static final class Fields {
        private final String place;
        private final JsonNode node;
        private final Set<String> taken = new HashSet<>();

        /** @param place how to call the object in errors: the file and a path that ends in a dot, or nothing after the file */
        Fields(String place, JsonNode node) {
            this.place = place;
            this.node = node;
            if (!node.isObject()) {
                throw wrong("", "an object", shown(node));
            }
        }

        boolean has(String name) {
            return node.has(name);
        }

        String text(String name) {
            JsonNode value = take(name, "a text");
            if (!value.isTextual() || value.asText().isBlank()) {
                throw wrong(name, "a text", shown(value));
            }
            return value.asText();
        }

        int number(String name, int least, int most, int absent) {
            return has(name) ? number(name, least, most) : absent;
        }

        int number(String name, int least, int most) {
            String wanted = "a whole number from " + least + " to " + most;
            JsonNode value = take(name, wanted);
            if (!value.isIntegralNumber()
                    || !value.canConvertToInt()
                    || value.asInt() < least
                    || value.asInt() > most) {
                throw wrong(name, wanted, shown(value));
            }
            return value.asInt();
        }

        double real(String name, double most) {
            String wanted = String.format(Locale.ROOT, "a number above 0, at most %.0f", most);
            JsonNode value = take(name, wanted);
            if (!value.isNumber() || !(value.asDouble() > 0) || value.asDouble() > most) {
                throw wrong(name, wanted, shown(value));
            }
            return value.asDouble();
        }

        Fields object(String name) {
            return new Fields(place + name + ".", take(name, "an object"));
        }

        List<Fields> objects(String name) {
            JsonNode value = take(name, "a list");
            if (!value.isArray() || value.isEmpty()) {
                throw wrong(name, "a list with one object at least", shown(value));
            }
            List<Fields> objects = new ArrayList<>();
            for (int i = 0; i < value.size(); i++) {
                objects.add(new Fields(place + name + "[" + i + "].", value.get(i)));
            }
            return objects;
        }

        void end() {
            node.fieldNames().forEachRemaining(name -> {
                if (!taken.contains(name)) {
                    throw wrong(
                            name,
                            "no such field, known are "
                                    + taken.stream().sorted().toList(),
                            "it");
                }
            });
        }

        IllegalArgumentException wrong(String name, String wanted, String found) {
            String path = name.isEmpty() && place.endsWith(".") ? place.substring(0, place.length() - 1) : place + name;
            return new IllegalArgumentException(
                    path + (path.endsWith(" ") ? "" : ": ") + "wanted " + wanted + ", found " + found);
        }

        private JsonNode take(String name, String wanted) {
            taken.add(name);
            JsonNode value = node.get(name);
            if (value == null) {
                throw wrong(name, wanted, "nothing");
            }
            return value;
        }

        private static String shown(JsonNode value) {
            String text = value.toString();
            return text.length() <= 60 ? text : text.substring(0, 60) + "…";
        }
    }
}
