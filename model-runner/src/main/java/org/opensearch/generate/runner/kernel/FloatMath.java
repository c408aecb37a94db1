// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/**
 * The float functions of the exactness contract, each with one definition made of IEEE operations only, so that every
 * implementation gives the same bits.
 */
public final class FloatMath {
    /** Below this {@link #exp} is 0. */
    public static final float EXP_LOW = -87.0f;
    /** Above this {@link #exp} stays at its value here. */
    public static final float EXP_HIGH = 88.0f;

    public static final float LOG2E = 1.44269504f;
    public static final float LN2_HIGH = 0.693145752f;
    public static final float LN2_LOW = 1.42860677e-6f;
    public static final float EXP_C5 = 1.9875691500e-4f;
    public static final float EXP_C4 = 1.3981999507e-3f;
    public static final float EXP_C3 = 8.3334519073e-3f;
    public static final float EXP_C2 = 4.1665795894e-2f;
    public static final float EXP_C1 = 1.6666665459e-1f;
    public static final float EXP_C0 = 5.0000001201e-1f;

    /** Below this {@link #exp2} stays at its value here. */
    public static final float EXP2_LOW = -125f;

    public static final float EXP2_C4 = 9.582809172570705e-3f;
    public static final float EXP2_C3 = 5.590630695223808e-2f;
    public static final float EXP2_C2 = 2.402409911155701e-1f;
    public static final float EXP2_C1 = 6.931242346763611e-1f;
    /** Added to a small float, this rounds it to an integer, half to even, in the last bits. */
    private static final float ROUND = 0x1.8p23f;

    private FloatMath() {}

    /**
     * {@code e^x}: {@code n = rint(x * LOG2E)}, {@code r = x - n ln 2} in two steps, a polynomial of degree 7 in {@code r} by
     * Horner's rule with {@code fma}, times {@code 2^n}. Exactly 0 below {@link #EXP_LOW}; {@code x} above {@link #EXP_HIGH} is
     * taken as {@code EXP_HIGH}. Coefficients: Cephes {@code expf}.
     */
    public static float exp(float x) {
        if (!(x >= EXP_LOW)) {
            return 0f;
        }
        float c = Math.min(x, EXP_HIGH);
        float n = (float) Math.rint(c * LOG2E);
        float r = Math.fma(n, -LN2_HIGH, c);
        r = Math.fma(n, -LN2_LOW, r);
        float p = EXP_C5;
        p = Math.fma(p, r, EXP_C4);
        p = Math.fma(p, r, EXP_C3);
        p = Math.fma(p, r, EXP_C2);
        p = Math.fma(p, r, EXP_C1);
        p = Math.fma(p, r, EXP_C0);
        p = Math.fma(p * r, r, r) + 1f;
        return p * Float.intBitsToFloat(((int) n + 127) << 23);
    }

    /**
     * {@code 2^x} for {@code x <= 0}, within 3e-6 of it: {@code n = rint(x)}, a polynomial of degree 4 in {@code x - n} by
     * Horner's rule with {@code fma}, times {@code 2^n}. {@code x} below {@link #EXP2_LOW} is taken as {@code EXP2_LOW}. Exactly 1
     * at 0.
     */
    public static float exp2(float x) {
        float c = Math.max(x, EXP2_LOW);
        float n = c + ROUND;
        float r = c - (n - ROUND);
        float p = EXP2_C4;
        p = Math.fma(p, r, EXP2_C3);
        p = Math.fma(p, r, EXP2_C2);
        p = Math.fma(p, r, EXP2_C1);
        p = Math.fma(p, r, 1f);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(n) << 23));
    }

    /** {@code x / (1 + e^-x)}. */
    public static float silu(float x) {
        return x / (1f + exp(-x));
    }

    /** Rounds to bfloat16, half to even; its 16 bits. */
    public static short toBf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The float that 16 bits of bfloat16 stand for. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
