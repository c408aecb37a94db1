// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.GroupScales;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * The one structure that a kernel takes, written field by field, in the order and with the types of the kernel's source. The
 * driver copies it at the launch, so that the memory is used again. One thread at a time.
 */
final class LaunchArguments {
    private static final int MOST_BYTES = 256;
    /** {@code CU_LAUNCH_PARAM_BUFFER_POINTER} and {@code CU_LAUNCH_PARAM_BUFFER_SIZE}. */
    private static final long[] KEYS = {1, 2};

    private final MemorySegment bytes;
    private final MemorySegment size;
    private final MemorySegment launch;
    private long at;

    LaunchArguments(Arena arena) {
        bytes = arena.allocate(MOST_BYTES, Long.BYTES);
        size = arena.allocate(ValueLayout.JAVA_LONG);
        launch = arena.allocate(ValueLayout.JAVA_LONG, 5);
        launch.setAtIndex(ValueLayout.JAVA_LONG, 0, KEYS[0]);
        launch.setAtIndex(ValueLayout.JAVA_LONG, 1, bytes.address());
        launch.setAtIndex(ValueLayout.JAVA_LONG, 2, KEYS[1]);
        launch.setAtIndex(ValueLayout.JAVA_LONG, 3, size.address());
        launch.setAtIndex(ValueLayout.JAVA_LONG, 4, 0);
    }

    /** Begins a structure. */
    LaunchArguments begin() {
        at = 0;
        return this;
    }

    LaunchArguments number(int value) {
        bytes.set(ValueLayout.JAVA_INT, at, value);
        at += Integer.BYTES;
        return this;
    }

    LaunchArguments number(float value) {
        bytes.set(ValueLayout.JAVA_FLOAT, at, value);
        at += Float.BYTES;
        return this;
    }

    LaunchArguments number(long value) {
        align();
        bytes.set(ValueLayout.JAVA_LONG, at, value);
        at += Long.BYTES;
        return this;
    }

    LaunchArguments pointer(Buffer buffer) {
        return number(buffer.memory().address());
    }

    /** Null for none. */
    LaunchArguments pointer(Optional<Buffer> buffer) {
        return number(buffer.map(b -> b.memory().address()).orElse(0L));
    }

    /** The address of a column of a buffer's first row. */
    LaunchArguments column(Buffer buffer, int column) {
        return number(buffer.memory().address() + (long) column * buffer.type().bytes());
    }

    /** {@code Activations} of {@code quantize.cuh}. */
    LaunchArguments activations(Activations x) {
        pointer(x.codes()).pointer(x.scales()).pointer(x.sums()).number(x.columns());
        return align();
    }

    /** {@code Matrix} of {@code matrix.cuh}. */
    LaunchArguments matrix(PackedMatrix matrix) {
        pointer(matrix.codes()).pointer(matrix.table());
        pointer(matrix.scales().small()).pointer(matrix.scales().large());
        pointer(matrix.minima().map(GroupScales::small)).pointer(matrix.minima().flatMap(GroupScales::large));
        number(matrix.columns()).number(matrix.bits()).number(matrix.group()).number(matrix.zero());
        return align();
    }

    private LaunchArguments align() {
        at = (at + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        return this;
    }

    /** Ends the structure; what {@link CudaDriver#launch} takes. */
    MemorySegment end() {
        align();
        size.set(ValueLayout.JAVA_LONG, 0, at);
        return launch;
    }
}
