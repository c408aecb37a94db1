// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;

/** What became of the tasks of an {@link AnswerRequest}, in their order. */
final class AnswerResults extends TransportResponse {
    private final List<AnswerResult> results;

    AnswerResults(List<AnswerResult> results) {
        this.results = List.copyOf(results);
    }

    AnswerResults(StreamInput in) throws IOException {
        super(in);
        results = in.readList(AnswerResult::new);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeList(results);
    }

    List<AnswerResult> results() {
        return results;
    }
}
