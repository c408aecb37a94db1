// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import java.util.Optional;

/** The types of a GGUF metadata value, in the order of their numbers. */
enum GgufValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private static final GgufValueType[] ALL = values();

    private final int bytes;

    GgufValueType(int bytes) {
        this.bytes = bytes;
    }

    static Optional<GgufValueType> tryOf(long number) {
        return number >= 0 && number < ALL.length ? Optional.of(ALL[(int) number]) : Optional.empty();
    }

    /** Bytes of one value; 0 where the value brings its own length. */
    int bytes() {
        return bytes;
    }

    boolean isInteger() {
        return bytes > 0 && !isFloat() && this != BOOL;
    }

    boolean isFloat() {
        return this == FLOAT32 || this == FLOAT64;
    }
}
