// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.opensearch.ingest.IngestDocument;

/** How a pipeline is told of a document: with the document or with a failure, never with both. */
final class Handlers {
    private Handlers() {}

    /** The interface wants a null for the part that is not there. */
    @SuppressWarnings("NullAway")
    static void tell(
            BiConsumer<IngestDocument, Exception> handler, IngestDocument document, @Nullable Exception failure) {
        handler.accept(failure == null ? document : null, failure);
    }
}
