// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;

/**
 * Cosines and sines of rotary position embedding under every scaling rule, in double precision with {@link StrictMath}.
 * <p>Rules whose frequencies depend on the length of the context (dynamic NTK, LongRoPE) are taken at the longest context that
 * the model is loaded for: keys stay valid as a sequence grows, and a prompt gives the same tokens whole or in chunks.
 */
final class RopeTables {
    private RopeTables() {}

    /** {@code positions} rows of {@code dims / 2} cosines, then as many sines. */
    static float[] cosSin(Rope rope, int positions) {
        double[] frequencies = frequencies(rope, positions);
        double magnitude = magnitude(rope);
        int half = frequencies.length;
        float[] table = new float[Math.multiplyExact(positions, 2 * half)];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                double angle = p * frequencies[i];
                table[2 * half * p + i] = (float) (StrictMath.cos(angle) * magnitude);
                table[2 * half * p + half + i] = (float) (StrictMath.sin(angle) * magnitude);
            }
        }
        return table;
    }

    /** Angle per position of each rotated pair. */
    static double[] frequencies(Rope rope, int positions) {
        int half = rope.dims() / 2;
        double theta = rope.scaling() == RopeScaling.DYNAMIC ? dynamicTheta(rope, positions) : rope.theta();
        float[] divisors = isLong(rope, positions) ? rope.longFactors() : rope.shortFactors();
        double[] frequencies = new double[half];
        for (int i = 0; i < half; i++) {
            double frequency = StrictMath.pow(theta, -2.0 * i / rope.dims());
            frequencies[i] = scale(rope, i, divisors.length == 0 ? frequency : frequency / divisors[i]);
        }
        return frequencies;
    }

    /** NTK-aware base for contexts beyond the original one, as in Hugging Face's {@code dynamic}. */
    private static double dynamicTheta(Rope rope, int positions) {
        if (positions <= rope.originalPositions()) {
            return rope.theta();
        }
        double stretch = rope.factor() * positions / rope.originalPositions() - (rope.factor() - 1);
        return rope.theta() * StrictMath.pow(stretch, rope.dims() / (rope.dims() - 2.0));
    }

    private static boolean isLong(Rope rope, int positions) {
        return rope.scaling() == RopeScaling.LONGROPE && positions > rope.originalPositions();
    }

    private static double scale(Rope rope, int pair, double frequency) {
        return switch (rope.scaling()) {
            case NONE, DYNAMIC, LONGROPE -> frequency;
            case LINEAR -> frequency / rope.factor();
            case YARN -> yarn(rope, pair, frequency);
            case LLAMA3 -> llama3(rope, frequency);
        };
    }

    /** "By parts" interpolation of YaRN (Peng et al., arXiv 2309.00071, section 3.2). */
    private static double yarn(Rope rope, int pair, double frequency) {
        double low = Math.max(Math.floor(yarnPair(rope, rope.betaFast())), 0);
        double high = Math.min(Math.ceil(yarnPair(rope, rope.betaSlow())), rope.dims() - 1.0);
        double ramp = (pair - low) / Math.max(high - low, 0.001);
        double interpolated = Math.min(Math.max(ramp, 0), 1);
        return frequency / rope.factor() * interpolated + frequency * (1 - interpolated);
    }

    /** The pair, as a fraction, that turns {@code rotations} times within the original context. */
    private static double yarnPair(Rope rope, double rotations) {
        return rope.dims()
                * StrictMath.log(rope.originalPositions() / (rotations * 2 * Math.PI))
                / (2 * StrictMath.log(rope.theta()));
    }

    /** Llama 3.1: long waves are stretched, short ones stay, those between are blended. */
    private static double llama3(Rope rope, double frequency) {
        double turns = rope.originalPositions() * frequency / (2 * Math.PI);
        double blend = (turns - rope.lowFrequencyFactor()) / (rope.highFrequencyFactor() - rope.lowFrequencyFactor());
        double kept = Math.min(Math.max(blend, 0), 1);
        return (1 - kept) * frequency / rope.factor() + kept * frequency;
    }

    /** What cosine and sine are multiplied by. */
    private static double magnitude(Rope rope) {
        if (rope.scaling() != RopeScaling.YARN && rope.scaling() != RopeScaling.LONGROPE) {
            return 1;
        }
        if (rope.attentionFactor() != 0) {
            return rope.attentionFactor();
        }
        if (rope.factor() <= 1) {
            return 1;
        }
        return rope.scaling() == RopeScaling.YARN
                ? 0.1 * StrictMath.log(rope.factor()) + 1
                : StrictMath.sqrt(1 + StrictMath.log(rope.factor()) / StrictMath.log(rope.originalPositions()));
    }
}
