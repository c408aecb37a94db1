/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer products on aarch64, as dot.h wants them; `columns` is a multiple of 16. A register holds the codes of four rows for
 * four columns, a "part" is four rows. Where the sums of all 16 rows would not fit the 32 registers, the first eight rows go
 * before the other eight.
 */
#ifndef GENERATE_DOT_NEON_H
#define GENERATE_DOT_NEON_H

enum { PART_BYTES = 16, COLUMNS4_BYTES = 4 * BLOCK_ROWS };

INLINE uint8x16_t low_codes(uint8x16_t codes) {
    return vandq_u8(codes, vdupq_n_u8(15));
}

INLINE uint8x16_t high_codes(uint8x16_t codes) {
    return vshrq_n_u8(codes, 4);
}

/* Code - 128, for code from 0 to 255. */
INLINE int8x16_t less_128(uint8x16_t codes) {
    return vreinterpretq_s8_u8(veorq_u8(codes, vdupq_n_u8(128)));
}

/* Hides a number from the compiler: a loop over the columns of a group stays one, where a round takes all registers. */
INLINE int64_t opaque(int64_t n) {
    __asm__("" : "+r"(n));
    return n;
}

#if defined(__ARM_FEATURE_DOTPROD)
#define TILE_TOKENS 8

#if defined(__ARM_FEATURE_MATMUL_INT8)
#define DOT8_ZERO 0

/* Adds to each row's sum its four codes times activation codes 4 * lane to 4 * lane + 3. */
INLINE int32x4_t add_four(int32x4_t sum, uint8x16_t codes, int8x16_t x, const int lane) {
    switch (lane) {
        case 0: return vusdotq_laneq_s32(sum, codes, x, 0);
        case 1: return vusdotq_laneq_s32(sum, codes, x, 1);
        case 2: return vusdotq_laneq_s32(sum, codes, x, 2);
        default: return vusdotq_laneq_s32(sum, codes, x, 3);
    }
}

INLINE uint8x16_t codes8(uint8x16_t codes) {
    return codes;
}

#else
#define DOT8_ZERO 128

/* Adds to each row's sum its four signed codes times activation codes 4 * lane to 4 * lane + 3. */
INLINE int32x4_t add_four(int32x4_t sum, uint8x16_t codes, int8x16_t x, const int lane) {
    int8x16_t w = vreinterpretq_s8_u8(codes);
    switch (lane) {
        case 0: return vdotq_laneq_s32(sum, w, x, 0);
        case 1: return vdotq_laneq_s32(sum, w, x, 1);
        case 2: return vdotq_laneq_s32(sum, w, x, 2);
        default: return vdotq_laneq_s32(sum, w, x, 3);
    }
}

INLINE uint8x16_t codes8(uint8x16_t codes) {
    return vreinterpretq_u8_s8(less_128(codes));
}
#endif

/* Columns 4 * lane to 4 * lane + 3 of `bits`-bit codes; w points to 16 columns of part `first`. */
INLINE void dot_lane(
    const int tokens, const int bits, const int first, const int parts, const int lane, const uint8_t *w, const int8x16_t *x,
    i32v sum[][PARTS]) {
    for (int p = 0; p < parts; p++) {
        uint8x16_t codes = vld1q_u8(w + lane * bits / 8 * COLUMNS4_BYTES + p * PART_BYTES);
        if (bits == 8) {
            codes = codes8(codes);
        } else {
            codes = lane % 2 ? high_codes(codes) : low_codes(codes);
        }
        for (int t = 0; t < tokens; t++) {
            sum[t][first + p] = (i32v)add_four((int32x4_t)sum[t][first + p], codes, x[t], lane);
        }
    }
}

/* `parts` parts from `first` on. */
INLINE void dot_parts(
    const int tokens, const int bits, const int first, const int parts, int64_t columns, const uint8_t *w, const int8_t *x,
    int64_t stride, i32v sum[][PARTS]) {
    if (bits == 8 || tokens > 4) {
        columns = opaque(columns);
    }
    for (int64_t c = 0; c < columns; c += 16) {
        const uint8_t *at = w + c * BLOCK_ROWS * bits / 8;
        for (int i = 0; first == 0 && i < 2 * bits; i += 4) {
            prefetch(tokens, at + i * BLOCK_ROWS);
        }
        int8x16_t xs[TILE_TOKENS];
        for (int t = 0; t < tokens; t++) {
            xs[t] = vld1q_s8(x + t * stride + c);
        }
        dot_lane(tokens, bits, first, parts, 0, at + first * PART_BYTES, xs, sum);
        dot_lane(tokens, bits, first, parts, 1, at + first * PART_BYTES, xs, sum);
        dot_lane(tokens, bits, first, parts, 2, at + first * PART_BYTES, xs, sum);
        dot_lane(tokens, bits, first, parts, 3, at + first * PART_BYTES, xs, sum);
    }
}

#if defined(__ARM_FEATURE_MATMUL_INT8)
INLINE uint8x16_t zip_low(uint8x16_t a, uint8x16_t b) {
    return vreinterpretq_u8_u32(vzip1q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

INLINE uint8x16_t zip_high(uint8x16_t a, uint8x16_t b) {
    return vreinterpretq_u8_u32(vzip2q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

/*
 * Two parts for eight tokens. usmmla multiplies 2 rows by 8 columns of codes with 8 columns of 2 tokens; the sums are 2 by 2
 * tiles: rows 2 r and 2 r + 1 of the parts, tokens 2 q and 2 q + 1.
 */
INLINE void multiply_parts(
    const int bits, const int first, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    int32x4_t tile[4][4];
    for (int r = 0; r < 4; r += 2) {
        for (int q = 0; q < 4; q++) {
            int32x4_t even = (int32x4_t)sum[2 * q][first + r / 2];
            int32x4_t odd = (int32x4_t)sum[2 * q + 1][first + r / 2];
            tile[r][q] = vzip1q_s32(even, odd);
            tile[r + 1][q] = vzip2q_s32(even, odd);
        }
    }
    for (int64_t c = 0; c < columns; c += 16) {
        int8x16_t xs[2][4];
        for (int q = 0; q < 4; q++) {
            int64x2_t even = vreinterpretq_s64_s8(vld1q_s8(x + 2 * q * stride + c));
            int64x2_t odd = vreinterpretq_s64_s8(vld1q_s8(x + (2 * q + 1) * stride + c));
            xs[0][q] = vreinterpretq_s8_s64(vzip1q_s64(even, odd));
            xs[1][q] = vreinterpretq_s8_s64(vzip2q_s64(even, odd));
        }
        for (int half = 0; half < 2; half++) {
            const uint8_t *at = w + (c + 8 * half) * BLOCK_ROWS * bits / 8 + first * PART_BYTES;
            for (int r = 0; r < 4; r += 2) {
                uint8x16_t codes = vld1q_u8(at + r / 2 * PART_BYTES);
                uint8x16_t left = bits == 8 ? codes : low_codes(codes);
                uint8x16_t right =
                    bits == 8 ? vld1q_u8(at + COLUMNS4_BYTES + r / 2 * PART_BYTES) : high_codes(codes);
                for (int q = 0; q < 4; q++) {
                    tile[r][q] = vusmmlaq_s32(tile[r][q], zip_low(left, right), xs[half][q]);
                    tile[r + 1][q] = vusmmlaq_s32(tile[r + 1][q], zip_high(left, right), xs[half][q]);
                }
            }
        }
    }
    for (int r = 0; r < 4; r += 2) {
        for (int q = 0; q < 4; q++) {
            sum[2 * q][first + r / 2] = (i32v)vuzp1q_s32(tile[r][q], tile[r + 1][q]);
            sum[2 * q + 1][first + r / 2] = (i32v)vuzp2q_s32(tile[r][q], tile[r + 1][q]);
        }
    }
}
#endif

INLINE void dot_rows(
    const int tokens, const int bits, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    if (tokens <= 4) {
        dot_parts(tokens, bits, 0, PARTS, columns, w, x, stride, sum);
        return;
    }
#if defined(__ARM_FEATURE_MATMUL_INT8)
    multiply_parts(bits, 0, columns, w, x, stride, sum);
    multiply_parts(bits, 2, columns, w, x, stride, sum);
#else
    dot_parts(tokens, bits, 0, 2, columns, w, x, stride, sum);
    dot_parts(tokens, bits, 2, 2, columns, w, x, stride, sum);
#endif
}

#else
#define TILE_TOKENS 4
#define DOT8_ZERO 128

/* Products of two columns in 16 bits, eight rows by column pairs: rows 0 and 1 of a part in `low`, 2 and 3 in `high`. */
typedef struct {
    int16x8_t low, high;
} products;

INLINE products add_products(products to, int8x16_t w, int8x16_t x) {
    return (products){vmlal_s8(to.low, vget_low_s8(w), vget_low_s8(x)), vmlal_high_s8(to.high, w, x)};
}

/* Four activation codes, for each row of a part. */
INLINE int8x16_t spread(const int8_t *x) {
    return vreinterpretq_s8_s32(vdupq_n_s32(four(x)));
}

/* Eight columns at a time: |code - 128| <= 128 by |x| <= 127, two of them are at most 32512 < 2^15. */
INLINE void dot8_parts(
    const int tokens, const int first, const int parts, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride,
    i32v sum[][PARTS]) {
    int32x4_t low[TILE_TOKENS][PARTS];
    int32x4_t high[TILE_TOKENS][PARTS];
    for (int t = 0; t < tokens; t++) {
        for (int p = 0; p < parts; p++) {
            low[t][p] = vdupq_n_s32(0);
            high[t][p] = vdupq_n_s32(0);
        }
    }
    columns = opaque(columns);
    for (int64_t c = 0; c < columns; c += 8) {
        const uint8_t *at = w + c * BLOCK_ROWS;
        if (first == 0) {
            prefetch(tokens, at);
            prefetch(tokens, at + COLUMNS4_BYTES);
        }
        for (int p = 0; p < parts; p++) {
            int8x16_t left = less_128(vld1q_u8(at + (first + p) * PART_BYTES));
            int8x16_t right = less_128(vld1q_u8(at + COLUMNS4_BYTES + (first + p) * PART_BYTES));
            for (int t = 0; t < tokens; t++) {
                int8x16_t xs = spread(x + t * stride + c);
                products pairs = {vmull_s8(vget_low_s8(left), vget_low_s8(xs)), vmull_high_s8(left, xs)};
                pairs = add_products(pairs, right, spread(x + t * stride + c + 4));
                low[t][p] = vpadalq_s16(low[t][p], pairs.low);
                high[t][p] = vpadalq_s16(high[t][p], pairs.high);
            }
        }
    }
    for (int t = 0; t < tokens; t++) {
        for (int p = 0; p < parts; p++) {
            sum[t][first + p] += (i32v)vpaddq_s32(low[t][p], high[t][p]);
        }
    }
}

/* In 16 bits, up to 64 columns at a time: sixteen products of at most 15 * 127 add up to 30480 < 2^15. */
INLINE void dot4_parts(
    const int tokens, const int first, const int parts, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride,
    i32v sum[][PARTS]) {
    for (int64_t c = 0; c < columns; c += 64) {
        int64_t end = opaque(c + 64 < columns ? c + 64 : columns);
        products pairs[TILE_TOKENS][PARTS];
        for (int t = 0; t < tokens; t++) {
            for (int p = 0; p < parts; p++) {
                pairs[t][p] = (products){vdupq_n_s16(0), vdupq_n_s16(0)};
            }
        }
        for (int64_t k = c; k < end; k += 8) {
            const uint8_t *at = w + k * BLOCK_ROWS / 2;
            if (first == 0) {
                prefetch(tokens, at);
            }
            for (int p = 0; p < parts; p++) {
                uint8x16_t codes = vld1q_u8(at + (first + p) * PART_BYTES);
                int8x16_t left = vreinterpretq_s8_u8(low_codes(codes));
                int8x16_t right = vreinterpretq_s8_u8(high_codes(codes));
                for (int t = 0; t < tokens; t++) {
                    pairs[t][p] = add_products(pairs[t][p], left, spread(x + t * stride + k));
                    pairs[t][p] = add_products(pairs[t][p], right, spread(x + t * stride + k + 4));
                }
            }
        }
        for (int t = 0; t < tokens; t++) {
            for (int p = 0; p < parts; p++) {
                sum[t][first + p] += (i32v)vpaddq_s32(vpaddlq_s16(pairs[t][p].low), vpaddlq_s16(pairs[t][p].high));
            }
        }
    }
}

INLINE void dot_rows(
    const int tokens, const int bits, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    const int parts = tokens > 2 ? 2 : 4;
    for (int first = 0; first < PARTS; first += parts) {
        if (bits == 8) {
            dot8_parts(tokens, first, parts, columns, w, x, stride, sum);
        } else {
            dot4_parts(tokens, first, parts, columns, w, x, stride, sum);
        }
    }
}
#endif

INLINE void dot8(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    dot_rows(tokens, 8, columns, w, x, stride, sum);
}

INLINE void dot4(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    dot_rows(tokens, 4, columns, w, x, stride, sum);
}

#endif
