// SPDX-License-Identifier: Apache-2.0
// The walk of attention: a block for each query row and head. Its warps take pages in turn, a lane for each position, to make the
// scores of up to 32 pages and from these the weights; then each thread adds up its elements of the head, pages in order.
#pragma once

#include "device.cuh"

constexpr int ATTENTION_WARPS = 4;
constexpr int MAX_HEAD_DIM = 512;
constexpr int ELEMENTS = MAX_HEAD_DIM / ATTENTION_WARPS / WARP;
constexpr int CHUNK_PAGES = 32;

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

// One query row and head, and the positions that it sees.
struct Query {
    const float *q;
    const int *table;
    float *out;
    int kvHead;
    int position;
    int first;
};

// What the warps of a block tell each other of each page of a chunk.
struct Chunk {
    float *scores; // then weights, those of positions that are not seen 0
    float *most;   // of its scores
    float *sums;
    float *corrections; // what sums before it are multiplied by
};

#define SHARED_CHUNK(name)                                                                                             \
    SHARED(float, name##_scores, CHUNK_PAGES *PAGE);                                                                   \
    SHARED(float, name##_pages, CHUNK_PAGES * 3);                                                                      \
    Chunk name = {name##_scores, name##_pages, name##_pages + CHUNK_PAGES, name##_pages + 2 * CHUNK_PAGES}

DEVICE Query query_of(const AttentionArguments &a) {
    long t = blockIdx.x / a.heads;
    int head = (int)(blockIdx.x % a.heads);
    Query query;
    query.q = a.q + t * a.qColumns + head * a.headDim;
    query.table = a.blockTables + a.sequences[t] * a.tableColumns;
    query.out = a.out + (t * a.heads + head) * a.headDim;
    query.kvHead = head / (a.heads / a.kvHeads);
    query.position = a.positions[t];
    query.first = a.window == 0 ? 0 : max(0, query.position - a.window + 1);
    return query;
}

// Whether this lane's position of a page is seen.
DEVICE bool sees(const Query &query, int page) {
    int position = page * PAGE + lane();
    return position >= query.first && position <= query.position;
}

// What a kind of pages has to say, beside exponential(x): score(p), of this lane's position of page p; weigh(p, i, e), by all
// lanes, makes what add takes of page p, the i-th of a chunk, from the exponentials; add(acc, correction, p, i, d) adds element d of
// the values to acc.
template <typename Pages> DEVICE void attend(const AttentionArguments &a, const Query &query, Pages &pages, Chunk &chunk) {
    float acc[ELEMENTS];
    for (int n = 0; n < ELEMENTS; n++) {
        acc[n] = 0.0f;
    }
    float most = -INFINITY;
    float sum = 0.0f;
    int end = query.position / PAGE + 1;
    for (int from = query.first / PAGE; from < end; from += CHUNK_PAGES) {
        int count = min(CHUNK_PAGES, end - from);
        for (int i = warp(); i < count; i += warps()) {
            float score = sees(query, from + i) ? pages.score(from + i) : -INFINITY;
            float mostOfPage = max_of_warp(score);
            chunk.scores[i * PAGE + lane()] = score;
            if (lane() == 0) {
                chunk.most[i] = mostOfPage;
            }
        }
        __syncthreads();
        for (int i = warp(); i < count; i += warps()) {
            float before = most;
            for (int j = 0; j < i; j++) {
                before = fmaxf(before, chunk.most[j]);
            }
            float now = fmaxf(before, chunk.most[i]);
            float e = sees(query, from + i) ? Pages::exponential(chunk.scores[i * PAGE + lane()] - now) : 0.0f;
            float sumOfPage = fold(e, PAGE / 2);
            if (lane() == 0) {
                chunk.sums[i] = sumOfPage;
                chunk.corrections[i] = Pages::exponential(before - now);
            }
            pages.weigh(from + i, i, e);
        }
        __syncthreads();
        for (int i = 0; i < count; i++) {
            float correction = chunk.corrections[i];
            most = fmaxf(most, chunk.most[i]);
            sum = multiply_add(sum, correction, chunk.sums[i]);
            for (int n = 0; n < ELEMENTS; n++) {
                int d = n * ATTENTION_WARPS * WARP + (int)threadIdx.x;
                if (d < a.headDim) {
                    acc[n] = pages.add(acc[n], correction, from + i, i, d);
                }
            }
        }
        __syncthreads();
    }
    float inverse = 1.0f / sum;
    for (int n = 0; n < ELEMENTS; n++) {
        int d = n * ATTENTION_WARPS * WARP + (int)threadIdx.x;
        if (d < a.headDim) {
            query.out[d] = acc[n] * inverse;
        }
    }
}
