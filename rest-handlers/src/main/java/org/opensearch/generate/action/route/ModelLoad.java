// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.generate.models.ModelInfo.State;

/**
 * How a node stands with one model.
 *
 * @param state where it is between file and memory
 * @param requests answers that grow or wait; 0 if it is not loaded
 */
record ModelLoad(State state, int requests) implements Writeable {
    ModelLoad(StreamInput in) throws IOException {
        this(in.readEnum(State.class), in.readVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeEnum(state);
        out.writeVInt(requests);
    }
}
