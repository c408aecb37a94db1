// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.opensearch.generate.runner.speculate.SpeculationControl;

/**
 * What steps have taken so far, and how many prompt tokens a step can therefore take beside running answers.
 *
 * <h2>Idea</h2>
 * Every running answer waits for the whole step, and every waiting prompt gains by its tokens in it. So a step may take {@link
 * #STRETCH} times one that only decodes; what is above one is multiplied by the number of waiting prompts for each running answer,
 * where that is more than one, up to {@link #MOST_STRETCH} in all. Many answers go on evenly when a long prompt arrives; few do not
 * hold many prompts up, so that batches fill. How many tokens these are depends on model and machine: up to some number of rows a
 * step costs what reading the weights costs, beyond it every row costs its arithmetic. So nothing is assumed but that more rows
 * take longer, and the time is interpolated between the numbers of rows that have been measured, and taken to grow at most in
 * proportion to rows beyond one of them. The tokens granted therefore approach the limit from below, within some steps.
 *
 * <h2>State</h2>
 * Three curves of lower quartiles, those of the steps that only decode, those with drafts and those with prompts, with a point for each quarter of a power
 * of two. A number of decodes that was not measured, or not for {@link #MEASURE_AGAIN} steps beside prompts, is measured first:
 * the prompts miss that one step.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 */
final class StepCosts {
    /**
     * How many times as long as one that only decodes a step may take while no more prompts wait than answers run; inter-token p99
     * stays below 3 times p50.
     */
    static final double STRETCH = 2.5;

    /** How many times as long it may be however many prompts wait for however few answers. */
    static final double MOST_STRETCH = 6;

    /** Prompt tokens that a step takes at least. They are few: prompts have most of the time of a stretched step anyway. */
    static final int LEAST_PROMPT_TOKENS = 8;

    /** Steps with prompts after which a step without is measured again. */
    static final int MEASURE_AGAIN = 32;

    /** For how many steps a point is believed, for each time it was measured, and at most. */
    private static final long TRUST = 32;

    private static final long MOST_TRUST = 512;

    /** Steps of which the lower quartile counts: a machine is slow for a moment now and then. */
    private static final int LATEST = 5;

    /** Steps with prompts after which a number of decodes that was measured once is measured again. */
    private static final int SOON = 4;

    private static final double WEIGHT = 0.25;

    /** Of rows beyond all that were measured, the share of their proportion by which they make a step longer. */
    private static final double GROWTH = 0.5;

    private final Curve decodes = new Curve();
    private final Curve drafting = new Curve();
    private final Curve mixed = new Curve();
    private long steps;
    private int lastDecodes;
    private int granted;
    private double promptTokens;
    private double promptNanos;

    /** A step without drafts has run. */
    void measured(int decodeRows, int promptRows, long nanos) {
        measured(decodeRows, 0, promptRows, nanos);
    }

    /** A step has run, from its plan to the last token handed out. */
    void measured(int decodeRows, int draftRows, int promptRows, long nanos) {
        steps++;
        if (decodeRows > 0) {
            lastDecodes = decodeRows;
        }
        if (promptRows == 0 && draftRows > 0) {
            drafting.at(decodeRows + draftRows).measured(decodeRows + draftRows, nanos);
            return;
        }
        if (promptRows == 0) {
            decodes.at(decodeRows).measured(decodeRows, nanos);
            return;
        }
        int rows = decodeRows + draftRows + promptRows;
        mixed.at(rows).measured(rows, nanos);
        Point alone = decodes.at(Math.max(1, decodeRows));
        if (decodeRows > 0) {
            alone.stepsBesidePrompts++;
            granted = promptRows;
        }
        promptTokens += WEIGHT * (promptRows - promptTokens);
        promptNanos += WEIGHT * (Math.max(0, nanos - alone.nanos) - promptNanos);
    }

    /**
     * Prompt tokens for the next step beside so many decodes; 0 if the decodes alone shall be measured.
     *
     * @param decodeRows answers that wait for the step; at least 1
     * @param prompts sequences whose prompts are not computed yet, as far as there is place for them
     */
    int promptTokens(int decodeRows, int prompts) {
        Point alone = decodes.at(decodeRows);
        if (alone.due()) {
            return 0;
        }
        double limit = stretch((double) prompts / decodeRows) * alone.nanos;
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

    /**
     * What steps cost that verify drafts of so many decodes: interpolated between what was measured, with drafts where there is such a
     * measurement, else without; taken to grow by {@link #GROWTH} of its share with each row beyond. 0 if the decodes alone shall be
     * measured first.
     */
    SpeculationControl.StepTime stepTime(int decodeRows) {
        if (!decodes.at(decodeRows).known()) {
            return rows -> 0;
        }
        List<Point> known = new ArrayList<>();
        for (int i = 0; i < decodes.points.length; i++) {
            for (Curve curve : List.of(drafting, decodes, mixed)) {
                Point point = curve.points[i];
                if (point.known() && (known.isEmpty() || point.rows > known.getLast().rows)) {
                    known.add(point);
                    break;
                }
            }
        }
        return rows -> interpolate(known, rows);
    }

    private static double interpolate(List<Point> known, int rows) {
        double fromRows = 0;
        double nanos = 0;
        for (Point point : known) {
            if (point.rows >= rows) {
                double to = Math.max(nanos, point.nanos);
                return fromRows == 0 ? to : nanos + (rows - fromRows) / (point.rows - fromRows) * (to - nanos);
            }
            fromRows = point.rows;
            nanos = Math.max(nanos, point.nanos);
        }
        return nanos * (1 + GROWTH * (rows - fromRows) / fromRows);
    }

    private static double stretch(double promptsForEachAnswer) {
        return Math.min(MOST_STRETCH, 1 + (STRETCH - 1) * Math.max(1, promptsForEachAnswer));
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

    /** The latest steps with about as many rows; the one whose time for a row is the lower quartile counts. */
    private final class Point {
        private final int[] latestRows = new int[LATEST];
        private final double[] latestNanos = new double[LATEST];
        private int count;
        private long measuredAt;
        private int stepsBesidePrompts;
        private double rows;
        private double nanos;

        boolean known() {
            return count > 0 && steps - measuredAt < Math.min(MOST_TRUST, TRUST * count);
        }

        /** Whether the decodes alone shall be measured: often at first, then now and then. */
        boolean due() {
            return !known() || stepsBesidePrompts >= Math.min(MEASURE_AGAIN, SOON * count);
        }

        void measured(int newRows, long newNanos) {
            count = known() ? count : 0;
            latestRows[count % LATEST] = newRows;
            latestNanos[count % LATEST] = Math.max(1, newNanos);
            count++;
            measuredAt = steps;
            stepsBesidePrompts = 0;
            int quartile = quartile(Math.min(count, LATEST));
            rows = latestRows[quartile];
            nanos = latestNanos[quartile];
        }

        private int quartile(int samples) {
            return IntStream.range(0, samples)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> latestNanos[i] / latestRows[i]))
                    .skip((samples - 1) / 4)
                    .findFirst()
                    .orElseThrow();
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
