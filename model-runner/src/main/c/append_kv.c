/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "attention.h"
#include "kernels.h"

static uint16_t to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* One position of one head. */
static void append_f32(const float *key, const float *value, int64_t head_dim, float *page, int64_t position) {
    for (int64_t d = 0; d < head_dim; d++) {
        page[d * PAGE + position] = key[d];
        page[head_dim * PAGE + position * head_dim + d] = value[d];
    }
}

static void append_bf16(const float *key, const float *value, int64_t head_dim, uint16_t *page, int64_t position) {
    for (int64_t d = 0; d < head_dim; d++) {
        page[d * PAGE + position] = to_bf16(key[d]);
        page[head_dim * PAGE + position * head_dim + d] = to_bf16(value[d]);
    }
}

static void append_int8(const float *key, const float *value, int64_t head_dim, char *page, int64_t position) {
    int8_page to = int8_page_at(page, head_dim);
    int8_t codes[MAX_HEAD_DIM];
    float key_scale = quantize_head(key, head_dim, codes);
    memcpy((float *)to.key_scales + position, &key_scale, sizeof key_scale);
    for (int64_t d = 0; d < head_dim; d++) {
        ((uint8_t *)to.keys)[(d / 4 * PAGE + position) * 4 + d % 4] = (uint8_t)(codes[d] + KEY_ZERO);
    }
    float value_scale = quantize_head(value, head_dim, codes);
    memcpy((float *)to.value_scales + position, &value_scale, sizeof value_scale);
    for (int64_t d = 0; d < head_dim; d++) {
        ((int8_t *)to.values)[(position / 4 * to.padded + d) * 4 + position % 4] = codes[d];
    }
}

EXPORT void generate_append_kv(
    const float *keys, const float *values, int64_t stride, int64_t kv_heads, int64_t head_dim, void *layer, int64_t type,
    const int32_t *slots, int64_t begin, int64_t end) {
    int64_t bytes = kv_bytes(type, head_dim);
    for (int64_t t = begin; t < end; t++) {
        int64_t position = slots[t] % PAGE;
        for (int64_t h = 0; h < kv_heads; h++) {
            const float *key = keys + t * stride + h * head_dim;
            const float *value = values + t * stride + h * head_dim;
            char *page = (char *)layer + (slots[t] / PAGE * kv_heads + h) * bytes;
            if (type == KV_INT8) {
                append_int8(key, value, head_dim, page, position);
            } else if (type == KV_BF16) {
                append_bf16(key, value, head_dim, (uint16_t *)page, position);
            } else {
                append_f32(key, value, head_dim, (float *)page, position);
            }
        }
    }
}
