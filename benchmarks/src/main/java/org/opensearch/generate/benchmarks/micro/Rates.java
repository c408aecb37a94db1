// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a benchmark read and computed; JMH shows both per second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
    /** Bytes of weights or keys and values read, in 10^9. */
    public double gigabytes;
    /** Multiplications and additions, in 10^12. */
    public double teraOperations;

    void count(double bytes, double operations) {
        gigabytes += bytes * 1e-9;
        teraOperations += operations * 1e-12;
    }
}
