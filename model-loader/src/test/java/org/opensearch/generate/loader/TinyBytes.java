// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian bytes, one after the other. */
public final class TinyBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public TinyBytes u8(int value) {
        out.write(value);
        return this;
    }

    public TinyBytes i16(int value) {
        return bytes(buffer(2).putShort((short) value).array());
    }

    public TinyBytes i32(int value) {
        return bytes(buffer(4).putInt(value).array());
    }

    public TinyBytes i64(long value) {
        return bytes(buffer(8).putLong(value).array());
    }

    public TinyBytes f16(float value) {
        return i16(Float.floatToFloat16(value));
    }

    public TinyBytes f32(float value) {
        return i32(Float.floatToRawIntBits(value));
    }

    public TinyBytes bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Zeros up to a multiple of {@code alignment}. */
    public TinyBytes align(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
        return this;
    }

    public int size() {
        return out.size();
    }

    public byte[] toArray() {
        return out.toByteArray();
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
