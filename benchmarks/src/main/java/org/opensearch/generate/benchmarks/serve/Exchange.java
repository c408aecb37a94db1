// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.util.Optional;

/**
 * A request and what came of it. Times are {@link System#nanoTime()}.
 *
 * @param request its number in the load
 * @param sent when it was sent
 * @param ended when the last byte had come
 * @param reply what came; empty of text if nothing did
 * @param error what went wrong, if anything
 * @param cut whether it was broken off because the phase was over
 */
record Exchange(int request, long sent, long ended, Reply reply, Optional<String> error, boolean cut) {
    boolean whole() {
        return error.isEmpty() && !cut;
    }

    double latencyMillis() {
        return (ended - sent) / 1e6;
    }
}
