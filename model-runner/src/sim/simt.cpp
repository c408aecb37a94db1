// SPDX-License-Identifier: Apache-2.0
#include "simt.h"

#include <array>
#include <map>
#include <memory>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <sys/mman.h>
#include <vector>

#if WITH_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

// Saves the registers that a call keeps and the stack pointer, and goes on where `to` was saved.
extern "C" void simt_switch(void **from, void *to);
#if defined(__x86_64__)
asm(R"(
.text
.hidden simt_switch
.globl simt_switch
.type simt_switch, @function
simt_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size simt_switch, .-simt_switch
)");
static constexpr int SAVED_WORDS = 8; // six registers, the return address, alignment
static constexpr int RETURN_WORD = 6;
#elif defined(__aarch64__)
asm(R"(
.text
.hidden simt_switch
.globl simt_switch
.type simt_switch, %function
simt_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size simt_switch, .-simt_switch
)");
static constexpr int SAVED_WORDS = 20;
static constexpr int RETURN_WORD = 11;
#else
#error "the SIMT layer knows x86_64 and aarch64"
#endif

namespace simt {

thread_local Index threadIndex, blockIndex, blockSize, gridSize;

namespace {

constexpr int WARP = 32;
constexpr int MOST_THREADS = 1024;
constexpr int MOST_WORDS = 6; // that a thread gives at once
constexpr size_t STACK = WITH_ADDRESS_SANITIZER ? 128 << 10 : 32 << 10;
constexpr size_t GUARD = 64;
constexpr unsigned char GUARD_BYTE = 0xA5;
constexpr int NAN_BYTE = 0xFF;

enum class State { READY, AT_WARP, AT_BLOCK, DONE };

struct Fiber {
    void *stackPointer;
    char *stack;
    State state;
    const char *file;
    int line;
};

struct Shared {
    int line;
    size_t bytes;
    std::vector<unsigned char> memory;
};

// The block that a host thread runs.
struct Block {
    Body body;
    const void *arguments;
    int threads;
    std::vector<Fiber> fibers;
    std::vector<std::array<uint32_t, MOST_WORDS>> slots[2]; // words given, in this exchange and the one before
    std::vector<int> exchanges; // how many a thread has begun
    std::vector<Shared> shared;
    void *scheduler;
    int running;
    bool backwards = false;
    std::string problem;
    const void *schedulerStack = nullptr;
    size_t schedulerStackBytes = 0;
};

thread_local Block *block;

std::map<std::string, Kernel> &kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}

void begin_switch([[maybe_unused]] void **keep, [[maybe_unused]] const void *bottom, [[maybe_unused]] size_t bytes) {
#if WITH_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(keep, bottom, bytes);
#endif
}

void end_switch([[maybe_unused]] void *kept, [[maybe_unused]] bool toScheduler) {
#if WITH_ADDRESS_SANITIZER
    const void *bottom;
    size_t bytes;
    __sanitizer_finish_switch_fiber(kept, &bottom, &bytes);
    if (!toScheduler) {
        block->schedulerStack = bottom;
        block->schedulerStackBytes = bytes;
    }
#endif
}

void to_scheduler(State state, const char *file, int line) {
    Fiber &fiber = block->fibers[block->running];
    fiber.state = state;
    fiber.file = file;
    fiber.line = line;
    void *kept = nullptr;
    begin_switch(state == State::DONE ? nullptr : &kept, block->schedulerStack, block->schedulerStackBytes);
    simt_switch(&fiber.stackPointer, block->scheduler);
    end_switch(kept, false);
}

void begin_thread() {
    end_switch(nullptr, false);
    block->body(block->arguments);
    to_scheduler(State::DONE, "", 0);
    abort();
}

void prepare(Fiber &fiber) {
    void **top = (void **)(fiber.stack + STACK) - SAVED_WORDS;
    memset(top, 0, SAVED_WORDS * sizeof *top);
    top[RETURN_WORD] = (void *)begin_thread;
    fiber.stackPointer = top;
    fiber.state = State::READY;
}

void resume(int thread) {
    block->running = thread;
    threadIndex = {(unsigned)thread, 0, 0};
    Fiber &fiber = block->fibers[thread];
    void *kept = nullptr;
    begin_switch(&kept, fiber.stack, STACK);
    simt_switch(&block->scheduler, fiber.stackPointer);
    end_switch(kept, true);
}

std::string where(const Fiber &fiber) {
    if (fiber.state == State::DONE) {
        return "has ended";
    }
    const char *name = strrchr(fiber.file, '/');
    return std::string(fiber.state == State::AT_WARP ? "is at the exchange of " : "is at the barrier of ") +
            (name == nullptr ? fiber.file : name + 1) + ":" + std::to_string(fiber.line);
}

// Whether threads from to to are at the same place; else sets the problem.
bool together(int from, int to) {
    const Fiber &first = block->fibers[from];
    for (int i = from + 1; i < to; i++) {
        const Fiber &other = block->fibers[i];
        if (other.state != first.state ||
                (first.state != State::DONE && (other.line != first.line || strcmp(other.file, first.file) != 0))) {
            block->problem = "divergence in block " + std::to_string(blockIndex.x) + "," + std::to_string(blockIndex.y) +
                    ": thread " + std::to_string(from) + " " + where(first) + ", thread " + std::to_string(i) + " " +
                    where(other);
            return false;
        }
    }
    return true;
}

void release(int from, int to) {
    for (int i = from; i < to; i++) {
        block->fibers[i].state = State::READY;
    }
}

// Runs a warp until all of its threads are at a barrier of the block or have ended.
bool run_warp(int from, int to) {
    for (;;) {
        for (int i = 0; i < to - from; i++) {
            int thread = block->backwards ? to - 1 - i : from + i;
            if (block->fibers[thread].state == State::READY) {
                resume(thread);
            }
        }
        bool waits = false;
        for (int i = from; i < to; i++) {
            waits = waits || block->fibers[i].state == State::AT_WARP;
        }
        if (!waits) {
            return true;
        }
        if (!together(from, to)) {
            return false;
        }
        release(from, to);
    }
}

bool run_block() {
    for (int i = 0; i < block->threads; i++) {
        prepare(block->fibers[i]);
        block->exchanges[i] = 0;
    }
    for (;;) {
        for (int i = 0; i < block->threads / WARP; i++) {
            int first = (block->backwards ? block->threads / WARP - 1 - i : i) * WARP;
            if (!run_warp(first, first + WARP)) {
                return false;
            }
        }
        if (!together(0, block->threads)) {
            return false;
        }
        if (block->fibers[0].state == State::DONE) {
            return true;
        }
        release(0, block->threads);
    }
}

bool shared_is_whole() {
    if (WITH_ADDRESS_SANITIZER) {
        return true;
    }
    for (const Shared &s : block->shared) {
        for (size_t i = 0; i < GUARD; i++) {
            if (s.memory[i] != GUARD_BYTE || s.memory[GUARD + s.bytes + i] != GUARD_BYTE) {
                block->problem = "written beside the shared memory of line " + std::to_string(s.line);
                return false;
            }
        }
    }
    return true;
}

void reset_shared() {
    for (Shared &s : block->shared) {
        memset(s.memory.data() + GUARD, NAN_BYTE, s.bytes);
    }
}

} // namespace

Registration::Registration(const char *name, size_t argumentBytes, Body body) {
    kernels()[name] = {argumentBytes, body};
}

const Kernel *find(const char *name) {
    auto found = kernels().find(name);
    return found == kernels().end() ? nullptr : &found->second;
}

void *shared(int line, size_t bytes) {
    for (Shared &s : block->shared) {
        if (s.line == line && s.bytes == bytes) {
            return s.memory.data() + GUARD;
        }
    }
    block->shared.push_back({line, bytes, std::vector<unsigned char>(bytes + 2 * GUARD, GUARD_BYTE)});
    unsigned char *memory = block->shared.back().memory.data();
    memset(memory + GUARD, NAN_BYTE, bytes);
    simt::forbid(memory, GUARD);
    simt::forbid(memory + GUARD + bytes, GUARD);
    return memory + GUARD;
}

void sync_block(const char *file, int line) {
    to_scheduler(State::AT_BLOCK, file, line);
}

void sync_warp(const char *file, int line) {
    to_scheduler(State::AT_WARP, file, line);
}

uint32_t exchange(uint32_t bits, int from, const char *file, int line) {
    int thread = block->running;
    int slot = block->exchanges[thread]++ % 2;
    block->slots[slot][thread][0] = bits;
    to_scheduler(State::AT_WARP, file, line);
    return block->slots[slot][thread / WARP * WARP + from % WARP][0];
}

void add_tile_products(int *c, const uint32_t *a, const uint32_t *b, const char *file, int line) {
    int thread = block->running;
    int slot = block->exchanges[thread]++ % 2;
    block->slots[slot][thread] = {a[0], a[1], a[2], a[3], b[0], b[1]};
    to_scheduler(State::AT_WARP, file, line);
    const std::array<uint32_t, MOST_WORDS> *given = &block->slots[slot][thread / WARP * WARP];
    for (int i = 0; i < 4; i++) {
        int row = thread % WARP / 4;
        int column = thread % 4 * 2 + i % 2;
        for (int quad = 0; quad < 4; quad++) {
            for (int high = 0; high < 2; high++) {
                uint32_t x = given[row * 4 + quad][high * 2 + i / 2];
                c[i] = add_products((int)x, (int)given[column * 4 + quad][4 + high], c[i]);
            }
        }
    }
}

int lane() {
    return block->running % WARP;
}

const char *run(const Kernel &kernel, Index grid, Index size, const void *arguments) {
    static thread_local std::vector<char *> stacks;
    static thread_local std::string problem;
    static thread_local bool backwards;
    int threads = (int)size.x;
    if (size.y != 1 || size.z != 1 || threads < WARP || threads > MOST_THREADS || threads % WARP != 0) {
        return "blocks here have one dimension and whole warps";
    }
    while ((int)stacks.size() < threads) {
        void *stack = mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (stack == MAP_FAILED) {
            return "there is no memory for stacks";
        }
        stacks.push_back((char *)stack);
    }
    Block mine;
    mine.body = kernel.body;
    mine.arguments = arguments;
    mine.threads = threads;
    mine.fibers.resize(threads);
    for (int i = 0; i < threads; i++) {
        mine.fibers[i].stack = stacks[i];
    }
    mine.slots[0].resize(threads);
    mine.slots[1].resize(threads);
    mine.exchanges.resize(threads);
    // Threads run in the opposite order each time, so that what depends on the order shows.
    mine.backwards = backwards = !backwards;
    block = &mine;
    blockSize = size;
    gridSize = grid;
    const char *wrong = nullptr;
    for (unsigned y = 0; y < grid.y && wrong == nullptr; y++) {
        for (unsigned x = 0; x < grid.x && wrong == nullptr; x++) {
            blockIndex = {x, y, 0};
            reset_shared();
            if (!run_block() || !shared_is_whole()) {
                problem = mine.problem;
                wrong = problem.c_str();
            }
        }
    }
    for (const Shared &s : mine.shared) {
        simt::allow(s.memory.data(), s.memory.size());
    }
    block = nullptr;
    return wrong;
}

} // namespace simt
