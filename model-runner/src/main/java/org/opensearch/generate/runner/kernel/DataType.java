// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** Element types of buffers. */
public enum DataType {
    F32(4),
    F16(2),
    BF16(2),
    I8(1),
    I16(2),
    I32(4);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
