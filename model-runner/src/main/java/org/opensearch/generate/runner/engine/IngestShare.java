// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/**
 * Interactive requests before ingest, without starving it.
 *
 * <h2>Idea</h2>
 * While both wait, ingest is owed a share of the tokens computed. As long as it has had them, interactive requests go first; when
 * it has not, the next turn is its own. What is computed while only one of them waits counts for nothing.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 */
final class IngestShare {
    private double share = EngineLimits.DEFAULT_INGEST_SHARE;
    private double owed;

    /** Changes the share, 0 to 1. */
    void share(double value) {
        share = value;
    }

    /** Tokens were computed while sequences of both priorities waited for theirs. */
    void served(Priority priority, int tokens) {
        owed += priority == Priority.INGEST ? -(1 - share) * tokens : share * tokens;
    }

    /** Whose turn comes first. */
    Priority first() {
        return owed > 0 ? Priority.INGEST : Priority.INTERACTIVE;
    }

    /** Whose turn comes second. */
    Priority second() {
        return owed > 0 ? Priority.INTERACTIVE : Priority.INGEST;
    }
}
