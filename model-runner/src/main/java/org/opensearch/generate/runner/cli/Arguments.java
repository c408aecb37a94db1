// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.KvTypes;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.ThreadOptions;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/** A command's words and its {@code --name value} options; every mistake is an {@link IllegalArgumentException} that names it. */
final class Arguments {
    private static final Set<String> LOADING =
            Set.of("threads", "device", "kernel-level", "native-folder", "kv-type", "context", "step-tokens", "cache");
    private static final Set<String> FLAGS = Set.of("json");

    private final List<String> words = new ArrayList<>();
    private final Map<String, String> options = new LinkedHashMap<>();

    Arguments(List<String> arguments, Set<String> known) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("-")) {
                words.add(argument);
                continue;
            }
            String name = argument.substring(argument.startsWith("--") ? 2 : 1);
            if (!known.contains(name) && !LOADING.contains(name) && !FLAGS.contains(name)) {
                throw new IllegalArgumentException("unknown option " + argument);
            }
            if (FLAGS.contains(name)) {
                options.put(name, "true");
            } else if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException(argument + " needs a value");
            } else {
                options.put(name, arguments.get(++i));
            }
        }
    }

    /** The only word, a path. */
    Path path() {
        if (words.size() != 1) {
            throw new IllegalArgumentException("one model is wanted, found " + words);
        }
        return Path.of(words.getFirst());
    }

    boolean has(String name) {
        return options.containsKey(name);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(options.get(name));
    }

    int number(String name, int otherwise) {
        return (int) decimal(name, otherwise);
    }

    double decimal(String name, double otherwise) {
        String value = options.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " needs a number, found " + value, e);
        }
    }

    /** How tokens may be drafted. */
    SpeculationOptions speculation() {
        return new SpeculationOptions(
                text("speculation").map(Mode::of).orElse(draftModel().isPresent() ? Mode.DRAFT_MODEL : Mode.AUTO),
                number("max-draft-tokens", SpeculationOptions.DEFAULT_DRAFT_TOKENS),
                text("draft-model").orElse(""),
                "");
    }

    /** The model that drafts. */
    Optional<Path> draftModel() {
        return text("draft-model").map(Path::of);
    }

    /** How to load, with the given number of places for answers. */
    LoadOptions loading(int sequences, long kvBytes) {
        LoadOptions defaults = LoadOptions.defaults();
        return new LoadOptions(
                ThreadOptions.of(number("threads", defaults.threads().count())),
                kvBytes,
                text("kv-type").map(KvTypes::of).orElse(defaults.kvType()),
                number("context", 0),
                Math.max(sequences, number("step-tokens", defaults.maxStepTokens())),
                sequences,
                Math.max(sequences, defaults.maxQueue()),
                text("device").orElse(defaults.device()),
                text("kernel-level").orElse(defaults.kernelLevel()),
                text("native-folder")
                        .or(() -> Optional.ofNullable(System.getProperty("generate.native.dir")))
                        .map(Path::of)
                        .orElse(null),
                cacheFolder(),
                MemoryBudget.UNLIMITED);
    }

    /** Where packed weights are kept: where it is said, or else where the user's other caches are. */
    private @Nullable Path cacheFolder() {
        String cache = options.get("cache");
        if (cache != null) {
            return cache.equals("none") ? null : Path.of(cache);
        }
        String caches = System.getenv("XDG_CACHE_HOME");
        Path folder = caches == null || caches.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(caches);
        return folder.resolve("opensearch-generate").resolve("packed");
    }
}
