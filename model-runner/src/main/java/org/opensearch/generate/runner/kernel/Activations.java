// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Activations quantised for integer products, one row a token: {@code value = scales[t][k / GROUP] * codes[t][k]}.
 * <p>For a group, {@code scale = absmax / 127f} and {@code code = rint(x * (127f / absmax))} (half to even); both 0 when absmax
 * is below {@link #TINY}, so that no quotient overflows and no denormal takes part. The last group of a row may be shorter. Of
 * values that are not finite only this is sure: some codes and scales result.
 *
 * @param codes {@code I8 [maxTokens, paddedColumns]}, columns beyond {@code columns} are 0
 * @param scales {@code F32 [maxTokens, groups]}
 * @param sums {@code I16 [maxTokens, paddedColumns / 16]}, sum of each 16 codes
 * @param columns number of true columns
 */
public record Activations(Buffer codes, Buffer scales, Buffer sums, int columns) {
    /** Elements of a row that share a scale. */
    public static final int GROUP = 128;

    /** Codes that share an entry of {@link #sums}. */
    public static final int SUM = 16;

    /** A group whose largest magnitude is below this counts as all zero. */
    public static final float TINY = 0x1p-100f;

    /** Columns of a packed row are a multiple of this. */
    public static final int COLUMN_PADDING = 64;

    /**
     * New ones, for up to {@code maxTokens} rows; nothing stays allocated if a part is refused.
     *
     * @param allocator gives memory
     * @param free takes it back
     */
    public static Activations allocate(
            String what, int maxTokens, int columns, MatrixLayout.Allocator allocator, Consumer<Buffer> free) {
        int padded = paddedColumns(columns);
        List<Buffer> taken = new ArrayList<>();
        try {
            taken.add(allocator.allocate(what + " codes", DataType.I8, maxTokens, padded));
            taken.add(allocator.allocate(what + " scales", DataType.F32, maxTokens, groups(columns)));
            taken.add(allocator.allocate(what + " sums", DataType.I16, maxTokens, padded / SUM));
        } catch (RuntimeException e) {
            taken.forEach(free);
            throw e;
        }
        return new Activations(taken.get(0), taken.get(1), taken.get(2), columns);
    }

    /** {@code columns} rounded up to {@link #COLUMN_PADDING}. */
    public static int paddedColumns(int columns) {
        return (columns + COLUMN_PADDING - 1) / COLUMN_PADDING * COLUMN_PADDING;
    }

    /** Bytes of a row: codes, scales and sums. */
    public static long rowBytes(int columns) {
        int padded = paddedColumns(columns);
        return padded + (long) groups(columns) * Float.BYTES + (long) padded / SUM * Short.BYTES;
    }

    /** Scales in a row. */
    public static int groups(int columns) {
        return (columns + GROUP - 1) / GROUP;
    }
}
