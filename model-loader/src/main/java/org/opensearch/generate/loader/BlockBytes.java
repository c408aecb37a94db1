// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The little-endian, unaligned numbers inside a block. */
final class BlockBytes {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BlockBytes() {}

    /** The {@code count} bits of {@code value} from bit {@code shift}. */
    static int bits(int value, int shift, int count) {
        return (value >>> shift) & ((1 << count) - 1);
    }

    static byte i8(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_BYTE, at);
    }

    static int u8(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    static int u16(MemorySegment data, long at) {
        return data.get(SHORT, at) & 0xFFFF;
    }

    static int i32(MemorySegment data, long at) {
        return data.get(INT, at);
    }

    static float f32(MemorySegment data, long at) {
        return data.get(FLOAT, at);
    }

    static float f16(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    static float bf16(MemorySegment data, long at) {
        return Float.intBitsToFloat(data.get(SHORT, at) << 16);
    }
}
