// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.action.scope.HitAnswer;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.search.SearchHit;

/**
 * The events where {@code _generate} generates for each hit: OpenAI's {@code chat.completion.chunk}, one for each hit as soon as it
 * is done, with the hit's place as the choice's {@code index}.
 */
public final class HitChunks implements ChunkForm {
    private final long created = System.currentTimeMillis() / 1000;
    private String id = "";
    private String model = "";
    private @Nullable SearchResponse found;

    @Override
    public void start(XContentBuilder json, String answerId, String modelId, SearchResponse hits) throws IOException {
        id = answerId;
        model = modelId;
        found = hits;
        head(json);
        json.startArray("choices").endArray();
        hits.getHits().toXContent(json, ToXContent.EMPTY_PARAMS);
    }

    @Override
    public void more(XContentBuilder json, String text, List<Citation> citations, List<TokenLogprob> logprobs) {
        throw new IllegalStateException("these events are of whole hits");
    }

    @Override
    public void hit(XContentBuilder json, int place, HitAnswer done) throws IOException {
        head(json);
        Answer answer = done.answer();
        json.startArray("choices");
        if (answer != null) {
            json.startObject().field("index", place);
            json.startObject("delta")
                    .field("role", "assistant")
                    .field("content", answer.text())
                    .endObject();
            if (answer.logprobs() != null) {
                json.startObject("logprobs").field("content", answer.logprobs()).endObject();
            }
            json.field("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
            json.endObject();
        }
        json.endArray();
        SearchHit hit = Objects.requireNonNull(found).getHits().getAt(place);
        json.startObject("hit").field("index", place);
        json.field("_index", hit.getIndex()).field("_id", hit.getId());
        if (done.failure() != null) {
            failure(json, done.failure());
        }
        json.endObject();
        if (answer != null) {
            json.field("citations", answer.citations());
        }
    }

    @Override
    public void finish(XContentBuilder json, GenerateResponse response) throws IOException {
        head(json);
        json.startArray("choices").endArray();
        Objects.requireNonNull(response.hits()).summary(json, ToXContent.EMPTY_PARAMS);
        json.field("took", response.search().getTook().millis());
        json.field("timed_out", response.search().isTimedOut());
    }

    @Override
    public boolean hasUsage() {
        return false;
    }

    @Override
    public void usage(XContentBuilder json, GenerateResponse response) {
        throw new IllegalStateException("the last event has the usage");
    }

    @Override
    public void failure(XContentBuilder json, Exception e) throws IOException {
        OpenSearchException.generateFailureXContent(json, ToXContent.EMPTY_PARAMS, e, true);
        json.field("status", ExceptionsHelper.status(e).getStatus());
    }

    private void head(XContentBuilder json) throws IOException {
        json.field("id", id);
        json.field("object", "chat.completion.chunk");
        json.field("created", created);
        json.field("model", model);
    }
}
