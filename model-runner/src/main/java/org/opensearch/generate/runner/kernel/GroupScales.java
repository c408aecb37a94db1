// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The scales, or the minima, of a {@link PackedMatrix}: a half-precision number for each row and group; or, for the types with
 * super blocks, a small integer for each row and group, times a float for each row and {@link #SUPER_BLOCK} columns. The product
 * is exact.
 *
 * @param small {@code [block][group][row % 16]}, {@code F16}; or {@code I8} where there is a {@code large}
 * @param large {@code F32 [block][superBlock][row % 16]}
 */
public record GroupScales(Buffer small, Optional<Buffer> large) {
    /** Columns that share an entry of {@link #large}. */
    public static final int SUPER_BLOCK = 256;

    /** The {@link PackedMatrix#BLOCK_ROWS} values of a block's group, into {@code target} from index {@code from} on. */
    void copy(PackedMatrix matrix, long block, int group, float[] target, int from) {
        int rows = PackedMatrix.BLOCK_ROWS;
        long at = (block * matrix.groups() + group) * rows;
        MemorySegment source = small.memory();
        if (large.isEmpty()) {
            for (int i = 0; i < rows; i++) {
                target[from + i] = Float.float16ToFloat(source.getAtIndex(ValueLayout.JAVA_SHORT, at + i));
            }
            return;
        }
        long coarse = (block * matrix.superBlocks() + group * matrix.group() / SUPER_BLOCK) * rows;
        for (int i = 0; i < rows; i++) {
            target[from + i] = large.get().memory().getAtIndex(ValueLayout.JAVA_FLOAT, coarse + i)
                    * source.get(ValueLayout.JAVA_BYTE, at + i);
        }
    }
}
