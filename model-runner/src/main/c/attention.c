/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts the items of attention into tiles. Each page is read once for a tile. */
#include "attention.h"

void generate_walk_pages(const attention *a, const tile *rows, attend_page *attend, void *state) {
    pages range = pages_of(a, rows);
    for (int64_t p = range.first; p <= range.last; p++) {
        const char *page = page_of(a, rows, p);
        const char *ahead = page_of(a, rows, p < range.last ? p + 1 : p);
        for (int64_t r = 0, r1; r < rows->count; r = r1) {
            seen part = seen_of(a, rows->position[r], p);
            for (r1 = r + 1; r1 < rows->count; r1++) {
                seen next = seen_of(a, rows->position[r1], p);
                if (next.low != part.low || next.high != part.high) {
                    break;
                }
            }
            if (part.low < part.high) {
                attend(a, page, ahead, part, state, r, r1);
            }
        }
    }
}

static void attend_tile(const attention *a, tile *rows) {
    if (rows->count > FEW_ROWS) {
        (a->type == KV_INT8 ? generate_attend_many_int8 : generate_attend_many)(a, rows);
    } else if (rows->count > 0) {
        (a->type == KV_INT8 ? generate_attend_few_int8 : generate_attend_few)(a, rows);
    }
    rows->count = 0;
}

/* Most rows of a tile. */
static int64_t tile_rows(int64_t head_dim) {
    int64_t most = TILE_ELEMENTS / padded_head(head_dim) / FEW_ROWS * FEW_ROWS;
    return most < TILE_ROWS ? most : TILE_ROWS;
}

EXPORT void generate_attention(
    const float *q, int64_t q_stride, const void *layer, int64_t type, int64_t kv_heads, int64_t head_dim, int64_t heads,
    int64_t parts, const int32_t *positions, const int32_t *sequences, const int32_t *block_tables, int64_t table_stride,
    int64_t tokens, float scale, int64_t window, int64_t begin, int64_t end, float *out) {
    attention a = {layer, type, kv_heads, head_dim, window, scale};
    int64_t in_group = heads / kv_heads;
    int64_t most = tile_rows(head_dim);
    tile rows;
    rows.count = 0;
    for (int64_t item = begin; item < end;) {
        /* Items of one part of one key head, which are rows in descending order. */
        int64_t part = item / tokens;
        int64_t last = (part + 1) * tokens < end ? (part + 1) * tokens : end;
        int64_t group = part / parts * in_group;
        int64_t first_head = group + part % parts * in_group / parts;
        int64_t end_head = group + (part % parts + 1) * in_group / parts;
        rows.kv_head = part / parts;
        for (int64_t t = (part + 1) * tokens - last; t < (part + 1) * tokens - item; t++) {
            rows.table = block_tables + sequences[t] * table_stride;
            for (int64_t head = first_head; head < end_head; head++) {
                rows.q[rows.count] = q + t * q_stride + head * head_dim;
                rows.out[rows.count] = out + (t * heads + head) * head_dim;
                rows.position[rows.count] = positions[t];
                rows.count++;
                if (rows.count == most) {
                    attend_tile(&a, &rows);
                }
            }
            if (t + 1 == tokens || sequences[t + 1] != sequences[t]) {
                attend_tile(&a, &rows);
            }
        }
        attend_tile(&a, &rows);
        item = last;
    }
}
