/* SPDX-License-Identifier: Apache-2.0 */
/* The scales or minima of a packed matrix (GroupScales): half-precision numbers, or small integers times a float per super block. */
#ifndef GENERATE_SCALES_H
#define GENERATE_SCALES_H

#include "kernels.h"
#include "lanes.h"

enum { SUPER_BLOCK = 256 /* GroupScales.SUPER_BLOCK */ };

typedef struct {
    const void *small;  /* [block][group][row], uint16_t, or int8_t where there is a large */
    const float *large; /* [block][super block][row], or null */
} group_scales;

/* LANES half-precision numbers; of NaN only the kind is kept. */
INLINE f32v load_half(const uint16_t *from) {
#if LANES == 16
    return (f32v)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
#elif LANES == 8
    return (f32v)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#elif defined(__aarch64__)
    return (f32v)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
#else
    u16v v;
    memcpy(&v, from, sizeof v);
    i32v half = __builtin_convertvector(v, i32v);
    f32v size = (f32v)((half & 0x7FFF) << 13) * 0x1p112f;
    i32v special = (half & 0x7C00) == 0x7C00;
    return (f32v)((i32v)size | (special & 0x7F800000) | (half & 0x8000) << 16);
#endif
}

/* Of `group` columns each, the values of group g of a block for LANES rows from `row` on. */
INLINE f32v load_scales(const group_scales *s, int64_t block, int64_t groups, int64_t group, int64_t g, int row) {
    int64_t at = (block * groups + g) * BLOCK_ROWS + row;
    if (!s->large) {
        return load_half((const uint16_t *)s->small + at);
    }
    int64_t super_blocks = (groups * group + SUPER_BLOCK - 1) / SUPER_BLOCK;
    f32v large = load(s->large + (block * super_blocks + g * group / SUPER_BLOCK) * BLOCK_ROWS + row);
    return large * to_float(load_int8((const int8_t *)s->small + at));
}

#endif
