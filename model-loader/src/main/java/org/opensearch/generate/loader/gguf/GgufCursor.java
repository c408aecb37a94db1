// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.opensearch.generate.loader.MappedFile;
import org.opensearch.generate.loader.ModelFileException;

/** Reads a GGUF file's head from front to back; nothing is read, and nothing allocated, past the end of the file. */
final class GgufCursor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MappedFile file;
    private final MemorySegment bytes;
    private long at;

    GgufCursor(MappedFile file, long at) {
        this.file = file;
        this.bytes = file.bytes();
        this.at = at;
    }

    long at() {
        return at;
    }

    long remaining() {
        return bytes.byteSize() - at;
    }

    ModelFileException wrong(long offset, String problem) {
        return new ModelFileException(file.path(), offset, problem);
    }

    void skip(long count, String what) {
        take(count, what);
    }

    int u8(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, take(1, what)) & 0xFF;
    }

    int u16(String what) {
        return bytes.get(SHORT, take(2, what)) & 0xFFFF;
    }

    int i32(String what) {
        return bytes.get(INT, take(4, what));
    }

    long u32(String what) {
        return i32(what) & 0xFFFF_FFFFL;
    }

    long i64(String what) {
        return bytes.get(LONG, take(8, what));
    }

    /** An unsigned 64-bit number that must not exceed {@code most}. */
    long count(long most, String what) {
        long offset = at;
        long found = i64(what);
        if (found < 0 || found > most) {
            throw wrong(offset, what + " is " + Long.toUnsignedString(found) + ", wanted at most " + most);
        }
        return found;
    }

    /** A number of items, each of which takes at least {@code itemBytes} of what is left of the file. */
    int items(int most, int itemBytes, String what) {
        long offset = at;
        long found = count(most, what);
        if (found > remaining() / itemBytes) {
            throw wrong(
                    offset,
                    what + " is " + found + ", each of at least " + itemBytes + " bytes; the file has " + remaining()
                            + " bytes left");
        }
        return (int) found;
    }

    void skipString(long most, String what) {
        skip(count(most, "length of " + what), what);
    }

    String string(int most, String what) {
        int length = (int) count(most, "length of " + what);
        long start = take(length, what);
        byte[] copy = bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(copy))
                    .toString();
        } catch (CharacterCodingException malformed) {
            ModelFileException problem = wrong(start, what + " is not UTF-8");
            problem.initCause(malformed);
            throw problem;
        }
    }

    private long take(long count, String what) {
        if (count > remaining()) {
            throw wrong(at, what + " takes " + count + " bytes, the file has " + remaining() + " bytes left");
        }
        long start = at;
        at += count;
        return start;
    }
}
