// SPDX-License-Identifier: Apache-2.0
// What the attention kernels share: a warp for each query row and head, a lane for each position of a page, then for elements of
// the head.
#pragma once

#include "device.cuh"

constexpr int ATTENTION_WARPS = 4;
constexpr int MAX_HEAD_DIM = 512;

struct AttentionArguments {
    const float *q;
    const void *pages;
    const int *positions;
    const int *sequences;
    const int *blockTables;
    float *out;
    long qColumns;
    long tableColumns;
    int kvHeads;
    int headDim;
    int heads;
    int tokens;
    int window;
    float scale;
};

// One query row and head, and the pages that it sees.
struct Query {
    long t;
    int head;
    int kvHead;
    int position;
    int first;
    const int *table;
};

DEVICE bool has_query(const AttentionArguments &a) {
    return (long)blockIdx.x * ATTENTION_WARPS + warp() < (long)a.tokens * a.heads;
}

DEVICE Query query_of(const AttentionArguments &a) {
    long item = (long)blockIdx.x * ATTENTION_WARPS + warp();
    Query query;
    query.t = item / a.heads;
    query.head = (int)(item % a.heads);
    query.kvHead = query.head / (a.heads / a.kvHeads);
    query.position = a.positions[query.t];
    query.first = a.window == 0 ? 0 : max(0, query.position - a.window + 1);
    query.table = a.blockTables + a.sequences[query.t] * a.tableColumns;
    return query;
}

// Whether this lane's position of a page is seen.
DEVICE bool sees(const Query &query, int page) {
    int position = page * PAGE + lane();
    return position >= query.first && position <= query.position;
}

template <int N> DEVICE void store(const AttentionArguments &a, const Query &query, const float *acc, float sum) {
    float inverse = 1.0f / __shfl_sync(ALL_LANES, sum, 0);
    float *out = a.out + (query.t * a.heads + query.head) * a.headDim;
    for (int i = 0; i < N; i++) {
        if (i * WARP + lane() < a.headDim) {
            out[i * WARP + lane()] = acc[i] * inverse;
        }
    }
}
