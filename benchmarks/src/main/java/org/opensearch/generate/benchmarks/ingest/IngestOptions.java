// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.ingest;

import java.net.URI;
import java.util.Optional;
import joptsimple.OptionException;
import joptsimple.OptionParser;
import joptsimple.OptionSet;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** The options of {@code benchmarks/ingest}. */
final class IngestOptions {
    final OptionParser parser = new OptionParser();
    final OptionSpec<Void> help = parser.accepts("help", "this text").forHelp();
    private final OptionSpec<String> url =
            parser.accepts("url", "a node, http://HOST:PORT").withRequiredArg();
    private final OptionSpec<String> model =
            parser.accepts("model", "model that writes").withRequiredArg();
    private final OptionSpec<Integer> together = number("together", "documents of the bulk request", 1000);
    private final OptionSpec<Integer> alone = number("alone", "documents sent with a call for each", 100);
    private final OptionSpec<Integer> warmUp = number("warm-up", "documents before, which do not count", 10);
    private final OptionSpec<Integer> maxTokens = number("max-tokens", "most tokens that are written to each", 64);
    private final OptionSpec<String> results = parser.accepts("results", "name of the file in benchmarks/results")
            .withRequiredArg()
            .defaultsTo(ResultFile.today());
    private Optional<OptionSet> parsed = Optional.empty();

    private OptionSpec<Integer> number(String name, String about, int usual) {
        return parser.accepts(name, about)
                .withRequiredArg()
                .ofType(Integer.class)
                .defaultsTo(usual);
    }

    /** Throws {@link IllegalArgumentException} for unknown options and values of a wrong type. */
    OptionSet parse(String... arguments) {
        try {
            OptionSet set = parser.parse(arguments);
            parsed = Optional.of(set);
            return set;
        } catch (OptionException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    private OptionSet set() {
        return parsed.orElseThrow(() -> new IllegalStateException("not parsed yet"));
    }

    private String text(OptionSpec<String> option) {
        if (!set().has(option)) {
            throw new IllegalArgumentException("wanted --url and --model, see --help");
        }
        return set().valueOf(option);
    }

    private int positive(OptionSpec<Integer> option) {
        int value = set().valueOf(option);
        if (value < 1) {
            throw new IllegalArgumentException(option.options().getFirst() + ": wanted at least 1, found " + value);
        }
        return value;
    }

    /** Throws {@link IllegalArgumentException} if there is none. */
    URI url() {
        return URI.create(text(url));
    }

    /** Throws {@link IllegalArgumentException} if there is none. */
    String model() {
        return text(model);
    }

    int together() {
        return positive(together);
    }

    int alone() {
        return positive(alone);
    }

    int warmUp() {
        return positive(warmUp);
    }

    int maxTokens() {
        return positive(maxTokens);
    }

    String results() {
        return set().valueOf(results);
    }
}
