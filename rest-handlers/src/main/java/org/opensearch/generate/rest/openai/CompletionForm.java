// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.generate.rest.stream.ChunkForm;
import org.opensearch.generate.runner.engine.FinishReason;

/** An answer in OpenAI's form, whole or in chunks; with retrieval, {@code hits} and {@code citations} stand beside their fields. */
final class CompletionForm implements ChunkForm {
    private final Endpoint endpoint;
    private final boolean retrieves;
    private final boolean includeUsage;
    private final long created = System.currentTimeMillis() / 1000;
    private String id = "";
    private String model = "";

    /**
     * @param retrieves whether there are hits to show
     * @param includeUsage whether the chunks tell of tokens; whole answers do
     */
    CompletionForm(Endpoint endpoint, boolean retrieves, boolean includeUsage) {
        this.endpoint = endpoint;
        this.retrieves = retrieves;
        this.includeUsage = includeUsage;
    }

    /** A whole answer. */
    void whole(XContentBuilder json, GenerateResponse response) throws IOException {
        Answer answer = response.answer();
        id = answer.id();
        model = answer.model();
        head(json, endpoint.whole());
        json.startArray("choices").startObject().field("index", 0);
        if (endpoint == Endpoint.CHAT) {
            json.startObject("message").field("role", "assistant").field("content", answer.text());
            json.nullField("refusal").endObject();
            logprobs(json, answer.logprobs() == null ? List.of() : answer.logprobs());
        } else {
            json.field("text", answer.text()).nullField("logprobs");
        }
        json.field("finish_reason", reason(response)).endObject().endArray();
        answer.usage().toXContent(json, ToXContent.EMPTY_PARAMS);
        if (retrieves) {
            response.search().getHits().toXContent(json, ToXContent.EMPTY_PARAMS);
            json.field("citations", answer.citations());
            if (answer.quotes() != null) {
                json.field("quotes", answer.quotes());
            }
        }
    }

    @Override
    public void start(XContentBuilder json, String answerId, String modelId, SearchResponse found) throws IOException {
        id = answerId;
        model = modelId;
        head(json, endpoint.chunk());
        json.startArray("choices").startObject().field("index", 0);
        if (endpoint == Endpoint.CHAT) {
            json.startObject("delta")
                    .field("role", "assistant")
                    .field("content", "")
                    .endObject();
        } else {
            json.field("text", "");
        }
        json.nullField("logprobs").nullField("finish_reason").endObject().endArray();
        if (retrieves) {
            found.getHits().toXContent(json, ToXContent.EMPTY_PARAMS);
        }
    }

    @Override
    public void more(XContentBuilder json, String text, List<Citation> citations, List<TokenLogprob> logprobs)
            throws IOException {
        head(json, endpoint.chunk());
        json.startArray("choices").startObject().field("index", 0);
        if (endpoint == Endpoint.CHAT) {
            json.startObject("delta").field("content", text).endObject();
        } else {
            json.field("text", text);
        }
        logprobs(json, logprobs);
        json.nullField("finish_reason").endObject().endArray();
        if (!citations.isEmpty()) {
            json.field("citations", citations);
        }
    }

    @Override
    public void finish(XContentBuilder json, GenerateResponse response) throws IOException {
        head(json, endpoint.chunk());
        json.startArray("choices").startObject().field("index", 0);
        if (endpoint == Endpoint.CHAT) {
            json.startObject("delta").endObject();
        } else {
            json.field("text", "");
        }
        json.nullField("logprobs")
                .field("finish_reason", reason(response))
                .endObject()
                .endArray();
        if (response.answer().quotes() != null) {
            json.field("quotes", response.answer().quotes());
        }
    }

    @Override
    public boolean hasUsage() {
        return includeUsage;
    }

    @Override
    public void usage(XContentBuilder json, GenerateResponse response) throws IOException {
        head(json, endpoint.chunk());
        json.startArray("choices").endArray();
        response.answer().usage().toXContent(json, ToXContent.EMPTY_PARAMS);
    }

    @Override
    public void failure(XContentBuilder json, Exception e) throws IOException {
        OpenAiErrors.write(json, e);
    }

    private void head(XContentBuilder json, String object) throws IOException {
        json.field("id", id);
        json.field("object", object);
        json.field("created", created);
        json.field("model", model);
    }

    private static void logprobs(XContentBuilder json, List<TokenLogprob> logprobs) throws IOException {
        if (logprobs.isEmpty()) {
            json.nullField("logprobs");
        } else {
            json.startObject("logprobs").field("content", logprobs).endObject();
        }
    }

    /** Clients know {@code stop} and {@code length}: an answer that the timeout ended was cut short. */
    private static String reason(GenerateResponse response) {
        return response.answer().finishReason() == FinishReason.STOP ? "stop" : "length";
    }
}
