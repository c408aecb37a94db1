// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Asks about one model, or about all. */
public final class ModelsRequest extends ActionRequest {
    private final @Nullable String id;

    /** @param id the model meant, or null for all */
    public ModelsRequest(@Nullable String id) {
        this.id = id;
    }

    /** Reads what {@link #writeTo} wrote. */
    public ModelsRequest(StreamInput in) throws IOException {
        super(in);
        id = in.readOptionalString();
    }

    /** The model meant, or null for all. */
    public @Nullable String id() {
        return id;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeOptionalString(id);
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    @Override
    public String getDescription() {
        return id == null ? "models" : "model [" + id + "]";
    }
}
