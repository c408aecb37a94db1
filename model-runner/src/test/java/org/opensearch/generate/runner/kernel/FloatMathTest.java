// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FloatMathTest {
    @Test
    void expIsCloseToTheTrueOne() {
        for (float x = FloatMath.EXP_LOW; x <= FloatMath.EXP_HIGH; x += 0.00317f) {
            double wanted = Math.exp(x);
            assertEquals(1, FloatMath.exp(x) / wanted, 2e-7, "exp(" + x + ")");
        }
    }

    @Test
    void expAtItsEdges() {
        assertEquals(1f, FloatMath.exp(0f));
        assertEquals(1f, FloatMath.exp(-0f));
        assertEquals(0f, FloatMath.exp(Math.nextDown(FloatMath.EXP_LOW)));
        assertEquals(0f, FloatMath.exp(Float.NEGATIVE_INFINITY));
        assertEquals(0f, FloatMath.exp(Float.NaN));
        assertTrue(FloatMath.exp(FloatMath.EXP_LOW) >= Float.MIN_NORMAL);
        assertEquals(FloatMath.exp(FloatMath.EXP_HIGH), FloatMath.exp(Float.POSITIVE_INFINITY));
        assertTrue(Float.isFinite(FloatMath.exp(1e30f)));
    }

    @Test
    void exp2IsCloseToTheTrueOne() {
        for (float x = FloatMath.EXP2_LOW; x <= 0; x += 0.00317f) {
            assertEquals(1, FloatMath.exp2(x) / Math.pow(2, x), 3.5e-6, "exp2(" + x + ")");
        }
        for (int n = 0; n >= FloatMath.EXP2_LOW; n--) {
            assertEquals(Math.scalb(1f, n), FloatMath.exp2(n));
        }
        assertEquals(Math.scalb(1f, -125), FloatMath.exp2(Float.NEGATIVE_INFINITY));
        assertEquals(Math.scalb(1f, -125), FloatMath.exp2(-1e30f));
    }

    @Test
    void siluIsCloseToTheTrueOne() {
        assertEquals(0f, FloatMath.silu(0f));
        for (float x = -30; x < 30; x += 0.01f) {
            double wanted = x / (1 + Math.exp(-x));
            assertEquals(wanted, FloatMath.silu(x), 1e-6 * Math.abs(wanted) + 1e-12, "silu(" + x + ")");
        }
        assertEquals(0f, FloatMath.silu(-200f), 1e-30f);
        assertEquals(200f, FloatMath.silu(200f));
    }

    @Test
    void bf16RoundsHalfToEven() {
        assertEquals((short) 0x3F80, FloatMath.toBf16(1f));
        assertEquals((short) 0x3F80, FloatMath.toBf16(Float.intBitsToFloat(0x3F808000)));
        assertEquals((short) 0x3F82, FloatMath.toBf16(Float.intBitsToFloat(0x3F818000)));
        assertEquals((short) 0x3F81, FloatMath.toBf16(Float.intBitsToFloat(0x3F808001)));
        assertEquals((short) 0x8000, FloatMath.toBf16(-0f));
        for (int bits = 0; bits < 0x7F80; bits++) {
            assertEquals((short) bits, FloatMath.toBf16(FloatMath.fromBf16((short) bits)));
        }
    }
}
