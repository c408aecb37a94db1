// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/**
 * What steps have taken so far, and how many prompt tokens a step can therefore take beside running answers.
 *
 * <h2>Idea</h2>
 * A running answer waits for the whole step, so prompts beside it get as many tokens as keep the step within {@link #STRETCH}
 * times one that only decodes. How many these are depends on model and machine: up to some number of rows a step costs what
 * reading the weights costs, beyond it every row costs its arithmetic. So nothing is assumed but that more rows take longer, and
 * the time is interpolated between the numbers of rows that have been measured, and taken to grow at most in proportion to
 * rows beyond one of them. The tokens granted therefore approach the limit from below, within some steps.
 *
 * <h2>State</h2>
 * Two curves of averages, that of the steps that only decode and that of the others, with a point for each quarter of a power
 * of two. A number of decodes that was not measured, or not for {@link #MEASURE_AGAIN} steps beside prompts, is measured first:
 * the prompts miss that one step.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 */
final class StepCosts {
    /** How many times as long as one that only decodes a step may take; inter-token p99 stays below 3 times p50. */
    static final double STRETCH = 2.5;

    /** Prompt tokens that a step takes at least. They are few: prompts have most of the time of a stretched step anyway. */
    static final int LEAST_PROMPT_TOKENS = 4;

    /** Steps with prompts after which a step without is measured again. */
    static final int MEASURE_AGAIN = 32;

    /** Steps after which a point is no longer believed. */
    private static final long FORGET = 512;

    private static final double WEIGHT = 0.25;
    /** A machine is slow for a moment more often than it is fast. */
    private static final double WEIGHT_OF_FASTER = 0.5;

    private final Curve decodes = new Curve();
    private final Curve mixed = new Curve();
    private long steps;
    private int lastDecodes;
    private int granted;
    private double promptTokens;
    private double promptNanos;

    /** A step has run, from its plan to the last token handed out. */
    void measured(int decodeRows, int promptRows, long nanos) {
        steps++;
        if (decodeRows > 0) {
            lastDecodes = decodeRows;
        }
        if (promptRows == 0) {
            decodes.at(decodeRows).measured(decodeRows, nanos, WEIGHT_OF_FASTER);
            return;
        }
        mixed.at(decodeRows + promptRows).measured(decodeRows + promptRows, nanos, WEIGHT);
        Point alone = decodes.at(Math.max(1, decodeRows));
        if (decodeRows > 0) {
            alone.stepsBesidePrompts++;
            alone.nanos = Math.min(alone.nanos, (double) nanos);
            granted = promptRows;
        }
        promptTokens += WEIGHT * (promptRows - promptTokens);
        promptNanos += WEIGHT * (Math.max(0, nanos - alone.nanos) - promptNanos);
    }

    /** Prompt tokens for the next step beside so many decodes; 0 if the decodes alone shall be measured. */
    int promptTokens(int decodeRows) {
        Point alone = decodes.at(decodeRows);
        if (!alone.known() || alone.stepsBesidePrompts >= MEASURE_AGAIN) {
            return 0;
        }
        double limit = STRETCH * alone.nanos;
        double rows = decodeRows;
        double nanos = alone.nanos;
        for (Point point : mixed.points) {
            if (!point.known() || point.rows <= rows) {
                continue;
            }
            if (point.nanos >= limit) {
                double between = rows + (limit - nanos) / (point.nanos - nanos) * (point.rows - rows);
                return tokens(Math.min(between, rows * limit / nanos) - decodeRows);
            }
            rows = point.rows;
            nanos = Math.max(nanos, point.nanos);
        }
        return tokens(rows * limit / nanos - decodeRows);
    }

    private static int tokens(double count) {
        return Math.max(LEAST_PROMPT_TOKENS, (int) count);
    }

    /** The model in numbers, for the statistics. */
    EngineStats.StepCost summary() {
        return new EngineStats.StepCost(
                lastDecodes,
                decodes.at(lastDecodes).nanos / 1e6,
                promptTokens == 0 ? 0 : promptNanos / promptTokens / 1e6,
                granted);
    }

    /** Average rows and times of steps with about as many rows. */
    private final class Point {
        private double rows;
        private double nanos;
        private long measuredAt;
        private int stepsBesidePrompts;

        boolean known() {
            return rows > 0 && steps - measuredAt < FORGET;
        }

        void measured(int newRows, long newNanos, double weightOfFaster) {
            double weight = !known() ? 1 : newNanos < nanos ? weightOfFaster : WEIGHT;
            rows += weight * (newRows - rows);
            nanos += weight * (Math.max(1, newNanos) - nanos);
            measuredAt = steps;
            stepsBesidePrompts = 0;
        }
    }

    private final class Curve {
        private static final int PARTS_BITS = 2;
        private final Point[] points = new Point[(Integer.SIZE - PARTS_BITS) << PARTS_BITS];

        Curve() {
            for (int i = 0; i < points.length; i++) {
                points[i] = new Point();
            }
        }

        Point at(int rows) {
            int parts = 1 << PARTS_BITS;
            if (rows < parts) {
                return points[rows];
            }
            int octave = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(rows) - PARTS_BITS;
            return points[(octave << PARTS_BITS) + (rows >>> octave)];
        }
    }
}
