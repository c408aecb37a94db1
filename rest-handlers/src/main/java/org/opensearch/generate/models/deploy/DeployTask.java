// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.models.ModelInfo.Download;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/** What a node does for a deployment, to be watched and cancelled with the task API. */
public final class DeployTask extends CancellableTask {
    private volatile Status status = new Status(Phase.WAITING, Download.WAITING);
    private volatile @Nullable Runnable onCancel;

    public DeployTask(
            long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    /** What is being done. */
    public enum Phase {
        WAITING,
        DOWNLOADING,
        /** The files' checksums are taken. */
        CHECKING,
        LOADING
    }

    /**
     * How far it is.
     *
     * @param phase what is being done
     * @param download bytes of the model's files, all together
     */
    public record Status(Phase phase, Download download) implements Task.Status {
        /** Its name on the wire. */
        public static final String NAME = "generate_deploy";

        /** Reads what {@link #writeTo} wrote. */
        public Status(StreamInput in) throws IOException {
            this(in.readEnum(Phase.class), new Download(in));
        }

        @Override
        public String getWriteableName() {
            return NAME;
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeEnum(phase);
            download.writeTo(out);
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            return builder.startObject()
                    .field("phase", phase.name().toLowerCase(Locale.ROOT))
                    .field("done_bytes", download.doneBytes())
                    .field("total_bytes", download.totalBytes())
                    .endObject();
        }
    }

    @Override
    public Status getStatus() {
        return status;
    }

    /** Notes how far it is; throws {@link TaskCancelledException} if it shall stop. */
    void progress(Phase phase, long doneBytes, long totalBytes) {
        status = new Status(phase, new Download(doneBytes, totalBytes));
        ensureNotCancelled();
    }

    void ensureNotCancelled() {
        if (isCancelled()) {
            throw new TaskCancelledException("cancelled: " + getReasonCancelled());
        }
    }

    /** What stops the present work, beyond what {@link #progress} does. */
    void onCancel(Runnable stop) {
        onCancel = stop;
        if (isCancelled()) {
            stop.run();
        }
    }

    @Override
    protected void onCancelled() {
        Runnable stop = onCancel;
        if (stop != null) {
            stop.run();
        }
    }

    @Override
    public boolean shouldCancelChildrenOnCancellation() {
        return false;
    }
}
