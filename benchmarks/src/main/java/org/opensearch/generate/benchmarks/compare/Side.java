// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One of the two that are compared. */
interface Side extends AutoCloseable {
    /** Measures once. Returns the fields of a result line. */
    ObjectNode measure(int round) throws InterruptedException;

    /** The kind of its result lines. */
    String kind();

    @Override
    void close();
}
