// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.StatusToXContentObject;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.rag.Answer;

/** A search body with the answer beside its hits. */
public final class GenerateResponse extends ActionResponse implements StatusToXContentObject {
    private final SearchResponse search;
    private final Answer answer;

    /**
     * @param search what was retrieved, with the time and the time-out of the whole request
     * @param answer the answer
     */
    public GenerateResponse(SearchResponse search, Answer answer) {
        this.search = search;
        this.answer = answer;
    }

    /** Reads what {@link #writeTo} wrote. */
    public GenerateResponse(StreamInput in) throws IOException {
        super(in);
        search = new SearchResponse(in);
        answer = new Answer(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        search.writeTo(out);
        answer.writeTo(out);
    }

    /** What was retrieved. */
    public SearchResponse search() {
        return search;
    }

    /** The answer. */
    public Answer answer() {
        return answer;
    }

    @Override
    public RestStatus status() {
        return search.status();
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        fields(builder, params);
        return builder.endObject();
    }

    /** The fields of its object. */
    public void fields(XContentBuilder builder, Params params) throws IOException {
        search.innerToXContent(builder, params);
        builder.field("generation", answer);
    }
}
