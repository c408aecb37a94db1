// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.options.CommandOptions;

/** The options that say how to ask a server, of {@code serve} and {@code compare} alike. */
public final class ServeOptions extends CommandOptions {
    private final OptionSpec<String> model =
            parser().accepts("model", "model to name in requests").withRequiredArg();
    private final OptionSpec<String> searchUrl =
            parser().accepts("search-url", "where searches go, …/INDEX/_search").withRequiredArg();
    private final OptionSpec<String> tokensPerWord = parser().accepts(
                    "tokens-per-word", "FIXED,EACH of the tokenizer (learned from the server's usage)")
            .withRequiredArg();
    private final OptionSpec<String> reference = parser().accepts(
                    "reference", "result file with a run to compare texts with")
            .withRequiredArg();
    private final OptionSpec<Long> pid = parser().accepts("pid", "process whose peak memory to tell")
            .withRequiredArg()
            .ofType(Long.class);
    private final OptionSpec<Integer> round = parser().accepts("round", "other prompts for another number")
            .withRequiredArg()
            .ofType(Integer.class)
            .defaultsTo(0);
    private final OptionSpec<Integer> requests = parser().accepts("requests", "other number of requests for each load")
            .withRequiredArg()
            .ofType(Integer.class);
    private final OptionSpec<Void> ignoreEos = parser().accepts("ignore-eos", "ask for answers of full length");
    private final OptionSpec<Void> reload = parser().accepts("reload", "load a node's model anew before each phase");
    private final OptionSpec<String> words = parser().nonOptions();

    private <V> Optional<V> given(OptionSpec<V> option) {
        return set().valuesOf(option).stream().findFirst();
    }

    /** The words that are no options. */
    public List<String> words() {
        return set().valuesOf(words);
    }

    /**
     * @param stream whether to ask for a stream; empty: as is the custom of the URL's kind
     * @param named the model to name in requests
     */
    Target target(String url, Optional<Boolean> stream, Optional<String> named) {
        URI uri = URI.create(url);
        Api api = Api.of(uri);
        return new Target(
                uri,
                api,
                stream.orElse(api.streamsByDefault()),
                named,
                set().has(ignoreEos) && api != Api.GENERATE,
                given(searchUrl).map(URI::create));
    }

    /** The model to name in requests. */
    public Optional<String> model() {
        return given(model);
    }

    Optional<TokensPerWord> tokensPerWord() {
        return given(tokensPerWord).map(TokensPerWord::parse);
    }

    Optional<String> reference() {
        return given(reference);
    }

    /** The process whose peak memory to tell. */
    public Optional<Long> pid() {
        return given(pid);
    }

    /** The number that prompts depend on. */
    public int round() {
        return set().valueOf(round);
    }

    Optional<Integer> requests() {
        Optional<Integer> number = given(requests);
        if (number.isPresent() && number.get() < 1) {
            throw new IllegalArgumentException("--requests: wanted at least 1, found " + number.get());
        }
        return number;
    }

    boolean reload() {
        return set().has(reload);
    }
}
