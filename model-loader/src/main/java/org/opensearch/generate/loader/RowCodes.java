// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

/**
 * Room for one row of a quantised tensor, as its file holds it. In types with {@linkplain QuantizedRows#superBlock() super
 * blocks} a group's scale is the product of a small integer and the super block's float, which a float holds exactly.
 */
public final class RowCodes {
    private final int groupsOfSuperBlock;
    private final byte[] codes;
    private final float[] scales;
    private final float[] minima;
    private final byte[] smallScales;
    private final byte[] smallMinima;
    private byte[] blocks = {};

    /**
     * Room for a row.
     *
     * @param columns elements
     * @param group elements that share a scale
     * @param superBlock {@link QuantizedRows#superBlock()}
     */
    public RowCodes(int columns, int group, int superBlock) {
        groupsOfSuperBlock = superBlock / group;
        codes = new byte[columns];
        scales = new float[Math.ceilDiv(columns, superBlock == 0 ? group : superBlock)];
        minima = new float[scales.length];
        smallScales = new byte[superBlock == 0 ? 0 : Math.ceilDiv(columns, group)];
        smallMinima = new byte[smallScales.length];
    }

    /** Scratch for the bytes that the row has in its file: one copy of them costs less than checked access to each. */
    byte[] blocks(int bytes) {
        if (blocks.length < bytes) {
            blocks = new byte[bytes];
        }
        return blocks;
    }

    /** The codes, one for each column. */
    public byte[] codes() {
        return codes;
    }

    /** The scales of the groups, or of the super blocks. */
    public float[] scales() {
        return scales;
    }

    /** What to subtract in each group, or in each super block; 0 without minima. */
    public float[] minima() {
        return minima;
    }

    /** The integer factors of the groups' scales; empty without super blocks. */
    public byte[] smallScales() {
        return smallScales;
    }

    /** The integer factors of the groups' minima; empty without super blocks. */
    public byte[] smallMinima() {
        return smallMinima;
    }

    /** The scale of group {@code g}. */
    public float scale(int g) {
        return groupsOfSuperBlock == 0 ? scales[g] : scales[g / groupsOfSuperBlock] * smallScales[g];
    }

    /** What to subtract in group {@code g}. */
    public float minimum(int g) {
        return groupsOfSuperBlock == 0 ? minima[g] : minima[g / groupsOfSuperBlock] * smallMinima[g];
    }
}
