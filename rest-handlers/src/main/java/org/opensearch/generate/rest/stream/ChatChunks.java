// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;

/** The events of {@code _generate}: OpenAI's {@code chat.completion.chunk}, with the hits in the first and citations beside texts. */
public final class ChatChunks implements ChunkForm {
    private final long created = System.currentTimeMillis() / 1000;
    private String id = "";
    private String model = "";

    @Override
    public void start(XContentBuilder json, String answerId, String modelId, SearchResponse found) throws IOException {
        id = answerId;
        model = modelId;
        head(json);
        json.startArray("choices").startObject().field("index", 0);
        json.startObject("delta")
                .field("role", "assistant")
                .field("content", "")
                .endObject();
        json.nullField("finish_reason").endObject().endArray();
        found.getHits().toXContent(json, ToXContent.EMPTY_PARAMS);
    }

    @Override
    public void more(XContentBuilder json, String text, List<Citation> citations, List<TokenLogprob> logprobs)
            throws IOException {
        head(json);
        json.startArray("choices").startObject().field("index", 0);
        json.startObject("delta").field("content", text).endObject();
        if (!logprobs.isEmpty()) {
            json.startObject("logprobs").field("content", logprobs).endObject();
        }
        json.nullField("finish_reason").endObject().endArray();
        if (!citations.isEmpty()) {
            json.field("citations", citations);
        }
    }

    @Override
    public void finish(XContentBuilder json, GenerateResponse response) throws IOException {
        head(json);
        json.startArray("choices").startObject().field("index", 0);
        json.startObject("delta").endObject();
        json.field("finish_reason", response.answer().finishReason().name().toLowerCase(Locale.ROOT));
        json.endObject().endArray();
        if (response.answer().quotes() != null) {
            json.field("quotes", response.answer().quotes());
        }
    }

    @Override
    public boolean hasUsage() {
        return true;
    }

    @Override
    public void usage(XContentBuilder json, GenerateResponse response) throws IOException {
        head(json);
        json.startArray("choices").endArray();
        Answer answer = response.answer();
        answer.usage().toXContent(json, ToXContent.EMPTY_PARAMS);
        answer.context().toXContent(json, ToXContent.EMPTY_PARAMS);
        answer.timings().toXContent(json, ToXContent.EMPTY_PARAMS);
        json.field("took", response.search().getTook().millis());
        json.field("timed_out", response.search().isTimedOut());
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
