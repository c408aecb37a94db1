// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/**
 * Cosines and sines of rotary position embedding, made in Java with {@link StrictMath} so that every device has the same bits.
 *
 * @param cosSin {@code F32 [positions, dims]}: first {@code dims / 2} cosines, then as many sines
 * @param dims elements of a head that are rotated
 * @param interleaved whether element {@code 2i} turns with {@code 2i + 1}, instead of {@code i} with {@code i + dims / 2}
 */
public record RopeTable(Buffer cosSin, int dims, boolean interleaved) {}
