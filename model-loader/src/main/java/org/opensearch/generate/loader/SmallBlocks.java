// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.opensearch.generate.loader.BlockBytes.bits;
import static org.opensearch.generate.loader.BlockBytes.f16;
import static org.opensearch.generate.loader.BlockBytes.i32;
import static org.opensearch.generate.loader.BlockBytes.i8;
import static org.opensearch.generate.loader.BlockBytes.u8;

/**
 * Blocks of 32 elements with one half-precision scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0. Where codes take less than a byte, element
 * {@code i} is the low nibble and element {@code i + 16} the high nibble of byte {@code i}; the fifth bits lie together in 32
 * bits in front. Types with a number 1 add their second half-precision number, so our minimum is its negative.
 */
final class SmallBlocks {
    private static final int HALF = 16;

    private SmallBlocks() {}

    static void q4Symmetric(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        row.scales()[group] = f16(data, at);
        for (int i = 0; i < HALF; i++) {
            int pair = u8(data, at + 2 + i);
            codes[code + i] = (byte) ((pair & 15) - 8);
            codes[code + HALF + i] = (byte) ((pair >> 4) - 8);
        }
    }

    static void q4WithMinimum(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        row.scales()[group] = f16(data, at);
        row.minima()[group] = -f16(data, at + 2);
        for (int i = 0; i < HALF; i++) {
            int pair = u8(data, at + 4 + i);
            codes[code + i] = (byte) (pair & 15);
            codes[code + HALF + i] = (byte) (pair >> 4);
        }
    }

    static void q5Symmetric(byte[] data, int at, RowCodes row, int code, int group) {
        row.scales()[group] = f16(data, at);
        fiveBits(data, at + 2, row.codes(), code, 16);
    }

    static void q5WithMinimum(byte[] data, int at, RowCodes row, int code, int group) {
        row.scales()[group] = f16(data, at);
        row.minima()[group] = -f16(data, at + 2);
        fiveBits(data, at + 4, row.codes(), code, 0);
    }

    private static void fiveBits(byte[] data, int at, byte[] codes, int code, int zero) {
        int fifth = i32(data, at);
        for (int i = 0; i < HALF; i++) {
            int pair = u8(data, at + 4 + i);
            codes[code + i] = (byte) (((pair & 15) | bits(fifth, i, 1) << 4) - zero);
            codes[code + HALF + i] = (byte) (((pair >> 4) | bits(fifth, HALF + i, 1) << 4) - zero);
        }
    }

    static void q8(byte[] data, int at, RowCodes row, int code, int group) {
        byte[] codes = row.codes();
        row.scales()[group] = f16(data, at);
        for (int i = 0; i < 2 * HALF; i++) {
            codes[code + i] = i8(data, at + 2 + i);
        }
    }
}
