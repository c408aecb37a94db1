// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Memory on a device, made and freed by its {@link Kernels}: {@code rows} rows of {@code columns} elements, contiguous, aligned
 * to 64 bytes.
 *
 * @param what what it holds, for error messages and statistics
 * @param type element type
 * @param rows number of rows
 * @param columns elements of a row
 * @param memory its bytes; for a device without host memory, a segment that only carries the address
 */
public record Buffer(String what, DataType type, long rows, long columns, MemorySegment memory) {
    /** Size in bytes. */
    public long bytes() {
        return rows * columns * type.bytes();
    }
}
