// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.guide;

import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.options.CommandOptions;

/** The options of {@code benchmarks/masks}. */
final class MaskOptions extends CommandOptions {
    private static final int VOCABULARY = 128_256;
    private static final int LEAST_VOCABULARY = 16_384;

    final OptionSpec<Void> help = parser().accepts("help", "this text").forHelp();
    private final OptionSpec<Integer> vocabulary = number("vocabulary", "tokens of the vocabulary", VOCABULARY);

    /** At least as many as the words that are always in it. */
    int vocabulary() {
        int tokens = positive(vocabulary);
        if (tokens < LEAST_VOCABULARY) {
            throw new IllegalArgumentException("vocabulary: wanted at least " + LEAST_VOCABULARY + ", found " + tokens);
        }
        return tokens;
    }
}
