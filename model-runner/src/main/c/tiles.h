/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight tile registers of AMX. Tile numbers are constants. Without __AMX_INT8__ plain C stands in for the processor, so that
 * what is written with tiles can be tested on every machine with AVX-512.
 */
#ifndef GENERATE_TILES_H
#define GENERATE_TILES_H

#include "lanes.h"

/* What ldtilecfg reads. */
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shapes;

#if defined(__AMX_INT8__)

#define tiles_begin(SHAPES) _tile_loadconfig(SHAPES)
#define tiles_end() _tile_release()
#define tile_zero(T) _tile_zero(T)
#define tile_load(T, FROM, STRIDE) _tile_loadd(T, FROM, STRIDE)
#define tile_store(T, TO, STRIDE) _tile_stored(T, TO, STRIDE)
/* C += A * B of signed bytes: A has rows of columns, B for each four columns a row with four bytes an output. */
#define tile_dot(C, A, B) _tile_dpbssd(C, A, B)

#else

typedef struct {
    tile_shapes shapes;
    uint8_t bytes[8][16][64];
} tile_state;

static _Thread_local tile_state tiles;

static inline void tiles_begin(const tile_shapes *shapes) {
    memset(&tiles, 0, sizeof tiles);
    tiles.shapes = *shapes;
}

static inline void tiles_end(void) {
    memset(&tiles, 0, sizeof tiles);
}

static inline void tile_zero(int t) {
    memset(tiles.bytes[t], 0, sizeof tiles.bytes[t]);
}

static inline void tile_load(int t, const void *from, int64_t stride) {
    tile_zero(t);
    for (int row = 0; row < tiles.shapes.rows[t]; row++) {
        memcpy(tiles.bytes[t][row], (const char *)from + row * stride, tiles.shapes.row_bytes[t]);
    }
}

static inline void tile_store(int t, void *to, int64_t stride) {
    for (int row = 0; row < tiles.shapes.rows[t]; row++) {
        memcpy((char *)to + row * stride, tiles.bytes[t][row], tiles.shapes.row_bytes[t]);
    }
}

static inline void tile_dot(int c, int a, int b) {
    for (int row = 0; row < tiles.shapes.rows[c]; row++) {
        for (int column = 0; column < tiles.shapes.row_bytes[c] / 4; column++) {
            int32_t sum;
            memcpy(&sum, tiles.bytes[c][row] + column * 4, sizeof sum);
            for (int k = 0; k < tiles.shapes.rows[b] && k < tiles.shapes.row_bytes[a] / 4; k++) {
                for (int i = 0; i < 4; i++) {
                    sum += (int8_t)tiles.bytes[a][row][k * 4 + i] * (int8_t)tiles.bytes[b][k][column * 4 + i];
                }
            }
            memcpy(tiles.bytes[c][row] + column * 4, &sum, sizeof sum);
        }
    }
}

#endif

#endif
