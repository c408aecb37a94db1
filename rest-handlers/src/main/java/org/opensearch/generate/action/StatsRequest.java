// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;

/** Asks nodes for their statistics. */
public final class StatsRequest extends BaseNodesRequest<StatsRequest> {
    /** @param nodes ids, names or filters; none for all */
    public StatsRequest(String... nodes) {
        super(nodes);
    }

    /** Reads what {@code writeTo} wrote. */
    public StatsRequest(StreamInput in) throws IOException {
        super(in);
    }
}
