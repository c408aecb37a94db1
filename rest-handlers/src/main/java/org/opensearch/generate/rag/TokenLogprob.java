// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.GeneratedToken;

/**
 * A token of an answer with its log-probability, in OpenAI's form.
 *
 * @param bytes what it stands for; half a character is possible
 * @param logprob its log-probability
 * @param top the likeliest tokens at its place, themselves without alternatives
 */
@SuppressWarnings("ArrayRecordComponent")
public record TokenLogprob(byte[] bytes, float logprob, List<TokenLogprob> top) implements Writeable, ToXContentObject {
    /** Reads what {@link #writeTo} wrote. */
    public TokenLogprob(StreamInput in) throws IOException {
        this(in.readByteArray(), in.readFloat(), in.readList(TokenLogprob::new));
    }

    static TokenLogprob of(GeneratedToken token, Tokenizer tokenizer) {
        List<TokenLogprob> top = token.top().stream()
                .map(other -> new TokenLogprob(tokenizer.bytes(other.id()), other.logprob(), List.of()))
                .toList();
        return new TokenLogprob(tokenizer.bytes(token.id()), token.logprob(), top);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeByteArray(bytes);
        out.writeFloat(logprob);
        out.writeList(top);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        fields(builder);
        builder.startArray("top_logprobs");
        for (TokenLogprob other : top) {
            other.fields(builder.startObject());
            builder.endObject();
        }
        return builder.endArray().endObject();
    }

    private void fields(XContentBuilder builder) throws IOException {
        builder.field("token", new String(bytes, StandardCharsets.UTF_8));
        builder.field("logprob", logprob);
        builder.startArray("bytes");
        for (byte part : bytes) {
            builder.value(part & 0xFF);
        }
        builder.endArray();
    }
}
