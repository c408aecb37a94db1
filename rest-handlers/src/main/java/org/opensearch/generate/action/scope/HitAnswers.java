// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.search.TotalHits;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.rest.action.RestActions;
import org.opensearch.search.SearchHits;

/**
 * What was generated for the hits of a search, one for each, in their order. As JSON, the {@code generation} of the reply: what
 * they come to together.
 *
 * @param id names them
 * @param model id of the model
 * @param hits for each hit
 * @param retrieveMillis time of the search
 * @param generateMillis time from its end to that of the last hit
 */
public record HitAnswers(String id, String model, List<HitAnswer> hits, double retrieveMillis, double generateMillis)
        implements Writeable, ToXContentObject {
    private static final int LOGPROB_BYTES = 64;

    /** Reads what {@link #writeTo} wrote. */
    public HitAnswers(StreamInput in) throws IOException {
        this(in.readString(), in.readString(), in.readList(HitAnswer::new), in.readDouble(), in.readDouble());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(id);
        out.writeString(model);
        out.writeList(hits);
        out.writeDouble(retrieveMillis);
        out.writeDouble(generateMillis);
    }

    /** Bytes of memory that texts and log-probabilities hold, about. */
    public long bytes() {
        long bytes = 0;
        for (HitAnswer hit : hits) {
            Answer answer = hit.answer();
            if (answer != null) {
                bytes += (long) Character.BYTES * answer.text().length();
                if (answer.logprobs() != null) {
                    for (TokenLogprob token : answer.logprobs()) {
                        bytes += LOGPROB_BYTES * (1L + token.top().size());
                    }
                }
            }
        }
        return bytes;
    }

    /** Whether time ran out for one of them. */
    public boolean timedOut() {
        return hits.stream()
                .map(HitAnswer::answer)
                .anyMatch(answer -> answer != null && answer.finishReason() == FinishReason.TIMEOUT);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("id", id);
        builder.field("model", model);
        summary(builder, params);
        return builder.endObject();
    }

    /** What they come to together. */
    public void summary(XContentBuilder builder, Params params) throws IOException {
        long failed = hits.stream().filter(hit -> hit.failure() != null).count();
        builder.startObject("hits");
        builder.field("total", hits.size());
        builder.field("successful", hits.size() - failed);
        builder.field("failed", failed);
        builder.endObject();
        usage().toXContent(builder, params);
        builder.startObject("timings");
        builder.field("retrieve_ms", rounded(retrieveMillis));
        builder.field("generate_ms", rounded(generateMillis));
        builder.endObject();
    }

    /** A search body whose hits have {@code generated} beside their source. */
    public void search(SearchResponse search, XContentBuilder builder, Params params) throws IOException {
        builder.field("took", search.getTook().millis());
        builder.field("timed_out", search.isTimedOut());
        RestActions.buildBroadcastShardsHeader(
                builder,
                params,
                search.getTotalShards(),
                search.getSuccessfulShards(),
                search.getSkippedShards(),
                search.getFailedShards(),
                search.getShardFailures());
        search.getClusters().toXContent(builder, params);
        builder.startObject("hits");
        SearchHits found = search.getHits();
        TotalHits total = found.getTotalHits();
        if (total != null) {
            builder.startObject("total");
            builder.field("value", total.value());
            builder.field("relation", total.relation() == TotalHits.Relation.EQUAL_TO ? "eq" : "gte");
            builder.endObject();
        }
        builder.field("max_score", Float.isNaN(found.getMaxScore()) ? null : found.getMaxScore());
        builder.startArray("hits");
        for (int i = 0; i < hits.size(); i++) {
            builder.startObject();
            found.getAt(i).toInnerXContent(builder, params);
            builder.field("generated", hits.get(i));
            builder.endObject();
        }
        builder.endArray().endObject();
    }

    private Answer.Usage usage() {
        int prompt = 0;
        int completion = 0;
        int cached = 0;
        int accepted = 0;
        int rejected = 0;
        for (HitAnswer hit : hits) {
            Answer answer = hit.answer();
            if (answer != null) {
                prompt += answer.usage().promptTokens();
                completion += answer.usage().completionTokens();
                cached += answer.usage().cachedTokens();
                accepted += answer.usage().acceptedTokens();
                rejected += answer.usage().rejectedTokens();
            }
        }
        return new Answer.Usage(prompt, completion, cached, accepted, rejected);
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
