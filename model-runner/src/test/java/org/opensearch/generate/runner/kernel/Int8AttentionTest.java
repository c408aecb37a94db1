// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.generate.runner.Seeds;

/** Attention over {@code I8} pages against attention in double precision over what was appended. */
class Int8AttentionTest {
    private static final int HEAD_DIM = 64;
    private static final float SCALE = 0.125f;

    private final Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED);

    @AfterEach
    void close() {
        kernels.close();
    }

    private Buffer floats(int rows, float... values) {
        Buffer buffer = kernels.allocate("floats", DataType.F32, rows, values.length / rows);
        kernels.upload(values, values.length, buffer);
        return buffer;
    }

    private Buffer ints(int... values) {
        Buffer buffer = kernels.allocate("ints", DataType.I32, 1, values.length);
        kernels.upload(values, values.length, buffer);
        return buffer;
    }

    private KvCache cache(int positions, int headDim, float[] keysAndValues) {
        int pages = Math.ceilDiv(positions, KvCache.PAGE);
        long elements = KvCache.pageElements(DataType.I8, 1, headDim);
        KvCache cache = new KvCache(List.of(kernels.allocate("kv", DataType.I8, pages, elements)), pages, 1, headDim);
        int[] slots = IntStream.range(0, positions).toArray();
        AttentionRows rows = new AttentionRows(ints(slots), ints(slots), ints(new int[positions]), ints(0));
        kernels.appendKv(floats(positions, keysAndValues), 0, headDim, cache, 0, rows, positions);
        return cache;
    }

    @Test
    void codesThatAreMultipliedLieTogether() {
        float[] keysAndValues = {127, -3, 64, 1, 5, 254, 2, -254, 0, 6};
        byte[] page = cache(1, 5, keysAndValues).layers().getFirst().memory().toArray(ValueLayout.JAVA_BYTE);
        assertEquals(2 * KvCache.PAGE * (16 + Float.BYTES), page.length);
        assertEquals((byte) 255, page[0]);
        assertEquals(125, page[1]);
        assertEquals(
                (byte) (128 + 5), page[4 * KvCache.PAGE], "the fifth element follows the first four of all positions");
        int values = 16 * KvCache.PAGE;
        assertEquals(127, page[values]);
        assertEquals(1, page[values + 4], "neighbours of a value's element are its next positions");
        assertEquals(-127, page[values + 8]);
        assertEquals(3, page[values + 16]);
    }

    /**
     * The bound, for query codes of scale a, key codes of scale b and value codes of scale c: a score is wrong by at most {@code
     * d = SCALE * sum(|q| b / 2 + |k| a / 2 + a b / 4)}, so a probability p by a factor from {@code exp(-2 d)} to {@code exp(2
     * d)}; a value by {@code c / 2}; a weight by half of the page's scale, {@code max(p c) / 127}, times the value's code, at most
     * 127. 1 percent more covers the rounding of floats.
     */
    @ParameterizedTest
    @CsvSource({"1, 1", "20, 1", "32, 3", "33, 1", "100, 3", "1000, 3", "1000, 12"})
    void theErrorIsBounded(int positions, float spread) {
        RandomGenerator random = Seeds.fixed(0x1E8);
        float[] keysAndValues = new float[positions * 2 * HEAD_DIM];
        for (int i = 0; i < keysAndValues.length; i++) {
            keysAndValues[i] = (float) random.nextGaussian();
        }
        float[] query = new float[HEAD_DIM];
        for (int d = 0; d < HEAD_DIM; d++) {
            query[d] = spread * (float) random.nextGaussian();
        }
        KvCache cache = cache(positions, HEAD_DIM, keysAndValues);
        AttentionRows rows = new AttentionRows(
                ints(positions - 1),
                ints(0),
                ints(0),
                ints(IntStream.range(0, cache.pages()).toArray()));
        Buffer out = floats(1, new float[HEAD_DIM]);
        kernels.attention(floats(1, query), cache, 0, rows, 1, 1, SCALE, 0, out);

        double[] p = probabilities(query, keysAndValues, positions);
        double scoreError = 0;
        for (int j = 0; j < positions; j++) {
            scoreError = Math.max(scoreError, scoreError(query, row(keysAndValues, 2 * j)));
        }
        double factor = Math.exp(2 * scoreError);
        double bound = 0;
        double pageTop = 0;
        for (int j = 0; j < positions; j++) {
            double largest = absmax(row(keysAndValues, 2 * j + 1));
            pageTop = Math.max(pageTop, p[j] * factor * largest / 127);
            bound += p[j] * (factor - 1) * largest + p[j] * factor * largest / 127 / 2;
            if (j % KvCache.PAGE == KvCache.PAGE - 1 || j == positions - 1) {
                bound += (j % KvCache.PAGE + 1) * pageTop / 2;
                pageTop = 0;
            }
        }
        double squares = 0;
        double errors = 0;
        for (int d = 0; d < HEAD_DIM; d++) {
            double wanted = 0;
            for (int j = 0; j < positions; j++) {
                wanted += p[j] * row(keysAndValues, 2 * j + 1)[d];
            }
            double error = out.memory().getAtIndex(ValueLayout.JAVA_FLOAT, d) - wanted;
            assertTrue(Math.abs(error) <= 1.01 * bound, error + " in element " + d + ", at most " + bound);
            squares += wanted * wanted;
            errors += error * error;
        }
        double relative = Math.sqrt(errors / squares);
        assertTrue(relative < 0.02 * Math.max(1, spread), relative + " of the output");
    }

    private static double[] probabilities(float[] query, float[] keysAndValues, int positions) {
        double[] p = new double[positions];
        for (int j = 0; j < positions; j++) {
            float[] key = row(keysAndValues, 2 * j);
            for (int d = 0; d < HEAD_DIM; d++) {
                p[j] += SCALE * (double) query[d] * key[d];
            }
        }
        double max = Arrays.stream(p).max().orElseThrow();
        double sum = Arrays.stream(p).map(s -> Math.exp(s - max)).sum();
        return Arrays.stream(p).map(s -> Math.exp(s - max) / sum).toArray();
    }

    private static double scoreError(float[] query, float[] key) {
        double a = absmax(query) / 127;
        double b = absmax(key) / 127;
        double error = 0;
        for (int d = 0; d < HEAD_DIM; d++) {
            error += Math.abs(query[d]) * b / 2 + Math.abs(key[d]) * a / 2 + a * b / 4;
        }
        return SCALE * error;
    }

    private static double absmax(float[] x) {
        double absmax = 0;
        for (float v : x) {
            absmax = Math.max(absmax, Math.abs(v));
        }
        return absmax;
    }

    private static float[] row(float[] keysAndValues, int index) {
        return Arrays.copyOfRange(keysAndValues, index * HEAD_DIM, (index + 1) * HEAD_DIM);
    }
}
