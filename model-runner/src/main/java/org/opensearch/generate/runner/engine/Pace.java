// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;

/**
 * How fast an engine is, and when requests will therefore begin and end. Written by the engine's thread, read by any.
 *
 * <h2>Idea</h2>
 * An answer needs a step for each token, at most as many as it may have; prompts add their tokens to the steps. As many answers
 * grow at once as do now, and each that ends makes room for the next that waits. Answers that end early make it all faster, so the
 * times told are upper bounds as far as the pace stays what it is.
 */
final class Pace {
    private static final double WEIGHT = 0.1;

    /** By what steps are taken to be longer than they were. */
    private static final double MARGIN = 2;

    private volatile double stepNanos;
    private volatile double promptTokenNanos;
    private volatile long lastStepNanos;

    /**
     * A request that runs, waits or will come.
     *
     * @param stepsLeft tokens that its answer may still have
     * @param promptTokensLeft of its prompt to compute
     * @param runs whether it has begun
     * @param arrives in how many nanoseconds it comes
     */
    record Work(int stepsLeft, int promptTokensLeft, boolean runs, double arrives) {}

    /** When it begins and ends, in nanoseconds from now. */
    record Times(double begins, double ends) {}

    /** A step has ended that took so long; what came between the step before and it counts too. */
    void step(long nowNanos, double nanos, double promptTokenMillis) {
        double all = Math.max(nanos, (double) (nowNanos - lastStepNanos));
        stepNanos = stepNanos == 0 ? all : stepNanos + WEIGHT * (all - stepNanos);
        promptTokenNanos = promptTokenMillis * 1e6;
        lastStepNanos = nowNanos;
    }

    /** Work comes after there was none. */
    void busy(long nowNanos) {
        lastStepNanos = nowNanos;
    }

    /**
     * When each of some requests begins and ends.
     *
     * @param all the running ones, then the waiting ones in their order, then those to come in theirs
     * @param places most that run at once
     */
    List<Times> times(List<Work> all, int places, long nowNanos) {
        double step = MARGIN * Math.max(stepNanos, (double) (nowNanos - lastStepNanos));
        int running = (int) all.stream().filter(Work::runs).count();
        int atOnce = running == 0 ? places : running;
        PriorityQueue<Double> free = new PriorityQueue<>(Collections.nCopies(atOnce, 0.0));
        double[] prompts = {0};
        return all.stream()
                .map(work -> {
                    double begins = Math.max(work.arrives(), free.remove());
                    double ends = begins + work.stepsLeft() * step;
                    free.add(ends);
                    double before = prompts[0];
                    prompts[0] += MARGIN * work.promptTokensLeft() * promptTokenNanos;
                    return new Times(begins + before, ends + prompts[0]);
                })
                .toList();
    }
}
