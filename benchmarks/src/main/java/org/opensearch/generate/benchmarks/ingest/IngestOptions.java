// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.ingest;

import java.net.URI;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.options.CommandOptions;

/** The options of {@code benchmarks/ingest}. */
final class IngestOptions extends CommandOptions {
    final OptionSpec<Void> help = parser().accepts("help", "this text").forHelp();
    private final OptionSpec<String> url =
            parser().accepts("url", "a node, http://HOST:PORT").withRequiredArg();
    private final OptionSpec<String> model =
            parser().accepts("model", "model that writes").withRequiredArg();
    private final OptionSpec<Integer> together = number("together", "documents of the bulk request", 1000);
    private final OptionSpec<Integer> alone = number("alone", "documents sent with a call for each", 100);
    private final OptionSpec<Integer> warmUp = number("warm-up", "documents before, which do not count", 10);
    private final OptionSpec<Integer> maxTokens = number("max-tokens", "most tokens that are written to each", 64);

    private String text(OptionSpec<String> option) {
        if (!set().has(option)) {
            throw new IllegalArgumentException("wanted --url and --model, see --help");
        }
        return set().valueOf(option);
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
}
