// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every quantised type against values that a second implementation, written in numpy after ggml's loops, gave for the same bytes. */
class BlockFormatTest {
    private static final int BLOCKS = 4;

    @ParameterizedTest
    @CsvSource({
        "Q4_0, 470329659, -0.098388671875, 0.02459716796875, 0.0, -0.20159912109375",
        "Q4_1, 2644200848, 0.036895751953125, 0.061492919921875, 0.02459716796875, 0.23516845703125",
        "Q5_0, 576659774, -0.061492919921875, 0.061492919921875, 0.02459716796875, -0.503997802734375",
        "Q5_1, 1047204990, -0.02459716796875, 0.184478759765625, -0.036895751953125, 0.739166259765625",
        "Q8_0, 234807038, 0.787109375, 1.082275390625, 0.578033447265625, -0.974395751953125",
        "Q2_K, 1796561789, 0.59033203125, 0.66412353515625, 0.66412353515625, 1.5123291015625",
        "Q3_K, 629817241, 0.848602294921875, -0.1475830078125, -0.19677734375, 3.02398681640625",
        "Q4_K, 1653730021, 1.930877685546875, 4.095428466796875, 1.930877685546875, 16.8353271484375",
        "Q5_K, 1412491804, 4.907135009765625, 7.071685791015625, 4.636566162109375, 29.53607177734375",
        "Q6_K, 3571423011, -38.37158203125, -2.87786865234375, -4.15692138671875, 24.023895263671875",
        "IQ2_XXS, 3102760333, -0.061492919921875, 0.19216537475585938, 0.061492919921875, 0.302398681640625",
        "IQ4_NL, 920846253, -1.561920166015625, 0.307464599609375, 0.012298583984375, -2.788787841796875",
        "IQ4_XS, 2834501803, 33.25537109375, 26.54034423828125, 40.60992431640625, 0.974395751953125"
    })
    void valuesEqualTheSecondImplementation(
            TensorType type, long checksum, float at0, float at17, float at31, float atLast) {
        int columns = BLOCKS * type.blockElements();
        float[] values = new float[columns];
        Dequantizer.of(TinyTensors.tensor("t", type, 1, columns, blocks(type))).row(0, values);
        assertEquals(at0, values[0]);
        assertEquals(at17, values[17]);
        assertEquals(at31, values[31]);
        assertEquals(atLast, values[columns - 1]);
        CRC32 crc = new CRC32();
        crc.update(TinyTensors.floats(TensorType.F32, values));
        assertEquals(checksum, crc.getValue());
    }

    /** Bytes that both implementations can make, with scales of our choice. */
    private static byte[] blocks(TensorType type) {
        int[] halves =
                switch (type) {
                    case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
                    case Q2_K -> new int[] {80, 82};
                    case Q3_K -> new int[] {108};
                    case Q6_K -> new int[] {208};
                    default -> new int[] {0};
                };
        byte[] bytes = new byte[BLOCKS * type.blockBytes()];
        for (int block = 0; block < BLOCKS; block++) {
            int start = block * type.blockBytes();
            for (int i = 0; i < type.blockBytes(); i++) {
                bytes[start + i] = (byte) (((i + 1) * (block * 1000L + 7919) * 2654435761L) >> 13);
            }
            for (int i = 0; i < halves.length; i++) {
                short half = Float.floatToFloat16((float) ((0.0123 + 0.0071 * block) * (i == 0 ? 1 : -3)));
                bytes[start + halves[i]] = (byte) half;
                bytes[start + halves[i] + 1] = (byte) (half >> 8);
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"F32", "F16", "BF16"})
    void codesStayInsideTheirRangeAndReachIt(TensorType type) {
        int rows = 64;
        int columns = 1024;
        byte[] data = TinyTensors.random(type, rows * columns, 1, new Random(5));
        QuantizedRows quantized = QuantizedRows.of(TinyTensors.tensor("t", type, rows, columns, data));
        RowCodes decoded = quantized.newRow();
        int smallest = 0;
        int largest = 0;
        for (int row = 0; row < rows; row++) {
            quantized.decode(row, decoded);
            for (byte code : decoded.codes()) {
                assertTrue(quantized.table().isEmpty() || quantized.table().contains(code));
                smallest = Math.min(smallest, code);
                largest = Math.max(largest, code);
            }
        }
        assertEquals(quantized.smallestCode(), smallest);
        assertEquals(quantized.largestCode(), largest);
        assertEquals(quantized.hasMinimum(), smallest == 0);
        assertTrue(quantized.groupSize() == 16 || quantized.groupSize() == 32);
        assertThrows(IndexOutOfBoundsException.class, () -> quantized.decode(rows, decoded));
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16"})
    void floatsComeBackAsTheyAre(TensorType type) {
        float[] written = {0, -0f, 1, -1.5f, 0.15625f, 65280, Float.POSITIVE_INFINITY, 0x1p-14f};
        byte[] data = TinyTensors.floats(type, written);
        float[] read = new float[4];
        Dequantizer dequantizer = Dequantizer.of(TinyTensors.tensor("t", type, 2, 4, data));
        float[] all = new float[8];
        for (int row = 0; row < 2; row++) {
            dequantizer.row(row, read);
            System.arraycopy(read, 0, all, 4 * row, 4);
        }
        assertArrayEquals(written, all);
    }

    @Test
    void everyHalfPrecisionScaleIsReadExactly() {
        // Subnormal scales occur in real files and must not be flushed.
        byte[] block = new TinyBytes().i16(1).bytes(new byte[32]).toArray();
        block[2] = 127;
        float[] values = new float[32];
        Dequantizer.of(TinyTensors.tensor("t", TensorType.Q8_0, 1, 32, block)).row(0, values);
        assertEquals(127 * 0x1p-24f, values[0]);
    }

    @Test
    void floatTypesHaveNoCodes() {
        Tensor tensor = TinyTensors.tensor("t", TensorType.F32, 1, 1, new byte[4]);
        assertThrows(IllegalArgumentException.class, () -> QuantizedRows.of(tensor));
    }
}
