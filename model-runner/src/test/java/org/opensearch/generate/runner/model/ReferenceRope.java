// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import org.opensearch.generate.loader.ModelConfig.Rope;

/** Rotary angles by the formulas of their papers and first implementations, one rule after the other. */
final class ReferenceRope {
    private ReferenceRope() {}

    /** The angle by which pair {@code i} is turned at {@code position}, in a context of {@code length}. */
    static double angle(Rope rope, int i, int position, int length) {
        double d = rope.dims();
        double plain = 1 / Math.pow(rope.theta(), 2 * i / d);
        double factor = rope.factor();
        double original = rope.originalPositions();
        return switch (rope.scaling()) {
            case NONE -> position * plain / divisor(rope.shortFactors(), i);
            // Chen et al., arXiv 2306.15595: positions are interpolated.
            case LINEAR -> position / factor * plain;
            // "NTK-aware, dynamic": the base grows with the length.
            case DYNAMIC -> {
                double longer = Math.max(length, original);
                double base = rope.theta() * Math.pow(factor * longer / original - (factor - 1), d / (d - 2));
                yield position / Math.pow(base, 2 * i / d);
            }
            // Peng et al., arXiv 2309.00071, definitions 1 to 3, with the ramp over pairs of the authors' code.
            case YARN -> {
                double low = Math.floor(
                        d * Math.log(original / (rope.betaFast() * 2 * Math.PI)) / 2 / Math.log(rope.theta()));
                double high = Math.ceil(
                        d * Math.log(original / (rope.betaSlow() * 2 * Math.PI)) / 2 / Math.log(rope.theta()));
                low = Math.max(low, 0);
                high = Math.min(high, d - 1);
                double gamma = i <= low ? 1 : i >= high ? 0 : 1 - (i - low) / (high - low);
                yield position * ((1 - gamma) * plain / factor + gamma * plain);
            }
            // Llama 3.1: by wavelength.
            case LLAMA3 -> {
                double wavelength = 2 * Math.PI / plain;
                if (wavelength < original / rope.highFrequencyFactor()) {
                    yield position * plain;
                }
                if (wavelength > original / rope.lowFrequencyFactor()) {
                    yield position * plain / factor;
                }
                double smooth = (original / wavelength - rope.lowFrequencyFactor())
                        / (rope.highFrequencyFactor() - rope.lowFrequencyFactor());
                yield position * ((1 - smooth) * plain / factor + smooth * plain);
            }
            // Ding et al., arXiv 2402.13753.
            case LONGROPE ->
                position * plain / divisor(length > original ? rope.longFactors() : rope.shortFactors(), i);
        };
    }

    private static double divisor(float[] factors, int i) {
        return factors.length == 0 ? 1 : factors[i];
    }

    /** What query and key are each multiplied by. */
    static double magnitude(Rope rope) {
        if (rope.attentionFactor() != 0) {
            return rope.attentionFactor();
        }
        return switch (rope.scaling()) {
            case YARN -> 0.1 * Math.log(rope.factor()) + 1;
            case LONGROPE -> Math.sqrt(1 + Math.log(rope.factor()) / Math.log(rope.originalPositions()));
            case NONE, LINEAR, DYNAMIC, LLAMA3 -> 1;
        };
    }
}
