// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.opensearch.generate.benchmarks.serve.ProcessMemory;
import org.opensearch.generate.benchmarks.serve.ServeCommand;
import org.opensearch.generate.benchmarks.serve.Serving;

/** A scenario against a URL. */
record ServerSide(Serving serving, Optional<Long> pid) implements Side {
    @Override
    public ObjectNode measure(int round) throws InterruptedException {
        ObjectNode found = serving.run(round);
        pid.ifPresent(process -> found.put("peak_memory_bytes", ProcessMemory.peakBytes(process)));
        return found;
    }

    @Override
    public String kind() {
        return ServeCommand.KIND;
    }

    @Override
    public void close() {
        serving.close();
    }
}
