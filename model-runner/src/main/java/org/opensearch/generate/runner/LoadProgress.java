// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

/** Told how far a load has come, on the loading thread. To cancel the load, throw {@link java.util.concurrent.CancellationException}. */
@FunctionalInterface
public interface LoadProgress {
    /** Tells nobody. */
    LoadProgress NONE = (what, done, total) -> {};

    /**
     * A part is done.
     *
     * @param what what is being loaded, for people
     * @param done how much is done, at most {@code total}
     * @param total how much there is
     */
    void step(String what, long done, long total);
}
