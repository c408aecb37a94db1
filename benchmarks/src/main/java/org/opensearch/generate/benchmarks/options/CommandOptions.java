// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.options;

import java.util.Optional;
import joptsimple.OptionException;
import joptsimple.OptionParser;
import joptsimple.OptionSet;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** What the options of all commands have in common. */
public abstract class CommandOptions {
    private final OptionParser parser = new OptionParser();
    private final OptionSpec<String> results = parser.accepts("results", "name of the file in benchmarks/results")
            .withRequiredArg()
            .defaultsTo(ResultFile.today());
    private Optional<OptionSet> parsed = Optional.empty();

    /** For further options; before {@link #parse}. */
    public final OptionParser parser() {
        return parser;
    }

    /** An option with a whole number. */
    protected final OptionSpec<Integer> number(String name, String about, int usual) {
        return parser.accepts(name, about)
                .withRequiredArg()
                .ofType(Integer.class)
                .defaultsTo(usual);
    }

    /** Throws {@link IllegalArgumentException} for unknown options and values of a wrong type. */
    public final OptionSet parse(String... arguments) {
        try {
            OptionSet set = parser.parse(arguments);
            parsed = Optional.of(set);
            return set;
        } catch (OptionException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    /** What was given. */
    protected final OptionSet set() {
        return parsed.orElseThrow(() -> new IllegalStateException("not parsed yet"));
    }

    /** A number of at least 1. */
    protected final int positive(OptionSpec<Integer> option) {
        int value = set().valueOf(option);
        if (value < 1) {
            throw new IllegalArgumentException(option.options().getFirst() + ": wanted at least 1, found " + value);
        }
        return value;
    }

    /** The name of the result file. */
    public final String results() {
        return set().valueOf(results);
    }
}
