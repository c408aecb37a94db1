// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.models.ModelInfo;

/** The models asked about, by id. */
public final class ModelsResponse extends ActionResponse implements ToXContentObject {
    private final List<ModelInfo> models;

    public ModelsResponse(List<ModelInfo> models) {
        this.models = List.copyOf(models);
    }

    /** Reads what {@link #writeTo} wrote. */
    public ModelsResponse(StreamInput in) throws IOException {
        super(in);
        models = in.readList(ModelInfo::new);
    }

    /** The models, by id. */
    public List<ModelInfo> models() {
        return models;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeList(models);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject().field("models", models).endObject();
    }
}
