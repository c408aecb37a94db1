// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.slowlog;

import java.util.Locale;

/** What of an answer has thresholds of its own. */
enum Phase {
    /** The search for documents. */
    RETRIEVE,
    /** From handing the prompt to the engine to its first step. */
    QUEUE,
    /** From there to the first token. */
    PREFILL,
    /** From there to the last. */
    DECODE,
    /** From the request to its answer. */
    TOTAL;

    /** As settings and lines write it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
