/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernels.h"

static uint16_t to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

EXPORT void generate_append_kv(
    const float *keys, const float *values, int64_t stride, int64_t kv_heads, int64_t head_dim, void *layer, int64_t bf16,
    const int32_t *slots, int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; t++) {
        int64_t page = slots[t] / PAGE;
        int64_t position = slots[t] % PAGE;
        for (int64_t h = 0; h < kv_heads; h++) {
            const float *key = keys + t * stride + h * head_dim;
            const float *value = values + t * stride + h * head_dim;
            int64_t first = (page * kv_heads + h) * 2 * head_dim * PAGE;
            int64_t key_at = first + position;
            int64_t value_at = first + head_dim * PAGE + position * head_dim;
            if (bf16) {
                uint16_t *to = layer;
                for (int64_t d = 0; d < head_dim; d++) {
                    to[key_at + d * PAGE] = to_bf16(key[d]);
                    to[value_at + d] = to_bf16(value[d]);
                }
            } else {
                float *to = layer;
                for (int64_t d = 0; d < head_dim; d++) {
                    to[key_at + d * PAGE] = key[d];
                    to[value_at + d] = value[d];
                }
            }
        }
    }
}
