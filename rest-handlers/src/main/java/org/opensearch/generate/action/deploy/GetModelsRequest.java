// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Asks all nodes for their models, or for one. */
public final class GetModelsRequest extends BaseNodesRequest<GetModelsRequest> {
    /** A node that does not answer by then is left out. */
    private static final TimeValue PATIENCE = TimeValue.timeValueSeconds(30);

    private final @Nullable String id;

    /** @param id the model meant, or null for all */
    public GetModelsRequest(@Nullable String id) {
        super(new String[0]);
        this.id = id;
        timeout(PATIENCE);
    }

    /** Reads what {@link #writeTo} wrote. */
    public GetModelsRequest(StreamInput in) throws IOException {
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
    public String getDescription() {
        return id == null ? "models" : "model [" + id + "]";
    }
}
