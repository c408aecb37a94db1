// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a benchmark read and computed; JMH shows each per second. A multiplication and an addition count as two operations. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
    /** Bytes of weights, keys and values, or rows read, in 10^9. */
    public double gigabytes;
    /** Products of 8-bit integers and their sums, in 10^12. */
    public double int8TeraOperations;
    /** Float operations, in 10^12. */
    public double f32TeraOperations;

    void int8(double bytes, double operations) {
        gigabytes += bytes * 1e-9;
        int8TeraOperations += operations * 1e-12;
    }

    void f32(double bytes, double operations) {
        gigabytes += bytes * 1e-9;
        f32TeraOperations += operations * 1e-12;
    }
}
