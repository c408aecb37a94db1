/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"
#include "lanes.h"

/* Turns pairs (head[i * step], head[i * step + apart]) for i from begin to half. */
static void turn(
    float *head, const float *cosines, const float *sines, int64_t begin, int64_t half, int64_t step, int64_t apart) {
    for (int64_t i = begin; i < half; i++) {
        float a = head[i * step];
        float b = head[i * step + apart];
        head[i * step] = fma1(a, cosines[i], -(b * sines[i]));
        head[i * step + apart] = fma1(a, sines[i], b * cosines[i]);
    }
}

EXPORT void generate_rope(
    float *x, int64_t stride, int64_t heads, int64_t head_dim, const float *cos_sin, int64_t dims, int64_t interleaved,
    const int32_t *positions, int64_t begin, int64_t end) {
    int64_t half = dims / 2;
    for (int64_t t = begin; t < end; t++) {
        const float *cosines = cos_sin + positions[t] * dims;
        const float *sines = cosines + half;
        for (int64_t h = 0; h < heads; h++) {
            float *head = x + t * stride + h * head_dim;
            if (interleaved) {
                turn(head, cosines, sines, 0, half, 2, 1);
                continue;
            }
            int64_t i = 0;
            for (; i + LANES <= half; i += LANES) {
                f32v a = load(head + i);
                f32v b = load(head + half + i);
                f32v c = load(cosines + i);
                f32v s = load(sines + i);
                store(head + i, fma_(a, c, -(b * s)));
                store(head + half + i, fma_(a, s, b * c));
            }
            turn(head, cosines, sines, i, half, 1, half);
        }
    }
}
