/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts the items of attention into tiles. Each page is read once for a tile. */
#include "attention.h"

void generate_walk_pages(const attention *a, const tile *rows, attend_page *attend, void *state) {
    pages range = pages_of(a, rows);
    for (int64_t p = range.first; p <= range.last; p++) {
        const char *page = page_of(a, rows, p);
        for (int64_t r = 0, r1; r < rows->count; r = r1) {
            seen part = seen_of(a, rows->position[r], p);
            for (r1 = r + 1; r1 < rows->count; r1++) {
                seen next = seen_of(a, rows->position[r1], p);
                if (next.low != part.low || next.high != part.high) {
                    break;
                }
            }
            if (part.low < part.high) {
                attend(a, page, part, state, r, r1);
            }
        }
    }
}

static void attend_tile(const attention *a, const tile *rows) {
    if (rows->count <= FEW_ROWS) {
        (a->type == KV_INT8 ? generate_attend_few_int8 : generate_attend_few)(a, rows);
    } else {
        (a->type == KV_INT8 ? generate_attend_many_int8 : generate_attend_many)(a, rows);
    }
}

EXPORT void generate_attention(
    const float *q, int64_t q_stride, const void *layer, int64_t type, int64_t kv_heads, int64_t head_dim, int64_t heads_count,
    const int32_t *positions, const int32_t *sequences, const int32_t *block_tables, int64_t table_stride, int64_t tokens,
    float scale, int64_t window, int64_t begin, int64_t end, float *out) {
    attention a = {layer, type, kv_heads, head_dim, window, scale};
    int64_t in_group = heads_count / kv_heads;
    int64_t fitting = TILE_ELEMENTS / padded_head(head_dim) / FEW_ROWS * FEW_ROWS;
    int64_t most = fitting < TILE_ROWS ? fitting : TILE_ROWS;
    tile rows;
    rows.count = 0;
    for (int64_t item = begin; item < end; item++) {
        int64_t t = item % tokens;
        rows.kv_head = item / tokens;
        rows.table = block_tables + sequences[t] * table_stride;
        for (int64_t h = 0; h < in_group; h++) {
            int64_t column = (rows.kv_head * in_group + h) * head_dim;
            rows.q[rows.count] = q + t * q_stride + column;
            rows.out[rows.count] = out + t * heads_count * head_dim + column;
            rows.position[rows.count] = positions[t];
            rows.count++;
            int last_of_item = h + 1 == in_group;
            int ends = last_of_item && (item + 1 == end || t + 1 == tokens || sequences[t + 1] != sequences[t]);
            if (ends || rows.count == most) {
                attend_tile(&a, &rows);
                rows.count = 0;
            }
        }
    }
}
