// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.generate.rag.Answer;

/**
 * What became of one of several tasks: exactly one of the two is there.
 *
 * @param answer the answer
 * @param failure why there is none, with its REST status
 */
public record AnswerResult(
        @Nullable Answer answer, @Nullable Exception failure) implements Writeable {
    /** Reads what {@link #writeTo} wrote. */
    public AnswerResult(StreamInput in) throws IOException {
        this(in.readOptionalWriteable(Answer::new), in.readException());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeOptionalWriteable(answer);
        out.writeException(failure);
    }

    /** The answer, or the failure thrown. */
    public Answer get() throws Exception {
        if (answer == null) {
            throw failure != null ? failure : new IllegalStateException("neither an answer nor a failure");
        }
        return answer;
    }
}
