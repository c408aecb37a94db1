// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** The one rule by which floats become 8-bit codes with a scale, see {@link Activations}. */
final class Quantizer {
    private Quantizer() {}

    /** Quantises elements {@code from} to {@code to} (exclusive), which share a scale; returns the scale. */
    static float group(float[] values, int from, int to, byte[] codes, int target) {
        float absmax = 0f;
        for (int k = from; k < to; k++) {
            absmax = Math.max(absmax, Math.abs(values[k]));
        }
        if (absmax < Activations.TINY) {
            for (int k = from; k < to; k++) {
                codes[target + k - from] = 0;
            }
            return 0f;
        }
        float inverse = 127f / absmax;
        for (int k = from; k < to; k++) {
            codes[target + k - from] = (byte) (int) Math.rint(values[k] * inverse);
        }
        return absmax / 127f;
    }
}
