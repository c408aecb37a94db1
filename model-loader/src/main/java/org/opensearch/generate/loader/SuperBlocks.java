// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.opensearch.generate.loader.BlockBytes.bits;
import static org.opensearch.generate.loader.BlockBytes.f16;
import static org.opensearch.generate.loader.BlockBytes.i8;
import static org.opensearch.generate.loader.BlockBytes.u8;

/**
 * Blocks of 256 elements with small integer scales for each 16 or 32 of them and one half-precision scale over those: the
 * K-quants. A group's scale is the product of the two, which a float holds exactly.
 */
final class SuperBlocks {
    /** Elements of a block. */
    static final int SIZE = 256;

    private SuperBlocks() {}

    /** 16 bytes of scale and minimum nibbles, 64 bytes of 2-bit codes, scale, scale of the minima. */
    static void q2(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        int pairs = at + 16;
        row.scales()[code / SIZE] = f16(data, at + 80);
        row.minima()[code / SIZE] = f16(data, at + 82);
        for (int g = 0; g < 16; g++) {
            int small = u8(data, at + g);
            row.smallScales()[group + g] = (byte) (small & 15);
            row.smallMinima()[group + g] = (byte) (small >> 4);
            // Byte r of a half holds elements r, r + 32, r + 64 and r + 96 of its 128.
            int bytes = pairs + 32 * (g >> 3) + 16 * (g & 1);
            int shift = bits(g, 1, 2) * 2;
            for (int i = 0; i < 16; i++) {
                codes[code + g * 16 + i] = (byte) bits(u8(data, bytes + i), shift, 2);
            }
        }
    }

    /** 32 bytes of third bits (set: not less 4), 64 bytes of 2-bit codes as in {@link #q2}, 12 bytes of 6-bit scales, scale. */
    static void q3(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        int pairs = at + 32;
        int small = at + 96;
        row.scales()[code / SIZE] = f16(data, at + 108);
        for (int g = 0; g < 16; g++) {
            int low = g < 8 ? u8(data, small + g) & 15 : u8(data, small + g - 8) >> 4;
            int high = bits(u8(data, small + 8 + (g & 3)), (g >> 2) * 2, 2);
            row.smallScales()[group + g] = (byte) ((low | high << 4) - 32);
            int third = at + 16 * (g & 1);
            int bytes = pairs + 32 * (g >> 3) + 16 * (g & 1);
            int shift = bits(g, 1, 2) * 2;
            for (int i = 0; i < 16; i++) {
                int top = bits(u8(data, third + i), g >> 1, 1);
                codes[code + g * 16 + i] = (byte) ((bits(u8(data, bytes + i), shift, 2) | top << 2) - 4);
            }
        }
    }

    /** Scale, scale of the minima, 12 bytes of 6-bit scales and minima, 128 bytes of 4-bit codes. */
    static void q4(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        sixBitScales(data, at, row, code, group);
        for (int chunk = 0; chunk < 4; chunk++) {
            for (int i = 0; i < 32; i++) {
                int pair = u8(data, at + 16 + 32 * chunk + i);
                codes[code + chunk * 64 + i] = (byte) (pair & 15);
                codes[code + chunk * 64 + 32 + i] = (byte) (pair >> 4);
            }
        }
    }

    /** As {@link #q4}, with 32 bytes of fifth bits before the codes: bit g of byte i belongs to element i of group g. */
    static void q5(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        sixBitScales(data, at, row, code, group);
        for (int chunk = 0; chunk < 4; chunk++) {
            for (int i = 0; i < 32; i++) {
                int fifth = u8(data, at + 16 + i);
                int pair = u8(data, at + 48 + 32 * chunk + i);
                codes[code + chunk * 64 + i] = (byte) ((pair & 15) | bits(fifth, chunk * 2, 1) << 4);
                codes[code + chunk * 64 + 32 + i] = (byte) ((pair >> 4) | bits(fifth, chunk * 2 + 1, 1) << 4);
            }
        }
    }

    /** The first four scales and minima are the low 6 bits of bytes 0 to 7; the others borrow their top bits from those. */
    private static void sixBitScales(byte[] data, int at, RowCodes row, int code, int group) {
        row.scales()[code / SIZE] = f16(data, at);
        row.minima()[code / SIZE] = f16(data, at + 2);
        int small = at + 4;
        for (int g = 0; g < 8; g++) {
            int smallScale;
            int smallMinimum;
            if (g < 4) {
                smallScale = u8(data, small + g) & 63;
                smallMinimum = u8(data, small + 4 + g) & 63;
            } else {
                int nibbles = u8(data, small + 4 + g);
                smallScale = (nibbles & 15) | (u8(data, small + g - 4) >> 6) << 4;
                smallMinimum = (nibbles >> 4) | (u8(data, small + g) >> 6) << 4;
            }
            row.smallScales()[group + g] = (byte) smallScale;
            row.smallMinima()[group + g] = (byte) smallMinimum;
        }
    }

    /** 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, scale. */
    static void q6(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        row.scales()[code / SIZE] = f16(data, at + 208);
        for (int g = 0; g < 16; g++) {
            row.smallScales()[group + g] = i8(data, at + 192 + g);
            int half = g >> 3;
            int quarter = bits(g, 1, 2);
            int nibbles = at + 64 * half + 32 * (quarter & 1) + 16 * (g & 1);
            int pairs = at + 128 + 32 * half + 16 * (g & 1);
            for (int i = 0; i < 16; i++) {
                int low = bits(u8(data, nibbles + i), (quarter >> 1) * 4, 4);
                int high = bits(u8(data, pairs + i), quarter * 2, 2);
                codes[code + g * 16 + i] = (byte) ((low | high << 4) - 32);
            }
        }
    }
}
