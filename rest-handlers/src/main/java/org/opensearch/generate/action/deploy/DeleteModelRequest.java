// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.support.clustermanager.AcknowledgedRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.models.ModelFolder;

/** Asks to end a deployment. */
public final class DeleteModelRequest extends AcknowledgedRequest<DeleteModelRequest> {
    private final String id;
    private final @Nullable String uuid;

    /**
     * @param id the model
     * @param uuid the deployment meant, or null for whichever is there
     */
    public DeleteModelRequest(String id, @Nullable String uuid) {
        ModelFolder.checkId(id);
        this.id = id;
        this.uuid = uuid;
    }

    /** Reads what {@link #writeTo} wrote. */
    public DeleteModelRequest(StreamInput in) throws IOException {
        super(in);
        id = in.readString();
        uuid = in.readOptionalString();
    }

    String id() {
        return id;
    }

    @Nullable
    String uuid() {
        return uuid;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeString(id);
        out.writeOptionalString(uuid);
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    @Override
    public String getDescription() {
        return "model [" + id + "]";
    }
}
