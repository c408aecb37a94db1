// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.guide;

import java.nio.file.Path;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.options.CommandOptions;

/** The options of {@code benchmarks/extract}. */
final class ExtractOptions extends CommandOptions {
    final OptionSpec<Void> help = parser().accepts("help", "this text").forHelp();
    private final OptionSpec<String> model =
            parser().accepts("model", "a GGUF file or a Hugging Face folder").withRequiredArg();
    private final OptionSpec<Integer> extractions = number("extractions", "passages to extract from", 32);
    private final OptionSpec<Integer> together = number("together", "extractions at once", 1);
    private final OptionSpec<Integer> threads =
            number("threads", "threads that compute", Runtime.getRuntime().availableProcessors());

    /** Throws {@link IllegalArgumentException} if there is none. */
    Path model() {
        if (!set().has(model)) {
            throw new IllegalArgumentException("wanted --model, see --help");
        }
        return Path.of(set().valueOf(model));
    }

    int extractions() {
        return positive(extractions);
    }

    int together() {
        return positive(together);
    }

    int threads() {
        return positive(threads);
    }
}
