// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyTensors;

/** Each operation on numbers small enough to be worked out by hand. */
class ScalarKernelsTest {
    private final Kernels kernels = new ScalarKernels(2, MemoryBudget.UNLIMITED);

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

    private static float[] all(Buffer buffer) {
        return buffer.memory().toArray(ValueLayout.JAVA_FLOAT);
    }

    private static Tensor tensor(int rows, int columns, float... values) {
        return TinyTensors.tensor("w", TensorType.F32, rows, columns, TinyTensors.floats(TensorType.F32, values));
    }

    private static byte[] codes(Activations x, int row, int count) {
        long start = row * x.codes().columns();
        return x.codes().memory().asSlice(start, count).toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void addChangesOnlyTheRowsThatCount() {
        Buffer x = floats(2, 1, 2, 3, 4);
        kernels.add(x, floats(2, 10, 20, 30, 40), 1);
        assertArrayEquals(new float[] {11, 22, 3, 4}, all(x));
    }

    @Test
    void gatherPicksRows() {
        Buffer out = floats(2, new float[4]);
        kernels.gather(floats(3, 1, 2, 3, 4, 5, 6), ints(2, 0), 2, out);
        assertArrayEquals(new float[] {5, 6, 1, 2}, all(out));
    }

    @Test
    void quantizeScalesToTheLargestMagnitude() {
        Activations out = kernels.allocateActivations("x", 1, 3);
        kernels.quantize(floats(1, 0.5f, -2.54f, 0.01f), 1, out);
        assertArrayEquals(new byte[] {25, -127, 0, 0}, codes(out, 0, 4));
        assertEquals(2.54f / 127, all(out.scales())[0]);
        assertEquals(-102, out.sums().memory().getAtIndex(ValueLayout.JAVA_SHORT, 0));
    }

    @Test
    void quantizeGivesEachGroupItsScale() {
        float[] x = new float[Activations.GROUP + 1];
        x[0] = 127;
        x[Activations.GROUP] = -254;
        Activations out = kernels.allocateActivations("x", 1, x.length);
        kernels.quantize(floats(1, x), 1, out);
        assertArrayEquals(new float[] {1, 2}, all(out.scales()));
        assertEquals(-127, codes(out, 0, x.length)[Activations.GROUP]);
    }

    @Test
    void quantizeOfZerosAndOfTinyNumbersIsZero() {
        Activations out = kernels.allocateActivations("x", 2, 2);
        kernels.quantize(floats(2, 1, 1, 2, 2), 2, out);
        kernels.quantize(floats(2, 0, -0f, Float.MIN_VALUE, 0x1p-101f), 2, out);
        assertArrayEquals(new float[] {0, 0}, all(out.scales()));
        assertArrayEquals(new byte[] {0, 0}, codes(out, 1, 2));
    }

    @Test
    void rmsNormDividesByTheRootMeanSquare() {
        Activations out = kernels.allocateActivations("x", 1, 4);
        // Mean square 4 - 3 + 3 (epsilon): root 2, so 1, 2, 0, 1 after the weights.
        kernels.rmsNorm(floats(1, 2, 2, 0, -2), floats(1, 1, 2, 5, -1), 1f, 1, out);
        assertEquals(2f / 127, all(out.scales())[0], 1e-9f);
        assertArrayEquals(new byte[] {64, 127, 0, 64}, codes(out, 0, 4));
    }

    @Test
    void addRmsNormKeepsTheSum() {
        Activations out = kernels.allocateActivations("x", 1, 2);
        Activations wanted = kernels.allocateActivations("x", 1, 2);
        Buffer x = floats(1, 1, 2);
        Buffer weight = floats(1, 0.5f, 3);
        kernels.addRmsNorm(x, floats(1, 4, -8), weight, 1e-5f, 1, out);
        assertArrayEquals(new float[] {5, -6}, all(x));
        kernels.rmsNorm(x, weight, 1e-5f, 1, wanted);
        assertArrayEquals(codes(wanted, 0, 2), codes(out, 0, 2));
        assertArrayEquals(all(wanted.scales()), all(out.scales()));
    }

    @Test
    void headRmsNormTouchesItsHeadsOnly() {
        Buffer x = floats(1, 9, 3, 3, -4, 4, 9);
        kernels.headRmsNorm(x, 1, 2, 2, floats(1, 1, 2), 0f, 1);
        assertArrayEquals(new float[] {9, 1, 2, -1, 2, 9}, all(x));
    }

    @Test
    void matmulOfTwoMatricesLiesSideBySide() {
        // Codes are exact: weights are multiples of absmax / 127, inputs too.
        PackedMatrix a = kernels.pack(tensor(2, 3, 127, 1, 0, -127, 0, 2), null);
        PackedMatrix b = kernels.pack(tensor(1, 3, 0, 254, 2), tensor(1, 1, 1000));
        Activations x = kernels.allocateActivations("x", 2, 3);
        kernels.quantize(floats(2, 127, 3, -1, 0, 0, 63.5f), 2, x);
        Buffer out = kernels.allocate("out", DataType.F32, 2, 3);
        kernels.matmul(List.of(a, b), x, 2, out);
        float[] wanted = {
            127 * 127 + 3, -127 * 127 - 2, 254 * 3 - 2 + 1000, 0, 127, 127 + 1000,
        };
        assertArrayEquals(wanted, all(out));
    }

    @Test
    void embedGivesTheRow() {
        PackedMatrix table = kernels.pack(tensor(2, 3, 127, 1, 0, -254, 0, 2), null);
        Buffer out = floats(2, new float[6]);
        kernels.embed(table, ints(1, 0), 2, out);
        assertArrayEquals(new float[] {-254, 0, 2, 127, 1, 0}, all(out));
    }

    @Test
    void ropeTurnsHalvesOrNeighbours() {
        // Position 1 turns the first pair by 90 degrees, the second not.
        Buffer cosSin = floats(2, 1, 1, 0, 0, 0, 1, 1, 0);
        Buffer halves = floats(1, 7, 1, 2, 3, 4, 8);
        kernels.rope(halves, 1, 1, 5, new RopeTable(cosSin, 4, false), ints(1), 1);
        assertArrayEquals(new float[] {7, -3, 2, 1, 4, 8}, all(halves));
        Buffer neighbours = floats(1, 7, 1, 2, 3, 4, 8);
        kernels.rope(neighbours, 1, 1, 5, new RopeTable(cosSin, 4, true), ints(1), 1);
        assertArrayEquals(new float[] {7, -2, 1, 3, 4, 8}, all(neighbours));
        kernels.rope(neighbours, 1, 1, 5, new RopeTable(cosSin, 4, true), ints(0), 1);
        assertArrayEquals(new float[] {7, -2, 1, 3, 4, 8}, all(neighbours));
    }

    private KvCache cache(DataType type, int pages, int kvHeads, int headDim) {
        Buffer layer = kernels.allocate("kv", type, pages, KvCache.pageElements(type, kvHeads, headDim));
        return new KvCache(List.of(layer), pages, kvHeads, headDim);
    }

    @Test
    void keysLieTransposedAndValuesStraight() {
        KvCache cache = cache(DataType.F32, 2, 1, 2);
        AttentionRows rows = new AttentionRows(ints(5), ints(KvCache.PAGE + 5), ints(0), ints(1));
        kernels.appendKv(floats(1, 0, 1, 2, 3, 4), 1, 3, cache, 0, rows, 1);
        float[] memory = all(cache.layers().get(0));
        int page = 4 * KvCache.PAGE;
        assertEquals(1, memory[page + 5]);
        assertEquals(2, memory[page + KvCache.PAGE + 5]);
        assertEquals(3, memory[page + 2 * KvCache.PAGE + 10]);
        assertEquals(4, memory[page + 2 * KvCache.PAGE + 11]);
        kernels.copyPage(cache, 1, 0);
        memory = all(cache.layers().get(0));
        assertEquals(2, memory[KvCache.PAGE + 5]);
        assertThrows(IllegalArgumentException.class, () -> kernels.copyPage(cache, 0, 2));
    }

    @Test
    void attentionWeighsValuesBySoftmax() {
        KvCache cache = cache(DataType.F32, 1, 1, 1);
        AttentionRows rows = new AttentionRows(ints(0, 1, 2), ints(0, 1, 2), ints(0, 0, 0), ints(0));
        // Key and value of three positions; the query is 1, so scores are the keys.
        kernels.appendKv(floats(3, 0, 10, (float) Math.log(3), 20, 100, 30), 0, 1, cache, 0, rows, 3);
        Buffer out = floats(3, new float[3]);
        kernels.attention(floats(3, 1, 1, 0), cache, 0, rows, 3, 1, 1f, 0, out);
        assertEquals(10, all(out)[0]);
        assertEquals((10 + 3 * 20) / 4f, all(out)[1], 1e-5f);
        assertEquals(20, all(out)[2], 1e-5f, "a query of 0 takes the mean");
        kernels.attention(floats(3, 1, 1, 0), cache, 0, rows, 3, 1, 1f, 2, out);
        assertEquals(25, all(out)[2], 1e-5f, "a window of 2 leaves position 0 out");
    }

    @Test
    void queryHeadsShareKeyHeads() {
        KvCache cache = cache(DataType.BF16, 1, 2, 1);
        AttentionRows rows = new AttentionRows(ints(0), ints(0), ints(0), ints(0));
        kernels.appendKv(floats(1, 1, 2, 50, 60), 0, 2, cache, 0, rows, 1);
        Buffer out = floats(1, new float[4]);
        kernels.attention(floats(1, 1, 2, 3, 4), cache, 0, rows, 1, 4, 1f, 0, out);
        assertArrayEquals(new float[] {50, 50, 60, 60}, all(out));
    }

    @Test
    void swigluGatesTheSecondHalf() {
        Activations out = kernels.allocateActivations("x", 1, 2);
        kernels.swiglu(floats(1, 0, 20, 5, -3), 1, out);
        assertArrayEquals(new byte[] {0, -127}, codes(out, 0, 2));
        assertEquals(60f / 127, all(out.scales())[0], 1e-6f);
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        Buffer x = floats(2, 1, 2, 3, 4);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> kernels.add(x, floats(1, 1, 2), 2));
        assertEquals("add of [2, 2] does not fit floats F32 [1, 2]", e.getMessage());
        PackedMatrix matrix = kernels.pack(tensor(1, 2, 1, 2), null);
        Activations three = kernels.allocateActivations("x", 1, 3);
        IllegalArgumentException columns = assertThrows(
                IllegalArgumentException.class, () -> kernels.matmul(List.of(matrix), three, 1, floats(1, 0)));
        assertTrue(String.valueOf(columns.getMessage()).contains("w has 2 columns, its input 3"));
        Activations two = kernels.allocateActivations("x", 1, 2);
        assertThrows(IllegalArgumentException.class, () -> kernels.matmul(List.of(matrix), two, 1, floats(1, 0, 0)));
        assertThrows(IllegalArgumentException.class, () -> kernels.quantize(x, 2, two));
        assertThrows(IllegalArgumentException.class, () -> kernels.swiglu(x, 1, two));
        assertThrows(IllegalArgumentException.class, () -> kernels.gather(x, floats(1, 0), 1, x));
    }
}
