// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.speculate.SpeculationOptions;

/**
 * How the requests of a command draft.
 *
 * @param options as the arguments have them
 * @param model the smaller model, if one is named
 */
record Drafting(SpeculationOptions options, @Nullable LanguageModel model) implements AutoCloseable {
    /** Loads the smaller model, if one is named, with places for so many answers. */
    static Drafting of(Arguments arguments, int sequences, LoadProgress progress) {
        SpeculationOptions options = arguments.speculation();
        return new Drafting(
                options,
                arguments
                        .draftModel()
                        .map(path -> LanguageModel.load(path, arguments.loading(sequences, 0), progress))
                        .orElse(null));
    }

    /** The request to a model, with drafts. */
    GenerationRequest apply(GenerationRequest request, LanguageModel larger) {
        return request.speculating(options, model == null ? null : model.draftsFor(larger));
    }

    /** Unloads the smaller model; after the larger one. */
    @Override
    public void close() {
        if (model != null) {
            model.close();
        }
    }
}
