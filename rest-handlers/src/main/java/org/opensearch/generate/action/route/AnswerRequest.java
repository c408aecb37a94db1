// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportRequest;

/** Asks a node to answer some tasks, all at once. */
final class AnswerRequest extends TransportRequest {
    /**
     * Where partial text goes.
     *
     * @param node id of the node that waits for it
     * @param stream its number there
     */
    record TextTo(String node, long stream) implements Writeable {
        TextTo(StreamInput in) throws IOException {
            this(in.readString(), in.readVLong());
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeString(node);
            out.writeVLong(stream);
        }
    }

    private final List<AnswerTask> tasks;
    private final boolean mayLoad;
    private final @Nullable TextTo textTo;
    /** On the node that asks. */
    private final @Nullable AnswerListener partial;

    /**
     * @param tasks what is asked
     * @param mayLoad whether a model that is not loaded starts loading
     * @param textTo where partial text of the only task goes; null for nowhere
     * @param partial who is told of it there, without any message if that is the node that answers
     */
    AnswerRequest(List<AnswerTask> tasks, boolean mayLoad, @Nullable TextTo textTo, @Nullable AnswerListener partial) {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("nothing is asked");
        }
        if (textTo != null && tasks.size() != 1) {
            throw new IllegalArgumentException("partial text is of one task, found " + tasks.size());
        }
        this.tasks = List.copyOf(tasks);
        this.mayLoad = mayLoad;
        this.textTo = textTo;
        this.partial = partial;
    }

    AnswerRequest(StreamInput in) throws IOException {
        super(in);
        tasks = in.readList(AnswerTask::new);
        mayLoad = in.readBoolean();
        textTo = in.readOptionalWriteable(TextTo::new);
        partial = null;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeList(tasks);
        out.writeBoolean(mayLoad);
        out.writeOptionalWriteable(textTo);
    }

    List<AnswerTask> tasks() {
        return tasks;
    }

    boolean mayLoad() {
        return mayLoad;
    }

    @Nullable
    TextTo textTo() {
        return textTo;
    }

    @Nullable
    AnswerListener partial() {
        return partial;
    }

    @Override
    public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new NodeAnswerTask(id, type, action, getDescription(), parent, headers);
    }

    /** For task lists: never what is asked. */
    @Override
    public String getDescription() {
        String model = Objects.requireNonNullElse(tasks.getFirst().options().model(), "default");
        return "model[" + model + "], tasks[" + tasks.size() + "]";
    }
}
