// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.generate.pipeline.AnswerParameters;
import org.opensearch.generate.pipeline.GeneratedAnswer;
import org.opensearch.plugins.SearchPlugin.SearchExtSpec;

/** What searches may have in {@code ext}, and what their replies have there. */
final class SearchExts {
    /** The folder of ml-commons, which has an {@code ext} name that we understand too. */
    private static final String ML_COMMONS = "opensearch-ml";

    private SearchExts() {}

    /** @param plugins the folder of the node's plugins */
    static List<SearchExtSpec<?>> all(Path plugins) {
        List<SearchExtSpec<?>> exts = new ArrayList<>();
        exts.add(parameters(AnswerParameters.NAME));
        exts.add(new SearchExtSpec<>(GeneratedAnswer.NAME, GeneratedAnswer::new, parser -> {
            throw new IllegalArgumentException(
                    "[ext." + GeneratedAnswer.NAME + "] is part of replies, not of searches");
        }));
        if (!Files.isDirectory(plugins.resolve(ML_COMMONS))) {
            exts.add(parameters(AnswerParameters.ML_COMMONS_NAME));
        }
        return exts;
    }

    private static SearchExtSpec<AnswerParameters> parameters(String name) {
        return new SearchExtSpec<>(
                name, in -> new AnswerParameters(in, name), parser -> AnswerParameters.parse(parser, name));
    }
}
