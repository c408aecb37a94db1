/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs every operation over odd sizes on blocks of memory that are exactly as large as they must be, for the address and
 * undefined-behaviour sanitizers to watch. What comes out is compared with Java by KernelContract, not here; only the product and
 * sum that is rounded once is checked here against the C library's.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "kernels.h"
#include "lanes.h"

static const int64_t SIZES[] = {1, 7, 8, 15, 16, 17, 63, 65, 130, 1025, 4098};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0] };

static uint32_t state = 0x5EED;

static uint32_t next(void) {
    state = state * 1664525 + 1013904223;
    return state >> 8 ^ state << 20;
}

static void *block(int64_t bytes) {
    void *p = malloc((size_t)(bytes > 0 ? bytes : 1));
    if (!p) {
        fprintf(stderr, "%lld bytes wanted, there are none\n", (long long)bytes);
        exit(1);
    }
    return p;
}

static float *floats(int64_t count) {
    float *p = block(count * 4);
    for (int64_t i = 0; i < count; i++) {
        p[i] = (float)(int32_t)next() * 0x1p-31f;
        if (next() % 64 == 0) {
            uint32_t bits = next() << 9 ^ next();
            memcpy(p + i, &bits, 4); /* whatever float, NaN and infinities included */
        }
    }
    return p;
}

static void *bytes(int64_t count) {
    uint8_t *p = block(count);
    for (int64_t i = 0; i < count; i++) {
        p[i] = (uint8_t)next();
    }
    return p;
}

static int32_t *ints(int64_t count, int32_t below) {
    int32_t *p = block(count * 4);
    for (int64_t i = 0; i < count; i++) {
        p[i] = (int32_t)(next() % (uint32_t)below);
    }
    return p;
}

typedef struct {
    int8_t *codes;
    float *scales;
    int16_t *sums;
} quantized;

static quantized quantized_rows(int64_t tokens, int64_t columns) {
    int64_t padded = padded_columns(columns);
    quantized x = {bytes(tokens * padded), floats(tokens * ((columns + 127) / 128)), block(tokens * padded / 16 * 2)};
    for (int64_t i = 0; i < tokens * padded; i++) {
        x.codes[i] = x.codes[i] == -128 || i % padded >= columns ? 0 : x.codes[i];
    }
    memset(x.sums, 1, (size_t)(tokens * padded / 16 * 2));
    return x;
}

static void free_quantized(quantized x) {
    free(x.codes);
    free(x.scales);
    free(x.sums);
}

static void rows(int64_t tokens, int64_t columns) {
    float *x = floats(tokens * 2 * columns);
    float *delta = floats(tokens * columns);
    float *weight = floats(columns);
    quantized out = quantized_rows(tokens, columns);
    generate_add(x, delta, 0, tokens * columns);
    generate_quantize(x, columns, 0, tokens, out.codes, out.scales, out.sums);
    generate_rms_norm(x, weight, 1e-5f, columns, 0, tokens, out.codes, out.scales, out.sums);
    generate_add_rms_norm(x, delta, weight, 1e-5f, columns, 0, tokens, out.codes, out.scales, out.sums);
    generate_head_rms_norm(x, columns, 1, columns, weight, 1e-5f, 0, tokens);
    generate_swiglu(x, columns, 0, tokens, out.codes, out.scales, out.sums);
    int32_t *picked = ints(3, (int32_t)tokens);
    float *gathered = block(3 * columns * 4);
    generate_gather(x, picked, columns, 0, 3, gathered);
    free(x);
    free(delta);
    free(weight);
    free_quantized(out);
    free(picked);
    free(gathered);
}

static void products(
    int64_t tokens, int64_t outputs, int64_t columns, int64_t bits, int64_t group, int minima, int super_blocks, int with_table) {
    int64_t padded = padded_columns(columns);
    int64_t blocks = (outputs + 15) / 16;
    int64_t groups = (padded + group - 1) / group;
    void *codes = bytes(blocks * 16 * padded * bits / 8);
    int64_t small_bytes = blocks * 16 * groups * (super_blocks ? 1 : 2);
    int64_t large = blocks * 16 * ((padded + 255) / 256);
    for (int64_t i = 0; minima && i < blocks * 16 * padded * bits / 8; i++) {
        ((uint8_t *)codes)[i] &= 0x77;
    }
    void *scales = bytes(small_bytes);
    float *large_scales = super_blocks ? floats(large) : NULL;
    void *least = minima ? bytes(small_bytes) : NULL;
    float *large_least = minima && super_blocks ? floats(large) : NULL;
    int8_t *table = with_table ? (int8_t *)bytes(16) : NULL;
    float *bias = outputs % 2 ? floats(outputs) : NULL;
    int64_t zero = minima || table ? 0 : bits == 8 ? 128 : 8;
    quantized x = quantized_rows(tokens, columns);
    float *out = block(tokens * outputs * 4);
    int64_t middle = blocks / 2;
    for (int64_t kernel = STREAMED; kernel <= TILES; kernel++) {
        generate_matmul(
            codes, table, scales, large_scales, least, large_least, bias, outputs, columns, bits, group, zero, x.codes, x.scales,
            x.sums, tokens, 0, middle, out, outputs, kernel);
        generate_matmul(
            codes, table, scales, large_scales, least, large_least, bias, outputs, columns, bits, group, zero, x.codes, x.scales,
            x.sums, tokens, middle, blocks, out, outputs, kernel);
    }
    int32_t *ids = ints(2, (int32_t)outputs);
    float *embedded = block(2 * columns * 4);
    generate_embed(
        codes, table, scales, large_scales, least, large_least, columns, bits, group, zero, ids, 0, 2, embedded);
    free(codes);
    free(scales);
    free(large_scales);
    free(least);
    free(large_least);
    free(table);
    free(bias);
    free_quantized(x);
    free(out);
    free(ids);
    free(embedded);
}

static void ropes(int64_t head_dim, int64_t dims, int64_t interleaved) {
    float *x = floats(3 * 2 * head_dim);
    float *cos_sin = floats(9 * dims);
    int32_t *positions = ints(3, 9);
    generate_rope(x, 2 * head_dim, 2, head_dim, cos_sin, dims, interleaved, positions, 0, 3);
    free(x);
    free(cos_sin);
    free(positions);
}

static void attentions(
    int64_t context, int64_t tokens, int64_t kv_heads, int64_t in_group, int64_t head_dim, int64_t type, int64_t window) {
    int64_t pages = (context + PAGE - 1) / PAGE;
    int64_t size = pages * kv_heads * kv_bytes(type, head_dim);
    void *layer = type == KV_F32 ? (void *)floats(size / 4) : bytes(size);
    int64_t stride = (in_group + 2) * kv_heads * head_dim;
    float *qkv = floats(tokens * stride);
    int32_t *positions = block(tokens * 4);
    int32_t *sequences = block(tokens * 4);
    int32_t *table = block(pages * 4);
    for (int64_t t = 0; t < tokens; t++) {
        positions[t] = (int32_t)(context - tokens + t);
        sequences[t] = 0;
    }
    for (int64_t p = 0; p < pages; p++) {
        table[p] = (int32_t)(pages - 1 - p);
    }
    float *out = block(tokens * in_group * kv_heads * head_dim * 4);
    const float *keys = qkv + in_group * kv_heads * head_dim;
    generate_append_kv(keys, keys + kv_heads * head_dim, stride, kv_heads, head_dim, layer, type, positions, 0, tokens);
    int64_t parts = in_group > 2 ? 2 : 1;
    int64_t items = tokens * kv_heads * parts;
    int64_t middle = items / 3;
    for (int half = 0; half < 2; half++) {
        generate_attention(
            qkv, stride, layer, type, kv_heads, head_dim, kv_heads * in_group, parts, positions, sequences, table, pages,
            tokens, 0.125f, window, half ? middle : 0, half ? items : middle, out);
    }
    free(layer);
    free(qkv);
    free(positions);
    free(sequences);
    free(table);
    free(out);
}

/* Bits of a factor, its neighbours in size, and sums that cancel or fall on a tie: fma1 is rounded once, as fmaf is. */
static int fma_is_exact(void) {
    for (int64_t i = 0; i < 4000000; i++) {
        uint32_t bits[3] = {next() << 8 ^ next(), next() << 8 ^ next(), next() << 8 ^ next()};
        float f[3];
        if (i % 2) { /* exponents near each other, few bits: ties, cancellation, double rounding */
            uint32_t spread = i % 4 == 1 ? 30 : 3;
            uint32_t least = i % 8 < 4 ? 100 : 1; /* and results near or below the smallest normal number */
            for (int j = 0; j < 3; j++) {
                uint32_t exponent = (j == 2 ? 2 * least > 127 ? 2 * least - 127 : 0 : least) + next() % spread;
                bits[j] = (bits[j] & 0x80000000) | (exponent & 255) << 23 | (bits[j] & 0x7FFFFF & ~((1u << next() % 24) - 1));
            }
        }
        memcpy(f, bits, sizeof f);
        float wanted = fmaf(f[0], f[1], f[2]);
        float found = fma1(f[0], f[1], f[2]);
        if (memcmp(&wanted, &found, 4) != 0 && !(isnan(wanted) && isnan(found))) {
            fprintf(stderr, "fma1(%a, %a, %a): wanted %a, found %a\n", f[0], f[1], f[2], wanted, found);
            return 0;
        }
    }
    return 1;
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "--level") == 0) {
        printf("%d\n", (int)generate_level());
        return 0;
    }
    if (!fma_is_exact()) {
        return 1;
    }
    for (int i = 0; i < SIZE_COUNT; i++) {
        rows(2, SIZES[i]);
        rows(SIZES[i], 17);
        for (int64_t group = 16; group <= 128; group *= 2) {
            for (int kind = 0; kind < 4; kind++) {
                products(3, 17, SIZES[i], kind / 2 ? 8 : 4, group, kind % 2, i % 2, 0);
                products(9, SIZES[i] > 1025 ? 1025 : SIZES[i], 65, kind / 2 ? 8 : 4, group, kind % 2, i % 2, kind < 2 && i % 3 == 0);
            }
        }
        products(SIZES[i], 17, 65, 8, 32, 0, 0, 0);
        products(SIZES[i], 17, 65, 4, 32, 1, 1, 0);
        products(SIZES[i], 300, 1100, 4, 32, 0, 0, 1);
        for (int64_t type = KV_F32; type <= KV_INT8; type++) {
            attentions(SIZES[i], SIZES[i] > 40 ? 40 : SIZES[i], 2, 3, 20, type, 0);
            attentions(SIZES[i], 1, 1, 17, 64, type, 33);
            attentions(50, 7, 2, 2, SIZES[i] > MAX_HEAD_DIM ? MAX_HEAD_DIM : SIZES[i], type, 0);
            attentions(150, 90, 1, 4, SIZES[i] > MAX_HEAD_DIM ? MAX_HEAD_DIM : SIZES[i], type, i % 2 ? 40 : 0);
        }
        ropes(SIZES[i] * 2, SIZES[i] * 2, i % 2);
        ropes(SIZES[i] * 2 + 1, SIZES[i] / 2 * 2, 1 - i % 2);
    }
    return 0;
}
