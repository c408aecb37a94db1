// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.action.scope.HitAnswer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;

/** What the events of an answer look like: each method writes the fields of one, in this order. One form serves one answer. */
public interface ChunkForm {
    /** The answer begins. */
    void start(XContentBuilder json, String id, String model, SearchResponse found) throws IOException;

    /** More of its text. */
    void more(XContentBuilder json, String text, List<Citation> citations, List<TokenLogprob> logprobs)
            throws IOException;

    /** What was generated for a hit, where that is done for each; {@code place} is that of the hit. */
    default void hit(XContentBuilder json, int place, HitAnswer answer) throws IOException {
        throw new IllegalStateException("these events are of one answer");
    }

    /** Why it ended. */
    void finish(XContentBuilder json, GenerateResponse response) throws IOException;

    /** Whether an event tells of tokens and times. */
    boolean hasUsage();

    /** Tokens and times. */
    void usage(XContentBuilder json, GenerateResponse response) throws IOException;

    /** In place of all that is left. */
    void failure(XContentBuilder json, Exception e) throws IOException;
}
