// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.multi;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.CompositeIndicesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/** Questions that are answered side by side. */
public final class MultiGenerateRequest extends ActionRequest implements CompositeIndicesRequest {
    private static final int MOST_REQUESTS = 1000;
    private final List<GenerateRequest> requests;

    /** Throws {@link IllegalArgumentException} if there are none, or more than {@value #MOST_REQUESTS}. */
    public MultiGenerateRequest(List<GenerateRequest> requests) {
        if (requests.isEmpty() || requests.size() > MOST_REQUESTS) {
            throw new IllegalArgumentException(
                    "[_mgenerate] wants from 1 to " + MOST_REQUESTS + " requests, found " + requests.size());
        }
        this.requests = List.copyOf(requests);
    }

    /** Reads what {@link #writeTo} wrote. */
    public MultiGenerateRequest(StreamInput in) throws IOException {
        super(in);
        requests = in.readList(GenerateRequest::new);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeList(requests);
    }

    /** The questions, in order. */
    List<GenerateRequest> requests() {
        return requests;
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    @Override
    public String getDescription() {
        return requests.size() + " requests";
    }

    @Override
    public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new CancellableTask(id, type, action, getDescription(), parent, headers) {
            @Override
            public boolean shouldCancelChildrenOnCancellation() {
                return true;
            }
        };
    }
}
