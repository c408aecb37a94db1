// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.util.Collection;

/** A model was asked for that neither lies in the model folder nor is deployed to this node. */
public final class UnknownModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param problem what was asked for
     * @param known the ids that are there
     */
    public UnknownModelException(String problem, Collection<String> known) {
        super(problem + "; "
                + (known.isEmpty()
                        ? "there are no models: put a GGUF file or a Hugging Face folder into "
                                + "config/opensearch-generate/models, or PUT /_plugins/_generate/models/{id}"
                        : "known models are " + known));
    }
}
