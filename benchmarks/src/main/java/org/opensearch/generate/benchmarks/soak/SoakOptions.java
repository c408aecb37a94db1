// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import joptsimple.OptionException;
import joptsimple.OptionParser;
import joptsimple.OptionSet;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** The options of {@code benchmarks/soak}. */
final class SoakOptions {
    final OptionParser parser = new OptionParser();
    final OptionSpec<Void> help = parser.accepts("help", "this text").forHelp();
    private final OptionSpec<String> url = parser.accepts("url", "a node, http://HOST:PORT; may be given several times")
            .withRequiredArg();
    private final OptionSpec<String> model =
            parser.accepts("model", "model that answers").withRequiredArg();
    private final OptionSpec<Integer> minutes = number("minutes", "how long", 30);
    private final OptionSpec<Integer> warmUp = number("warm-up", "minutes at the beginning that do not count", 5);
    private final OptionSpec<Integer> every = number("every", "seconds between looks", 10);
    private final OptionSpec<Integer> clients = number("clients", "clients, each with one request at a time", 2);
    private final OptionSpec<Double> rate = parser.accepts("rate", "requests a second, of all clients together")
            .withRequiredArg()
            .ofType(Double.class)
            .defaultsTo(4.0);
    private final OptionSpec<Integer> perConnection =
            number("per-connection", "requests after which a client opens another connection", 100);
    private final OptionSpec<Integer> bound = number("bound", "megabytes that memory may grow by in an hour", 32);
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

    /** Throws {@link IllegalArgumentException} if there is none. */
    List<URI> urls() {
        List<URI> urls = set().valuesOf(url).stream().map(URI::create).toList();
        if (urls.isEmpty() || !set().has(model)) {
            throw new IllegalArgumentException("wanted --url and --model, see --help");
        }
        return urls;
    }

    String model() {
        return set().valueOf(model);
    }

    private int positive(OptionSpec<Integer> option) {
        int value = set().valueOf(option);
        if (value < 1) {
            throw new IllegalArgumentException(option.options().getFirst() + ": wanted at least 1, found " + value);
        }
        return value;
    }

    int minutes() {
        return positive(minutes);
    }

    int warmUpMinutes() {
        int value = set().valueOf(warmUp);
        if (value < 0 || value >= minutes()) {
            throw new IllegalArgumentException("--warm-up: wanted less than --minutes, found " + value);
        }
        return value;
    }

    int everySeconds() {
        return positive(every);
    }

    int clients() {
        return positive(clients);
    }

    double perSecond() {
        double value = set().valueOf(rate);
        if (!(value > 0)) {
            throw new IllegalArgumentException("--rate: wanted more than 0, found " + value);
        }
        return value;
    }

    int perConnection() {
        return positive(perConnection);
    }

    double boundMegabytes() {
        return positive(bound);
    }

    String results() {
        return set().valueOf(results);
    }
}
