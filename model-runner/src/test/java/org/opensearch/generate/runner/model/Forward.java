// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.opensearch.generate.runner.kernel.KvCache;

/** Runs one sequence through a model, without an engine. */
final class Forward {
    private Forward() {}

    /** Pages {@code 0, 1, 2…} for that many positions. */
    static int[] pages(int positions) {
        return IntStream.range(0, Math.ceilDiv(positions, KvCache.PAGE)).toArray();
    }

    /** Logits at every position, in chunks, on the given pages. */
    static float[][] logits(Model model, int[] ids, int chunk, int[] pages) {
        float[][] all = new float[ids.length][];
        for (int from = 0; from < ids.length; from += chunk) {
            float[][] part = step(model, ids, from, Math.min(ids.length, from + chunk), pages);
            System.arraycopy(part, 0, all, from, part.length);
        }
        return all;
    }

    /** Hands the logits at every position on, chunk by chunk, so that those of a large vocabulary are never all there. */
    static void eachChunk(Model model, int[] ids, int chunk, Consumer<float[][]> then) {
        for (int from = 0; from < ids.length; from += chunk) {
            then.accept(step(model, ids, from, Math.min(ids.length, from + chunk), pages(ids.length)));
        }
    }

    private static float[][] step(Model model, int[] ids, int from, int to, int[] pages) {
        int rows = to - from;
        float[][] logits = new float[rows][model.config().vocabulary()];
        model.forward(
                new Batch(
                        rows,
                        Arrays.copyOfRange(ids, from, to),
                        IntStream.range(from, to).toArray(),
                        new int[rows],
                        new int[][] {pages},
                        IntStream.range(0, rows).toArray()),
                logits);
        return logits;
    }
}
