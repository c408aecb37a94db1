// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchResponseSections;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.rag.Answer;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.aggregations.InternalAggregations;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.profile.SearchProfileShardResults;

/** An answer in the reply of a search: {@code ext.retrieval_augmented_generation}, where clients of ml-commons look for it. */
public final class GeneratedAnswer extends SearchExtBuilder {
    /** Its name in {@code ext}. */
    public static final String NAME = "retrieval_augmented_generation";

    private final String question;
    private final Answer answer;

    GeneratedAnswer(String question, Answer answer) {
        this.question = question;
        this.answer = answer;
    }

    /** Reads what {@link #writeTo} wrote. */
    public GeneratedAnswer(StreamInput in) throws IOException {
        question = in.readString();
        answer = new Answer(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(question);
        answer.writeTo(out);
    }

    @Override
    public String getWriteableName() {
        return NAME;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject(NAME)
                .field("answer", answer.text())
                .field("question", question)
                .field("generation", answer)
                .endObject();
    }

    /** The same reply with this beside its other extensions. */
    SearchResponse addTo(SearchResponse response) {
        SearchResponseSections sections = response.getInternalResponse();
        List<SearchExtBuilder> exts = new ArrayList<>(sections.getSearchExtBuilders());
        exts.add(this);
        InternalSearchResponse extended = new InternalSearchResponse(
                sections.hits(),
                (InternalAggregations) sections.aggregations(),
                sections.suggest(),
                response.getProfileResults().isEmpty()
                        ? null
                        : new SearchProfileShardResults(response.getProfileResults()),
                sections.timedOut(),
                sections.terminatedEarly(),
                sections.getNumReducePhases(),
                exts,
                sections.getProcessorResult());
        return new SearchResponse(
                extended,
                response.getScrollId(),
                response.getTotalShards(),
                response.getSuccessfulShards(),
                response.getSkippedShards(),
                response.getTook().millis(),
                response.getPhaseTook(),
                response.getShardFailures(),
                response.getClusters(),
                response.pointInTimeId());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GeneratedAnswer that && question.equals(that.question) && answer.equals(that.answer);
    }

    @Override
    public int hashCode() {
        return Objects.hash(question, answer);
    }
}
