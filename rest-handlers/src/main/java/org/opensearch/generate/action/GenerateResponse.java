// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.StatusToXContentObject;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.scope.HitAnswers;
import org.opensearch.generate.action.scope.ShardAnswer;
import org.opensearch.generate.rag.Answer;

/**
 * A search body with what was generated beside its hits. That is one answer, in the scope {@link
 * org.opensearch.generate.action.scope.Scope#SHARD} with what led to it; or an answer for each hit.
 */
public final class GenerateResponse extends ActionResponse implements StatusToXContentObject {
    private final SearchResponse search;
    private final @Nullable Answer answer;
    private final List<ShardAnswer> shards;
    private final @Nullable HitAnswers hits;

    /**
     * @param search what was retrieved, with the time and the time-out of the whole request
     * @param answer the answer
     * @param shards what was said of each shard's hits before; empty where that was not asked for
     */
    public GenerateResponse(SearchResponse search, Answer answer, List<ShardAnswer> shards) {
        this(search, answer, shards, null);
    }

    /** @param hits for each hit of {@code search}, in their order */
    public GenerateResponse(SearchResponse search, HitAnswers hits) {
        this(search, null, List.of(), hits);
    }

    private GenerateResponse(
            SearchResponse search, @Nullable Answer answer, List<ShardAnswer> shards, @Nullable HitAnswers hits) {
        this.search = search;
        this.answer = answer;
        this.shards = List.copyOf(shards);
        this.hits = hits;
    }

    /** Reads what {@link #writeTo} wrote. */
    public GenerateResponse(StreamInput in) throws IOException {
        super(in);
        search = new SearchResponse(in);
        answer = in.readOptionalWriteable(Answer::new);
        shards = in.readList(ShardAnswer::new);
        hits = in.readOptionalWriteable(HitAnswers::new);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        search.writeTo(out);
        out.writeOptionalWriteable(answer);
        out.writeList(shards);
        out.writeOptionalWriteable(hits);
    }

    /** What was retrieved. */
    public SearchResponse search() {
        return search;
    }

    /** The answer; throws {@link IllegalStateException} if there is one for each hit. */
    public Answer answer() {
        if (answer == null) {
            throw new IllegalStateException("there is an answer for each hit");
        }
        return answer;
    }

    /** What was generated for each hit; null if there is one answer. */
    public @Nullable HitAnswers hits() {
        return hits;
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
        if (hits != null) {
            hits.search(search, builder, params);
            builder.field("generation", hits);
            return;
        }
        search.innerToXContent(builder, params);
        builder.startObject("generation");
        answer().fields(builder, params);
        if (!shards.isEmpty()) {
            builder.field("shards", shards);
        }
        builder.endObject();
    }
}
