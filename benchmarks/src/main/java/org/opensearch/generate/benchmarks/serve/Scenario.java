// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.util.List;
import java.util.OptionalInt;

/**
 * What is sent to a server, and when.
 *
 * @param about one sentence for people
 * @param seed of arrivals and prompts
 * @param phases run one after the other
 */
record Scenario(String name, String about, long seed, List<Phase> phases) {

    /** Loads that run at the same time, until all that have a number of requests are done. */
    record Phase(String name, List<Load> loads) {}

    enum Kind {
        /** Prompts to answer. */
        ANSWERS,
        /** Plain searches in an index. */
        SEARCHES
    }

    /**
     * Requests of one size.
     *
     * @param requests how many; none: as long as the other loads of the phase take
     * @param warmUp requests before, which do not count
     * @param promptTokens of each prompt, shared prefix and question included; reached within some percent
     * @param sharedPrefixTokens of them, the same in all prompts
     * @param questionsPerContext consecutive prompts that differ only in the question at their end
     * @param newTokens longest answer
     */
    record Load(
            String name,
            Kind kind,
            Arrivals arrivals,
            OptionalInt requests,
            int warmUp,
            int promptTokens,
            int sharedPrefixTokens,
            int questionsPerContext,
            int newTokens) {}

    /** When requests are sent. */
    sealed interface Arrivals {}

    /** A closed loop: so many at once, the next when one is answered. */
    record Concurrency(int requests) implements Arrivals {}

    /** A Poisson process: independent of the answers. */
    record Poisson(double perSecond) implements Arrivals {}
}
