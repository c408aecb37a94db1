// SPDX-License-Identifier: Apache-2.0
// What the machine can do at most: limits LEVEL THREADS prints one line of JSON with the bytes that so many threads read from
// memory a second, and the 8-bit integer products and float operations (a multiplication and an addition count as two) that the
// level's own instructions do in registers. Best of several runs each.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { RUNS = 7, MAX_THREADS = 256, ROUND = 1 << 16 };
#define READ_BYTES ((size_t)256 << 20) /* of each thread: more than caches hold */
#define RUN_SECONDS 0.05

/* Does `rounds` rounds; returns what keeps the compiler from leaving them out. */
typedef uint64_t (*work)(const void *data, long rounds);

/* Twelve sums hide the latency of two units; x goes through an empty asm so that no product can be taken out of the loop. */
#define REPEAT12(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11)
#define LOOP(TYPE, ZERO, STEP, TOTAL)                                                                                          \
    TYPE sum[12];                                                                                                              \
    for (int i = 0; i < 12; i++) sum[i] = ZERO;                                                                                \
    for (long round = 0; round < rounds * ROUND; round++) {                                                                    \
        REPEAT12(STEP)                                                                                                         \
    }                                                                                                                          \
    uint64_t total = 0;                                                                                                        \
    for (int i = 0; i < 12; i++) total += TOTAL(sum[i]);                                                                       \
    return total

typedef uint64_t wide __attribute__((vector_size(64)));

#define READ_BODY                                                                                                              \
    wide a = {0}, b = {0}, c = {0}, d = {0};                                                                                   \
    for (long round = 0; round < rounds; round++) {                                                                            \
        const wide *from = data;                                                                                               \
        for (size_t i = 0; i < READ_BYTES / sizeof(wide); i += 4) {                                                            \
            a += from[i], b += from[i + 1], c += from[i + 2], d += from[i + 3];                                                \
        }                                                                                                                      \
    }                                                                                                                          \
    a += b + c + d;                                                                                                            \
    uint64_t total = 0;                                                                                                        \
    for (int i = 0; i < 8; i++) total += a[i];                                                                                 \
    return total

static uint64_t read_baseline(const void *data, long rounds) { READ_BODY; }

typedef struct {
    const char *level;
    work read, int8, f32;
    double int8_operations, f32_operations; /* of one round of the loop */
} limits;

#if defined(__x86_64__)

#define OPAQUE(x) __asm__ volatile("" : "+x"(x))
/* Two instructions with two operands each, written out: compilers add copies that cost as much as the products. */
#define SUM_OF_PRODUCTS(sum, x, y, MULTIPLY, ADD)                                                                              \
    do {                                                                                                                       \
        __m128i product;                                                                                                       \
        __asm__ volatile("movdqa %2, %1\n\t" MULTIPLY " %3, %1\n\t" ADD " %1, %0"                                             \
                         : "+x"(sum), "=&x"(product)                                                                           \
                         : "x"(x), "x"(y));                                                                                    \
    } while (0)

static uint64_t int8_baseline(const void *data, long rounds) {
    const __m128i x = _mm_loadu_si128(data);
#define STEP(i) SUM_OF_PRODUCTS(sum[i], x, x, "pmaddwd", "paddd");
#define TOTAL(v) (uint64_t) _mm_cvtsi128_si64(v)
    LOOP(__m128i, _mm_setzero_si128(), STEP, TOTAL);
#undef STEP
}

static uint64_t f32_baseline(const void *data, long rounds) {
    const __m128i x = _mm_loadu_si128(data);
#define STEP(i) SUM_OF_PRODUCTS(sum[i], x, x, "mulps", "addps");
    LOOP(__m128i, _mm_setzero_si128(), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

#define AVX2 __attribute__((target("avx2,fma")))

AVX2 static uint64_t read_avx2(const void *data, long rounds) { READ_BODY; }

AVX2 static uint64_t int8_avx2(const void *data, long rounds) {
    __m256i x = _mm256_loadu_si256(data);
    const __m256i y = x;
#define STEP(i) OPAQUE(x); sum[i] = _mm256_add_epi16(sum[i], _mm256_maddubs_epi16(x, y));
#define TOTAL(v) (uint64_t) _mm256_extract_epi64(v, 0)
    LOOP(__m256i, _mm256_setzero_si256(), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

AVX2 static uint64_t f32_avx2(const void *data, long rounds) {
    const __m256 x = _mm256_loadu_ps(data);
#define STEP(i) sum[i] = _mm256_fmadd_ps(x, x, sum[i]);
#define TOTAL(v) (uint64_t) _mm256_cvtss_f32(v)
    LOOP(__m256, _mm256_setzero_ps(), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

AVX512 static uint64_t read_avx512(const void *data, long rounds) { READ_BODY; }

AVX512 static uint64_t int8_avx512(const void *data, long rounds) {
    const __m512i x = _mm512_loadu_si512(data);
#define STEP(i) sum[i] = _mm512_dpbusd_epi32(sum[i], x, x);
#define TOTAL(v) (uint64_t) _mm_cvtsi128_si64(_mm512_castsi512_si128(v))
    LOOP(__m512i, _mm512_setzero_si512(), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

AVX512 static uint64_t f32_avx512(const void *data, long rounds) {
    const __m512 x = _mm512_loadu_ps(data);
#define STEP(i) sum[i] = _mm512_fmadd_ps(x, x, sum[i]);
#define TOTAL(v) (uint64_t) _mm512_cvtss_f32(v)
    LOOP(__m512, _mm512_setzero_ps(), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

/* Four sums of 16 x 16 in tiles 0 to 3, of 16 x 64 bytes in tiles 4 and 5 with those in 6 and 7; three times four products. */
__attribute__((target("amx-tile,amx-int8"))) static uint64_t int8_amx(const void *data, long rounds) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) shape.bytes[tile] = 64, shape.rows[tile] = 16;
    _tile_loadconfig(&shape);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_loadd(4, data, 64);
    _tile_loadd(5, data, 64);
    _tile_loadd(6, data, 64);
    _tile_loadd(7, data, 64);
    for (long round = 0; round < rounds * ROUND / 16; round++) {
        for (int times = 0; times < 3; times++) {
            _tile_dpbusd(0, 4, 6);
            _tile_dpbusd(1, 4, 7);
            _tile_dpbusd(2, 5, 6);
            _tile_dpbusd(3, 5, 7);
        }
    }
    uint32_t out[256];
    _tile_stored(0, out, 64);
    _tile_release();
    return out[0];
}

static int amx_allowed(void) {
    const long request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

static int supported(const char *level) {
    __builtin_cpu_init();
    if (strcmp(level, "amx") == 0) return __builtin_cpu_supports("avx512vnni") && amx_allowed();
    if (strcmp(level, "avx512vnni") == 0) return __builtin_cpu_supports("avx512vnni");
    if (strcmp(level, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return 1;
}

static const limits LEVELS[] = {
    {"baseline", read_baseline, int8_baseline, f32_baseline, 12 * 16, 12 * 8},
    {"avx2", read_avx2, int8_avx2, f32_avx2, 12 * 64, 12 * 16},
    {"avx512vnni", read_avx512, int8_avx512, f32_avx512, 12 * 128, 12 * 32},
    {"amx", read_avx512, int8_amx, f32_avx512, 12 * 32768.0 / 16, 12 * 32},
};

#elif defined(__aarch64__)

#include <sys/auxv.h>
#define OPAQUE(x) __asm__ volatile("" : "+w"(x))

static uint64_t int8_baseline(const void *data, long rounds) {
    int8x16_t x = vld1q_s8(data);
    const int8x16_t y = x;
#define STEP(i)                                                                                                                \
    OPAQUE(x);                                                                                                                 \
    sum[i] = vpadalq_s16(sum[i], vmull_s8(vget_low_s8(x), vget_low_s8(y)));                                                    \
    sum[i] = vpadalq_s16(sum[i], vmull_high_s8(x, y));
#define TOTAL(v) (uint64_t) vgetq_lane_s32(v, 0)
    LOOP(int32x4_t, vdupq_n_s32(0), STEP, TOTAL);
#undef STEP
}

__attribute__((target("arch=armv8.2-a+dotprod"))) static uint64_t int8_dotprod(const void *data, long rounds) {
    const int8x16_t x = vld1q_s8(data);
#define STEP(i) sum[i] = vdotq_s32(sum[i], x, x);
    LOOP(int32x4_t, vdupq_n_s32(0), STEP, TOTAL);
#undef STEP
}

__attribute__((target("arch=armv8.6-a+i8mm"))) static uint64_t int8_i8mm(const void *data, long rounds) {
    const int8x16_t x = vld1q_s8(data);
#define STEP(i) sum[i] = vmmlaq_s32(sum[i], x, x);
    LOOP(int32x4_t, vdupq_n_s32(0), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

static uint64_t f32_baseline(const void *data, long rounds) {
    const float32x4_t x = vld1q_f32(data);
#define STEP(i) sum[i] = vfmaq_f32(sum[i], x, x);
#define TOTAL(v) (uint64_t) vgetq_lane_f32(v, 0)
    LOOP(float32x4_t, vdupq_n_f32(0), STEP, TOTAL);
#undef STEP
#undef TOTAL
}

static int supported(const char *level) {
    if (strcmp(level, "dotprod") == 0) return (getauxval(AT_HWCAP) >> 20) & 1;
    if (strcmp(level, "i8mm") == 0) return (getauxval(AT_HWCAP2) >> 13) & 1;
    return 1;
}

static const limits LEVELS[] = {
    {"baseline", read_baseline, int8_baseline, f32_baseline, 12 * 32, 12 * 8},
    {"dotprod", read_baseline, int8_dotprod, f32_baseline, 12 * 32, 12 * 8},
    {"i8mm", read_baseline, int8_i8mm, f32_baseline, 12 * 64, 12 * 8},
};

#endif

typedef struct {
    work run;
    const void *data;
    long rounds;
    pthread_barrier_t *start;
    uint64_t result;
} job;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void *run_job(void *argument) {
    job *mine = argument;
    pthread_barrier_wait(mine->start);
    mine->result = mine->run(mine->data, mine->rounds);
    return NULL;
}

/* Seconds from the common start to the end of the last thread. */
static double seconds(work run, void *const *data, long rounds, int threads) {
    pthread_t ids[MAX_THREADS];
    job jobs[MAX_THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, threads + 1);
    for (int i = 0; i < threads; i++) {
        jobs[i] = (job){run, data[i], rounds, &start, 0};
        if (pthread_create(&ids[i], NULL, run_job, &jobs[i]) != 0) {
            fprintf(stderr, "limits: no thread %d\n", i);
            exit(1);
        }
    }
    pthread_barrier_wait(&start);
    double from = now();
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    pthread_barrier_destroy(&start);
    return now() - from;
}

/* Rounds a second of all threads together, the best of several runs. */
static double best(work run, void *const *data, int threads) {
    long rounds = 1;
    double took;
    while ((took = seconds(run, data, rounds, threads)) < RUN_SECONDS) rounds *= 2;
    double most = threads * rounds / took;
    for (int i = 1; i < RUNS; i++) {
        double rate = threads * rounds / seconds(run, data, rounds, threads);
        most = rate > most ? rate : most;
    }
    return most;
}

int main(int argc, char **argv) {
    int threads = argc == 3 ? atoi(argv[2]) : 0;
    const limits *level = NULL;
    for (size_t i = 0; argc == 3 && i < sizeof LEVELS / sizeof *LEVELS; i++) {
        if (strcmp(LEVELS[i].level, argv[1]) == 0) level = &LEVELS[i];
    }
    if (level == NULL || threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "Usage: limits LEVEL THREADS; levels:");
        for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++) fprintf(stderr, " %s", LEVELS[i].level);
        fprintf(stderr, "\n");
        return 2;
    }
    if (!supported(level->level)) {
        fprintf(stderr, "limits: this machine has no %s\n", level->level);
        return 2;
    }
    void *data[MAX_THREADS];
    for (int i = 0; i < threads; i++) {
        data[i] = aligned_alloc(64, READ_BYTES);
        if (data[i] == NULL) {
            fprintf(stderr, "limits: no memory\n");
            return 1;
        }
        memset(data[i], 0x3f, READ_BYTES); /* pages of their own, and floats of 0.75 */
    }
    double read = best(level->read, data, threads) * READ_BYTES;
    double int8 = best(level->int8, data, threads) * ROUND * level->int8_operations;
    double f32 = best(level->f32, data, threads) * ROUND * level->f32_operations;
    printf(
        "{\"level\":\"%s\",\"threads\":%d,\"read_gigabytes_per_second\":%.2f,\"int8_teraops\":%.4f,\"f32_teraflops\":%.4f}\n",
        level->level, threads, read * 1e-9, int8 * 1e-12, f32 * 1e-12);
    return 0;
}
