// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The kinds of requests, and how often each comes in a round of the mix. */
enum Kind {
    SEARCH(8),
    /** Documents that a pipeline enriches where the nodes have the ingest processor {@code generate}. */
    BULK(2),
    QUESTION(3),
    STREAM(2),
    ASYNC(1),
    MANY(1),
    CHAT(1),
    SEARCH_PIPELINE(1),
    /** A client that hangs up when the first words have come. */
    VANISH(1),
    /** A request that must be refused. */
    REFUSED(1);

    private final int share;

    Kind(int share) {
        this.share = share;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** One round of the mix, kinds spread over it. */
    static List<Kind> mix(boolean streams) {
        List<Kind> mix = new ArrayList<>();
        for (int turn = 0; turn < SEARCH.share; turn++) {
            for (Kind kind : values()) {
                if (turn < kind.share && (streams || (kind != STREAM && kind != VANISH))) {
                    mix.add(kind);
                }
            }
        }
        return List.copyOf(mix);
    }
}
