/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls functions of a kernel library on behalf of another process, so that the kernels of another processor family, in an
 * emulator, pass the tests of this machine's: replay LIBRARY, then calls on standard input, answers on standard output.
 *
 * All numbers are 64 bits, lowest byte first. A call: length of the function's name, the name; count of arguments; for each
 * its kind and value: 'i' an integer, 'f' a float's bits, 'p' a block of memory: its length, or -1 for a null pointer, and its
 * bytes. The answer: OK, the result, and the bytes of each block in order; or one of the other words below and no more.
 *
 * The functions' own types are not known here: all get as many integers and floats as the longest can take. On both families
 * integers and floats go their own ways, in order, and the caller clears the stack; what is too much does no harm.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, NO_FUNCTION = 1, TOO_MANY_ARGUMENTS = 2, OUT_OF_MEMORY = 3, WRITTEN_OUTSIDE = 4 };
enum { MOST_INTEGERS = 28, MOST_FLOATS = 2, GUARD = 256, GUARD_BYTE = 0x5A };

typedef int64_t function(
    int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
    int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
    float, float);

typedef struct {
    uint8_t *whole; /* with its guard bytes */
    int64_t length;
} block;

/* Standard input ends between calls when there are no more; anywhere else something is broken. */
static void take(void *to, int64_t bytes, int may_end) {
    size_t got = fread(to, 1, (size_t)bytes, stdin);
    if (got != (size_t)bytes) {
        exit(got == 0 && may_end ? 0 : 1);
    }
}

static int64_t take_number(int may_end) {
    int64_t n;
    take(&n, sizeof n, may_end);
    return n;
}

static void give(const void *from, int64_t bytes) {
    if (fwrite(from, 1, (size_t)bytes, stdout) != (size_t)bytes) {
        exit(1);
    }
}

static void give_number(int64_t n) {
    give(&n, sizeof n);
}

static int guards_hold(block b) {
    for (int64_t i = 0; i < GUARD; i++) {
        if (b.whole[i] != GUARD_BYTE || b.whole[GUARD + b.length + i] != GUARD_BYTE) {
            return 0;
        }
    }
    return 1;
}

static int64_t call(function *f, const int64_t i[MOST_INTEGERS], const float x[MOST_FLOATS]) {
    return f(
        i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8], i[9], i[10], i[11], i[12], i[13], i[14], i[15], i[16], i[17], i[18],
        i[19], i[20], i[21], i[22], i[23], i[24], i[25], i[26], i[27], x[0], x[1]);
}

/* Takes a call, makes it and answers. */
static void serve(void *library) {
    char name[64] = {0};
    int64_t name_length = take_number(1);
    if (name_length < 0 || name_length >= (int64_t)sizeof name) {
        exit(1);
    }
    take(name, name_length, 0);
    int64_t integers[MOST_INTEGERS] = {0};
    float floats[MOST_FLOATS] = {0};
    block blocks[MOST_INTEGERS];
    int integer_count = 0;
    int float_count = 0;
    int block_count = 0;
    int64_t state = OK;
    for (int64_t left = take_number(0); left > 0; left--) {
        int64_t kind = take_number(0);
        int64_t value = take_number(0);
        if (integer_count == MOST_INTEGERS || float_count == MOST_FLOATS) {
            state = TOO_MANY_ARGUMENTS;
        } else if (kind == 'f') {
            memcpy(&floats[float_count++], &value, sizeof(float));
        } else if (kind == 'i' || value < 0) {
            integers[integer_count++] = kind == 'i' ? value : 0;
        } else {
            block b = {malloc((size_t)value + 2 * GUARD), value};
            if (!b.whole) {
                state = OUT_OF_MEMORY;
                break;
            }
            memset(b.whole, GUARD_BYTE, (size_t)value + 2 * GUARD);
            take(b.whole + GUARD, value, 0);
            integers[integer_count++] = (int64_t)(intptr_t)(b.whole + GUARD);
            blocks[block_count++] = b;
        }
    }
    void *symbol = dlsym(library, name);
    function *f;
    memcpy(&f, &symbol, sizeof f);
    state = state == OK && !f ? NO_FUNCTION : state;
    int64_t result = state == OK ? call(f, integers, floats) : 0;
    for (int i = 0; i < block_count; i++) {
        state = state == OK && !guards_hold(blocks[i]) ? WRITTEN_OUTSIDE : state;
    }
    give_number(state);
    if (state == OK) {
        give_number(result);
    }
    for (int i = 0; i < block_count; i++) {
        if (state == OK) {
            give(blocks[i].whole + GUARD, blocks[i].length);
        }
        free(blocks[i].whole);
    }
    fflush(stdout);
    if (state == TOO_MANY_ARGUMENTS || state == OUT_OF_MEMORY) {
        exit(1); /* the rest of the call is unread */
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: replay LIBRARY\n");
        return 2;
    }
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    for (;;) {
        serve(library);
    }
}
