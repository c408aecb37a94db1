// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.opensearch.generate.loader.BlockBytes.bits;
import static org.opensearch.generate.loader.BlockBytes.f16;
import static org.opensearch.generate.loader.BlockBytes.i32;
import static org.opensearch.generate.loader.BlockBytes.putLong;
import static org.opensearch.generate.loader.BlockBytes.u16;
import static org.opensearch.generate.loader.BlockBytes.u8;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Blocks whose codes are indices into a fixed table: IQ2_XXS, IQ4_NL, IQ4_XS. The tables are part of the file format. */
final class CodebookBlocks {
    /** Values of IQ4_NL and IQ4_XS. */
    static final List<Byte> TABLE_4 = bytes(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    /** Values of IQ2_XXS. */
    static final List<Byte> TABLE_2 = bytes(-43, -25, -8, 8, 25, 43);

    /** The 256 lattice points of IQ2_XXS: two bits for each of 8 elements, the first lowest; 0, 1, 2 stand for 8, 25, 43. */
    private static final String LATTICE_POINTS = """
            0000 0002 0005 0008 000a 0011 0014 0020 0022 0028 002a 0041 0044 0050 0058 0061 0064 0080 0082 008a
            00a2 0101 0104 0110 0115 0140 0184 0198 0200 0202 0222 0282 0401 0404 0410 0421 0424 0440 0442 0448
            0460 0481 0484 0490 04a4 0500 0502 0508 0520 0546 0569 0580 0591 0609 0610 0640 0684 06a4 0800 0805
            0808 0814 0828 0841 0844 0850 0852 0888 0904 0940 0a02 0a14 1001 1004 1010 1021 1040 1060 1084 1090
            1095 1100 1108 1120 1150 115a 1180 1224 1245 1400 1408 1420 1425 1449 1480 1518 1562 1600 1616 1801
            1804 1810 1840 1881 1900 1905 19a0 1a51 2000 2002 200a 2044 2061 2080 2082 2129 2148 2200 2202 2401
            2404 2410 2440 2456 2500 2541 2564 2690 2808 2820 2894 2a44 4001 4004 4010 4018 4021 4024 4040 4048
            4056 4060 4081 4084 4090 4100 4120 4161 4180 4185 4201 4210 4248 4256 4268 4400 4408 4420 4480 4499
            4512 4524 4600 4801 4804 4810 4840 4845 4900 4958 4961 4982 4a45 4a90 5000 5008 5011 5019 5020 5080
            5088 5104 5142 51a4 5291 5490 5492 550a 5601 5654 5800 5811 5819 5864 5940 5a08 6004 6010 6040 6068
            6100 6155 6218 6260 6400 6405 6510 6512 6584 6842 8000 8002 800a 8041 8082 8104 8118 8140 8211 8401
            8404 8410 8415 8440 8460 8500 8546 8594 8609 8640 8660 8802 8904 8a11 9004 9010 9024 9040 90a1 9116
            9180 9245 9400 9422 9444 9551 9881 9920 a002 a050 a085 a109 a200 a418 a850 a904
            """;

    /** The 8 magnitudes of each lattice point, a byte each, the first lowest. */
    private static final long[] LATTICE_2 = lattice();

    /** For each 7 sign bits 8 bytes of ones where an element is negative; their number is even. */
    private static final long[] SIGNS = signs();

    private static final long ONES = 0x0101010101010101L;
    private static final byte[] VALUES_4 = new byte[16];

    static {
        for (int i = 0; i < VALUES_4.length; i++) {
            VALUES_4[i] = TABLE_4.get(i);
        }
    }

    private CodebookBlocks() {}

    private static List<Byte> bytes(int... values) {
        return Arrays.stream(values).mapToObj(value -> (byte) value).toList();
    }

    private static long[] lattice() {
        int[] magnitudes = {8, 25, 43};
        byte[] points = HexFormat.of().parseHex(LATTICE_POINTS.replaceAll("\\s", ""));
        long[] lattice = new long[points.length / 2];
        for (int i = 0; i < 8 * lattice.length; i++) {
            int point = (points[i / 8 * 2] & 0xFF) << 8 | (points[i / 8 * 2 + 1] & 0xFF);
            lattice[i / 8] |= (long) magnitudes[bits(point, i % 8 * 2, 2)] << (i % 8 * 8);
        }
        return lattice;
    }

    private static long[] signs() {
        long[] signs = new long[128];
        for (int seven = 0; seven < signs.length; seven++) {
            int eight = seven | (Integer.bitCount(seven) & 1) << 7;
            for (int i = 0; i < 8; i++) {
                signs[seven] |= (bits(eight, i, 1) * 0xFFL) << (i * 8);
            }
        }
        return signs;
    }

    /**
     * IQ2_XXS: a scale, then 8 bytes for each 32 elements: 4 lattice points, 4 times 7 sign bits, 4 bits of scale. The sign of
     * the eighth element makes the number of negative ones even.
     */
    static void lattice2(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        row.scales()[code / SuperBlocks.SIZE] = f16(data, at) * 0.125f;
        for (int g = 0; g < 8; g++) {
            int bytes = at + 2 + 8 * g;
            int signsAndScale = i32(data, bytes + 4);
            row.smallScales()[group + g] = (byte) (1 + 2 * (signsAndScale >>> 28));
            for (int quarter = 0; quarter < 4; quarter++) {
                long negative = SIGNS[bits(signsAndScale, 7 * quarter, 7)];
                // Minus x is the complement and one more; no magnitude is 0, so no byte carries into the next.
                long signed = (LATTICE_2[u8(data, bytes + quarter)] ^ negative) + (negative & ONES);
                putLong(codes, code + g * 32 + quarter * 8, signed);
            }
        }
    }

    /** IQ4_NL: a scale, then 16 bytes; element {@code i} is the low nibble, element {@code i + 16} the high one of byte i. */
    static void table4(byte[] data, int at, RowCodes row, int code, int group) {
        row.scales()[group] = f16(data, at);
        nibbles(data, at + 2, row.codes(), code);
    }

    /** IQ4_XS: a scale, the high 2 bits and the low 4 bits of 8 group scales, then 8 times 16 bytes as in IQ4_NL. */
    static void table4Super(byte[] data, int at, RowCodes row, int code, int group) {
        row.scales()[code / SuperBlocks.SIZE] = f16(data, at);
        int high = u16(data, at + 2);
        for (int g = 0; g < 8; g++) {
            int low = bits(u8(data, at + 4 + g / 2), (g & 1) * 4, 4);
            row.smallScales()[group + g] = (byte) ((low | bits(high, g * 2, 2) << 4) - 32);
            nibbles(data, at + 8 + 16 * g, row.codes(), code + g * 32);
        }
    }

    private static void nibbles(byte[] data, int at, byte[] codes, int code) {
        for (int i = 0; i < 16; i++) {
            int pair = u8(data, at + i);
            codes[code + i] = VALUES_4[pair & 15];
            codes[code + 16 + i] = VALUES_4[pair >> 4];
        }
    }
}
