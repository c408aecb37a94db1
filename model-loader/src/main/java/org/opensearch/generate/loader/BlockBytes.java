// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The little-endian, unaligned numbers of a file. */
final class BlockBytes {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private BlockBytes() {}

    /** The {@code count} bits of {@code value} from bit {@code shift}. */
    static int bits(int value, int shift, int count) {
        return (value >>> shift) & ((1 << count) - 1);
    }

    static byte i8(byte[] data, int at) {
        return data[at];
    }

    static int u8(byte[] data, int at) {
        return data[at] & 0xFF;
    }

    static int u16(byte[] data, int at) {
        return (short) SHORTS.get(data, at) & 0xFFFF;
    }

    static int i32(byte[] data, int at) {
        return (int) INTS.get(data, at);
    }

    static void putLong(byte[] data, int at, long value) {
        LONGS.set(data, at, value);
    }

    static float f16(byte[] data, int at) {
        return Float.float16ToFloat((short) SHORTS.get(data, at));
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
