// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.QuantizedRows;
import org.opensearch.generate.loader.Tensor;

/** Which buffers a weight tensor is packed into: known from its type and shape alone. */
public final class MatrixLayout {
    /** Number of the layout, and of the rules of packing: another one for each change of what packed bytes mean or are. */
    public static final int VERSION = 1;

    private static final int ROWS = PackedMatrix.BLOCK_ROWS;
    private static final int NIBBLE_VALUES = 16;

    private final Allocator allocator;
    private final String name;
    private final QuantizedRows source;
    private final int blocks;
    private final int padded;

    /** Gives memory. */
    @FunctionalInterface
    public interface Allocator {
        /** A buffer of that shape, as {@link Kernels#allocate}. */
        Buffer allocate(String what, DataType type, long rows, long columns);
    }

    private MatrixLayout(Tensor weight, Allocator allocator) {
        this.allocator = allocator;
        name = weight.name();
        source = rows(weight);
        blocks = Math.ceilDiv(weight.rows(), ROWS);
        padded = Activations.paddedColumns(weight.columns());
    }

    /** The rows of a tensor of any type as codes. Not thread-safe. */
    static QuantizedRows rows(Tensor weight) {
        return weight.type().isFloat() ? new FloatRows(weight) : QuantizedRows.of(weight);
    }

    /**
     * A matrix with room for a tensor. What was allocated before a failure is the allocator's to give back.
     *
     * @param bias the layer's bias, a vector, or null
     */
    public static PackedMatrix allocate(Tensor weight, @Nullable Tensor bias, Allocator allocator) {
        if (bias != null && (bias.rows() != 1 || bias.columns() != weight.rows())) {
            throw new IllegalArgumentException(bias.name() + " has " + bias.rows() + " x " + bias.columns()
                    + " elements, a vector of " + weight.rows() + " is wanted");
        }
        return new MatrixLayout(weight, allocator).matrix(weight, bias != null);
    }

    private PackedMatrix matrix(Tensor weight, boolean bias) {
        boolean minimum = source.hasMinimum();
        boolean table = !source.table().isEmpty();
        int smallest = minimum ? 0 : -NIBBLE_VALUES / 2;
        boolean nibbles = source.smallestCode() >= smallest && source.largestCode() < smallest + NIBBLE_VALUES;
        int bits = nibbles || table ? 4 : 8;
        return new PackedMatrix(
                name,
                weight.rows(),
                weight.columns(),
                bits,
                source.groupSize(),
                minimum || table ? 0 : 1 << (bits - 1),
                allocator.allocate(name, DataType.I8, blocks, (long) padded * ROWS * bits / 8),
                table
                        ? Optional.of(allocator.allocate(name + " table", DataType.I8, 1, NIBBLE_VALUES))
                        : Optional.empty(),
                scales("scales"),
                minimum ? Optional.of(scales("minima")) : Optional.empty(),
                bias
                        ? Optional.of(allocator.allocate(name + " bias", DataType.F32, 1, weight.rows()))
                        : Optional.empty());
    }

    private GroupScales scales(String kind) {
        String what = name + " " + kind;
        long small = (long) Math.ceilDiv(padded, source.groupSize()) * ROWS;
        if (source.superBlock() == 0) {
            return new GroupScales(allocator.allocate(what, DataType.F16, blocks, small), Optional.empty());
        }
        if (source.superBlock() != GroupScales.SUPER_BLOCK) {
            throw new IllegalArgumentException(what + ": super blocks of " + source.superBlock() + " columns, "
                    + GroupScales.SUPER_BLOCK + " are possible");
        }
        long large = (long) Math.ceilDiv(padded, GroupScales.SUPER_BLOCK) * ROWS;
        return new GroupScales(
                allocator.allocate(what, DataType.I8, blocks, small),
                Optional.of(allocator.allocate(what + " of super blocks", DataType.F32, blocks, large)));
    }
}
