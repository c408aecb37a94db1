// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import java.net.URI;
import java.util.List;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.options.CommandOptions;

/** The options of {@code benchmarks/soak}. */
final class SoakOptions extends CommandOptions {
    final OptionSpec<Void> help = parser().accepts("help", "this text").forHelp();
    private final OptionSpec<String> url = parser().accepts(
                    "url", "a node, http://HOST:PORT; may be given several times")
            .withRequiredArg();
    private final OptionSpec<String> model =
            parser().accepts("model", "model that answers").withRequiredArg();
    private final OptionSpec<Integer> minutes = number("minutes", "how long", 30);
    private final OptionSpec<Integer> warmUp = number("warm-up", "minutes at the beginning that do not count", 5);
    private final OptionSpec<Integer> every = number("every", "seconds between looks", 10);
    private final OptionSpec<Integer> clients = number("clients", "clients, each with one request at a time", 2);
    private final OptionSpec<Double> rate = parser().accepts("rate", "requests a second, of all clients together")
            .withRequiredArg()
            .ofType(Double.class)
            .defaultsTo(4.0);
    private final OptionSpec<Integer> perConnection =
            number("per-connection", "requests after which a client opens another connection", 100);
    private final OptionSpec<Integer> bound = number("bound", "megabytes that memory may grow by in an hour", 32);

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
}
