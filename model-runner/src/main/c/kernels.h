/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of org.opensearch.generate.runner.kernel.Kernels that run in C, one file each, compiled once per level. What
 * they compute is defined there, to the bit. Layouts are those of Activations, PackedMatrix and KvCache.
 *
 * Callers own all memory and have checked every shape; nothing here allocates, fails or keeps state. Rows from begin to end
 * (exclusive) are done: tokens, unless a comment says otherwise. Strides are in elements.
 */
#ifndef GENERATE_KERNELS_H
#define GENERATE_KERNELS_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

enum {
    BLOCK_ROWS = 16,        /* PackedMatrix.BLOCK_ROWS */
    ACTIVATION_GROUP = 128, /* Activations.GROUP */
    COLUMN_PADDING = 64,    /* Activations.COLUMN_PADDING */
    SUM_COLUMNS = 16,       /* Activations.SUM */
    PAGE = 32,              /* KvCache.PAGE */
    MAX_HEAD_DIM = 512      /* widest head that generate_attention takes */
};

static inline int64_t padded_columns(int64_t columns) {
    return (columns + COLUMN_PADDING - 1) / COLUMN_PADDING * COLUMN_PADDING;
}

/*
 * The best level that processor and system can run: 0 baseline; on x86_64 1 avx2, 2 avx512vnni, 3 amx; on aarch64 1 dotprod,
 * 2 i8mm.
 */
EXPORT int64_t generate_level(void);

EXPORT void generate_embed(
    const uint8_t *codes, const int8_t *table, const void *scales, const float *large_scales, const void *minima,
    const float *large_minima, int64_t columns, int64_t bits, int64_t group, int64_t zero, const int32_t *ids, int64_t begin,
    int64_t end, float *out);

/* Elements from begin to end. */
EXPORT void generate_add(float *x, const float *delta, int64_t begin, int64_t end);

EXPORT void generate_gather(
    const float *source, const int32_t *rows, int64_t columns, int64_t begin, int64_t end, float *out);

EXPORT void generate_rms_norm(
    const float *x, const float *weight, float epsilon, int64_t columns, int64_t begin, int64_t end, int8_t *codes,
    float *scales, int16_t *sums);

EXPORT void generate_add_rms_norm(
    float *x, const float *delta, const float *weight, float epsilon, int64_t columns, int64_t begin, int64_t end,
    int8_t *codes, float *scales, int16_t *sums);

/* x points to the first head of the first row. */
EXPORT void generate_head_rms_norm(
    float *x, int64_t stride, int64_t heads, int64_t head_dim, const float *weight, float epsilon, int64_t begin, int64_t end);

EXPORT void generate_quantize(
    const float *x, int64_t columns, int64_t begin, int64_t end, int8_t *codes, float *scales, int16_t *sums);

/* Ways to multiply, all with the same result; a level without one of them takes the one before. */
enum {
    STREAMED = 0, /* weights used as they are packed, fastest for few tokens */
    PANELS = 1,   /* weights unpacked for many tokens */
    TILES = 2     /* the same, multiplied by the matrix unit */
};

/* Row blocks from begin to end of one matrix, all tokens; out points to the matrix's first column; kernel is one of the above. */
EXPORT void generate_matmul(
    const uint8_t *codes, const int8_t *table, const void *scales, const float *large_scales, const void *minima,
    const float *large_minima, const float *bias, int64_t rows, int64_t columns, int64_t bits, int64_t group, int64_t zero,
    const int8_t *x_codes, const float *x_scales, const int16_t *x_sums, int64_t tokens, int64_t begin, int64_t end, float *out,
    int64_t out_stride, int64_t kernel);

/* x points to the first head of the first row. */
EXPORT void generate_rope(
    float *x, int64_t stride, int64_t heads, int64_t head_dim, const float *cos_sin, int64_t dims, int64_t interleaved,
    const int32_t *positions, int64_t begin, int64_t end);

/* Types of a layer's pages. */
enum { KV_F32, KV_BF16, KV_INT8 };

/* keys and values point to their first column of the first row; type is that of the layer. */
EXPORT void generate_append_kv(
    const float *keys, const float *values, int64_t stride, int64_t kv_heads, int64_t head_dim, void *layer, int64_t type,
    const int32_t *slots, int64_t begin, int64_t end);

/*
 * Items from begin to end: item i is row tokens - 1 - i % tokens for part i / tokens, and part p holds query heads of key head
 * p / parts, whose group is cut into `parts` parts.
 */
EXPORT void generate_attention(
    const float *q, int64_t q_stride, const void *layer, int64_t type, int64_t kv_heads, int64_t head_dim, int64_t heads,
    int64_t parts, const int32_t *positions, const int32_t *sequences, const int32_t *block_tables, int64_t table_stride,
    int64_t tokens, float scale, int64_t window, int64_t begin, int64_t end, float *out);

EXPORT void generate_swiglu(
    const float *gate_and_up, int64_t columns, int64_t begin, int64_t end, int8_t *codes, float *scales, int16_t *sums);

#endif
