// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.transport.TransportRequest;

/** Partial text on its way to the node that asked. */
final class AnswerText extends TransportRequest {
    private final long stream;
    private final boolean first;
    private final String id;
    private final String model;
    private final String text;
    private final List<Citation> citations;
    private final List<TokenLogprob> logprobs;

    /**
     * @param stream its number on the node that asked
     * @param first whether it is the first of them
     * @param id names the answer
     * @param model id of the model
     * @param text what was written since the last of these messages; citations and log-probabilities likewise
     */
    AnswerText(
            long stream,
            boolean first,
            String id,
            String model,
            String text,
            List<Citation> citations,
            List<TokenLogprob> logprobs) {
        this.stream = stream;
        this.first = first;
        this.id = id;
        this.model = model;
        this.text = text;
        this.citations = citations;
        this.logprobs = logprobs;
    }

    AnswerText(StreamInput in) throws IOException {
        super(in);
        stream = in.readVLong();
        first = in.readBoolean();
        id = in.readString();
        model = in.readString();
        text = in.readString();
        citations = in.readList(Citation::new);
        logprobs = in.readList(TokenLogprob::new);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeVLong(stream);
        out.writeBoolean(first);
        out.writeString(id);
        out.writeString(model);
        out.writeString(text);
        out.writeList(citations);
        out.writeList(logprobs);
    }

    long stream() {
        return stream;
    }

    boolean first() {
        return first;
    }

    String id() {
        return id;
    }

    String model() {
        return model;
    }

    String text() {
        return text;
    }

    List<Citation> citations() {
        return citations;
    }

    List<TokenLogprob> logprobs() {
        return logprobs;
    }
}
