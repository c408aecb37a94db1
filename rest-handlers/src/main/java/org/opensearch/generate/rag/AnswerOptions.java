// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/**
 * How an answer is to be written. Checks its ranges and throws {@link IllegalArgumentException} naming the request field.
 *
 * @param model id of the model, or null for the default
 * @param maxCompletionTokens most tokens of the answer; 0 for the node's default
 * @param sampling how tokens are chosen
 * @param stop texts that end the answer, at most {@value #MOST_STOPS}
 * @param logprobs likeliest tokens to report at each place, 0 to 20; {@value #NO_LOGPROBS} for no log-probabilities
 * @param timeout time for retrieval, queue and generation together; null for the node's default
 * @param speculation how tokens may be drafted; changes no answer
 * @param format the language of its text
 */
public record AnswerOptions(
        @Nullable String model,
        int maxCompletionTokens,
        SamplingOptions sampling,
        List<String> stop,
        int logprobs,
        @Nullable TimeValue timeout,
        SpeculationOptions speculation,
        ResponseFormat format)
        implements Writeable {
    /** The engine's word for "no log-probabilities". */
    public static final int NO_LOGPROBS = -1;

    private static final int MOST_STOPS = 16;
    private static final int LONGEST_STOP = 1024;

    /** Checks ranges. */
    public AnswerOptions {
        Ranges.check("max_completion_tokens", maxCompletionTokens, 0, 1 << 20);
        Ranges.check("top_logprobs", logprobs, NO_LOGPROBS, 20);
        stop = List.copyOf(stop);
        Ranges.check("stop", stop.size(), 0, MOST_STOPS);
        for (String text : stop) {
            if (text.isEmpty() || text.length() > LONGEST_STOP) {
                throw new IllegalArgumentException(
                        "[stop] texts must have 1 to " + LONGEST_STOP + " characters, found " + text.length());
            }
        }
        if (timeout != null && timeout.nanos() <= 0) {
            throw new IllegalArgumentException("[timeout] must be greater than 0, found " + timeout);
        }
    }

    /** Options of free text with the default drafts. */
    public AnswerOptions(
            @Nullable String model,
            int maxCompletionTokens,
            SamplingOptions sampling,
            List<String> stop,
            int logprobs,
            @Nullable TimeValue timeout) {
        this(model, maxCompletionTokens, sampling, stop, logprobs, timeout, SpeculationOptions.AUTO);
    }

    /** Options of free text. */
    public AnswerOptions(
            @Nullable String model,
            int maxCompletionTokens,
            SamplingOptions sampling,
            List<String> stop,
            int logprobs,
            @Nullable TimeValue timeout,
            SpeculationOptions speculation) {
        this(model, maxCompletionTokens, sampling, stop, logprobs, timeout, speculation, ResponseFormat.TEXT);
    }

    /** Reads what {@link #writeTo} wrote. */
    public AnswerOptions(StreamInput in) throws IOException {
        this(
                in.readOptionalString(),
                in.readVInt(),
                readSampling(in),
                in.readStringList(),
                in.readInt(),
                in.readOptionalTimeValue(),
                new SpeculationOptions(in.readEnum(Mode.class), in.readVInt(), in.readString(), in.readString()),
                new ResponseFormat(in));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeOptionalString(model);
        out.writeVInt(maxCompletionTokens);
        out.writeFloat(sampling.temperature());
        out.writeVInt(sampling.topK());
        out.writeFloat(sampling.topP());
        out.writeFloat(sampling.minP());
        out.writeFloat(sampling.repetitionPenalty());
        out.writeFloat(sampling.presencePenalty());
        out.writeFloat(sampling.frequencyPenalty());
        out.writeLong(sampling.seed());
        out.writeStringCollection(stop);
        out.writeInt(logprobs);
        out.writeOptionalTimeValue(timeout);
        out.writeEnum(speculation.mode());
        out.writeVInt(speculation.maxDraftTokens());
        out.writeString(speculation.draftModel());
        out.writeString(speculation.name());
        format.writeTo(out);
    }

    /** The same options with other drafts. */
    public AnswerOptions withSpeculation(SpeculationOptions other) {
        return new AnswerOptions(model, maxCompletionTokens, sampling, stop, logprobs, timeout, other, format);
    }

    /** The same options for the model of that id. */
    AnswerOptions withModel(String id) {
        return new AnswerOptions(id, maxCompletionTokens, sampling, stop, logprobs, timeout, speculation, format);
    }

    /** The same options for another language. */
    public AnswerOptions withFormat(ResponseFormat other) {
        return new AnswerOptions(model, maxCompletionTokens, sampling, stop, logprobs, timeout, speculation, other);
    }

    private static SamplingOptions readSampling(StreamInput in) throws IOException {
        return new SamplingOptions(
                in.readFloat(),
                in.readVInt(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readFloat(),
                in.readLong());
    }
}
