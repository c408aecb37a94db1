// SPDX-License-Identifier: Apache-2.0
// A stand-in for the driver library, with the functions that CudaDriver binds: cards whose memory is the host's, and kernels that
// this build compiled with the SIMT layer. What is asked for runs at once; what goes wrong in a kernel is told, as on a card, by
// the next call that waits, and the card's context is lost from then on. Memory lies between guard bytes and is garbage at
// first; freed memory is kept for a while to see that nobody writes to it.
#include "simt.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <time.h>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using Result = int;
enum : Result {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    UNSUPPORTED_PTX = 222,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    ILLEGAL_ADDRESS = 700,
    LAUNCH_FAILED = 719,
};

constexpr size_t GUARD = 256;
constexpr size_t ALIGNMENT = 256;
constexpr unsigned char GUARD_BYTE = 0xC3;
constexpr unsigned char NEW_BYTE = 0xCB;
constexpr unsigned char FREE_BYTE = 0xDF;
constexpr size_t KEPT_BYTES = 64 << 20;

struct Allocation {
    char *memory;
    size_t bytes;
};

struct Card {
    size_t total = (size_t)8 << 30;
    size_t used = 0;
    int retained = 0;
    Result lost = SUCCESS;
    std::map<uintptr_t, Allocation> live;
    std::deque<Allocation> freed;
    size_t freedBytes = 0;
};

struct Module {
    std::string text;
};

struct Function {
    std::string name;
    const simt::Kernel *kernel;
};

using Work = std::function<Result()>;

struct Graph {
    std::vector<Work> work;
};

struct Stream {
    Card *card;
    Graph *capturing = nullptr;
};

std::recursive_mutex lock;
bool initialized;
int version = 13000;
int capability = 90;
int shown = 1;
std::string problem;
// Of each function name, how many more calls succeed before one gives a result.
struct Fault {
    long after;
    Result result;
};
std::map<std::string, Fault> faults;
std::map<std::string, long> calls;
std::set<void *> events;

std::vector<std::unique_ptr<Card>> &cards() {
    static std::vector<std::unique_ptr<Card>> all;
    while (all.size() < 8) {
        all.push_back(std::make_unique<Card>());
    }
    return all;
}

thread_local Card *current;

void tell(Card &card, Result result, const std::string &what) {
    if (card.lost == SUCCESS) {
        card.lost = result;
        problem = what;
        fprintf(stderr, "simulated card: %s\n", what.c_str());
    }
}

Result enter(const char *name) {
    calls[name]++;
    auto fault = faults.find(name);
    if (fault != faults.end() && fault->second.after-- == 0) {
        Result result = fault->second.result;
        faults.erase(fault);
        if (current != nullptr && (result == ILLEGAL_ADDRESS || result == LAUNCH_FAILED)) {
            tell(*current, result, std::string("fault asked for in ") + name);
        }
        return result;
    }
    return initialized ? SUCCESS : NOT_INITIALIZED;
}

Result enter_context(const char *name) {
    Result result = enter(name);
    if (result != SUCCESS) {
        return result;
    }
    return current == nullptr || current->retained == 0 ? INVALID_CONTEXT : current->lost;
}

// An allocation that has all these bytes, or null.
Allocation *holding(uintptr_t at, size_t bytes) {
    auto after = current->live.upper_bound(at);
    if (after == current->live.begin()) {
        return nullptr;
    }
    Allocation &found = std::prev(after)->second;
    uintptr_t begin = std::prev(after)->first;
    return at + bytes <= begin + found.bytes ? &found : nullptr;
}

bool all_are(const char *from, size_t bytes, unsigned char value) {
    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)from[i] != value) {
            return false;
        }
    }
    return true;
}

void check_guards(Card &card, const Allocation &a) {
    if (WITH_ADDRESS_SANITIZER) {
        return;
    }
    if (!all_are(a.memory, GUARD, GUARD_BYTE) || !all_are(a.memory + GUARD + a.bytes, GUARD, GUARD_BYTE)) {
        tell(card, ILLEGAL_ADDRESS, "written beside an allocation of " + std::to_string(a.bytes) + " bytes");
    }
}

void drop_freed(Card &card, size_t most) {
    while (card.freedBytes > most) {
        Allocation a = card.freed.front();
        card.freed.pop_front();
        card.freedBytes -= a.bytes;
        simt::allow(a.memory, a.bytes + 2 * GUARD);
        if (!all_are(a.memory, a.bytes + 2 * GUARD, FREE_BYTE)) {
            tell(card, ILLEGAL_ADDRESS, "written to freed memory of " + std::to_string(a.bytes) + " bytes");
        }
        free(a.memory);
    }
}

Result submit(Stream *stream, Work work) {
    if (stream->capturing != nullptr) {
        stream->capturing->work.push_back(work);
        return SUCCESS;
    }
    return work();
}

} // namespace

// ---- what tests change and see

// Sets "version", "capability", "cards", or "memory" of card 0; "reset" makes all as at first.
EXPORT void simulated_set(const char *what, long value) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    std::string name = what;
    if (name == "version") {
        version = (int)value;
    } else if (name == "capability") {
        capability = (int)value;
    } else if (name == "cards") {
        shown = (int)value;
    } else if (name == "memory") {
        cards()[0]->total = (size_t)value;
    } else if (name == "reset") {
        version = 13000;
        capability = 90;
        shown = 1;
        faults.clear();
        problem.clear();
        for (auto &card : cards()) {
            card->total = (size_t)8 << 30;
            card->lost = SUCCESS;
        }
    }
}

// The call of that function after so many more gives that result.
EXPORT void simulated_fault(const char *name, long after, int result) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    faults[name] = {after, result};
}

// Calls of a function so far.
EXPORT long simulated_calls(const char *name) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    return calls[name];
}

// Bytes in use on a card; looks at all guard bytes first.
EXPORT long simulated_used(int card) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    return (long)cards()[card]->used;
}

// What went wrong on a card first, or nothing.
EXPORT const char *simulated_problem(void) {
    return problem.c_str();
}

// ---- the driver's functions

EXPORT Result cuInit(unsigned) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    initialized = true;
    Result result = enter("cuInit");
    return result == SUCCESS && shown == 0 ? NO_DEVICE : result;
}

EXPORT Result cuDriverGetVersion(int *out) {
    *out = version;
    return SUCCESS;
}

EXPORT Result cuDeviceGetCount(int *out) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    *out = shown;
    return enter("cuDeviceGetCount");
}

EXPORT Result cuDeviceGet(int *out, int ordinal) {
    *out = ordinal;
    return ordinal >= 0 && ordinal < shown ? SUCCESS : INVALID_DEVICE;
}

EXPORT Result cuDeviceGetName(char *out, int bytes, int) {
    snprintf(out, (size_t)bytes, "simulated card");
    return SUCCESS;
}

EXPORT Result cuDeviceGetAttribute(int *out, int attribute, int) {
    constexpr int MULTIPROCESSORS = 16;
    constexpr int MAJOR = 75;
    constexpr int MINOR = 76;
    *out = attribute == MAJOR ? capability / 10
            : attribute == MINOR ? capability % 10
            : attribute == MULTIPROCESSORS ? 132
                                           : 0;
    return SUCCESS;
}

EXPORT Result cuDeviceTotalMem_v2(size_t *out, int device) {
    *out = cards()[device]->total;
    return SUCCESS;
}

EXPORT Result cuDevicePrimaryCtxRetain(void **out, int device) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter("cuDevicePrimaryCtxRetain");
    if (result == SUCCESS) {
        Card *card = cards()[device].get();
        card->retained++;
        *out = card;
    }
    return result;
}

EXPORT Result cuDevicePrimaryCtxRelease_v2(int device) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Card &card = *cards()[device];
    if (card.retained == 0) {
        return INVALID_CONTEXT;
    }
    if (--card.retained == 0) {
        for (auto &entry : card.live) {
            check_guards(card, entry.second);
        }
        drop_freed(card, 0);
        card.lost = SUCCESS;
    }
    return SUCCESS;
}

EXPORT Result cuCtxSetCurrent(void *context) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    current = (Card *)context;
    return enter("cuCtxSetCurrent");
}

EXPORT Result cuMemGetInfo_v2(size_t *free, size_t *total) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemGetInfo");
    if (result == SUCCESS) {
        *free = current->total - current->used;
        *total = current->total;
    }
    return result;
}

EXPORT Result cuMemAllocAsync(uintptr_t *out, size_t bytes, Stream *) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemAllocAsync");
    if (result != SUCCESS) {
        return result;
    }
    if (bytes == 0) {
        return INVALID_VALUE;
    }
    if (bytes > current->total - current->used) {
        return OUT_OF_MEMORY;
    }
    size_t whole = (bytes + 2 * GUARD + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *memory = (char *)aligned_alloc(ALIGNMENT, whole);
    if (memory == nullptr) {
        return OUT_OF_MEMORY;
    }
    memset(memory, GUARD_BYTE, GUARD);
    memset(memory + GUARD, NEW_BYTE, bytes);
    memset(memory + GUARD + bytes, GUARD_BYTE, GUARD);
    simt::forbid(memory, GUARD);
    simt::forbid(memory + GUARD + bytes, GUARD);
    *out = (uintptr_t)memory + GUARD;
    current->live[*out] = {memory, bytes};
    current->used += bytes;
    return SUCCESS;
}

EXPORT Result cuMemFreeAsync(uintptr_t at, Stream *) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemFreeAsync");
    if (current == nullptr) {
        return result;
    }
    auto found = current->live.find(at);
    if (found == current->live.end()) {
        return INVALID_VALUE;
    }
    Allocation a = found->second;
    check_guards(*current, a);
    current->live.erase(found);
    current->used -= a.bytes;
    simt::allow(a.memory, a.bytes + 2 * GUARD);
    memset(a.memory, FREE_BYTE, a.bytes + 2 * GUARD);
    simt::forbid(a.memory, a.bytes + 2 * GUARD);
    current->freed.push_back(a);
    current->freedBytes += a.bytes;
    drop_freed(*current, KEPT_BYTES);
    return result;
}

EXPORT Result cuMemsetD8Async(uintptr_t at, unsigned char value, size_t bytes, Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemsetD8Async");
    if (result != SUCCESS || holding(at, bytes) == nullptr) {
        return result != SUCCESS ? result : INVALID_VALUE;
    }
    return submit(stream, [=] {
        memset((void *)at, value, bytes);
        return SUCCESS;
    });
}

EXPORT Result cuMemcpyHtoDAsync_v2(uintptr_t to, const void *from, size_t bytes, Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemcpyHtoDAsync");
    if (result != SUCCESS || holding(to, bytes) == nullptr) {
        return result != SUCCESS ? result : INVALID_VALUE;
    }
    return submit(stream, [=] {
        memcpy((void *)to, from, bytes);
        return SUCCESS;
    });
}

EXPORT Result cuMemcpyDtoHAsync_v2(void *to, uintptr_t from, size_t bytes, Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemcpyDtoHAsync");
    if (result != SUCCESS || holding(from, bytes) == nullptr) {
        return result != SUCCESS ? result : INVALID_VALUE;
    }
    return submit(stream, [=] {
        memcpy(to, (const void *)from, bytes);
        return SUCCESS;
    });
}

EXPORT Result cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuMemcpyDtoDAsync");
    if (result != SUCCESS || holding(from, bytes) == nullptr || holding(to, bytes) == nullptr) {
        return result != SUCCESS ? result : INVALID_VALUE;
    }
    return submit(stream, [=] {
        memmove((void *)to, (const void *)from, bytes);
        return SUCCESS;
    });
}

EXPORT Result cuStreamCreate(Stream **out, unsigned) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuStreamCreate");
    if (result == SUCCESS) {
        *out = new Stream{current};
    }
    return result;
}

EXPORT Result cuStreamDestroy_v2(Stream *stream) {
    delete stream;
    return SUCCESS;
}

EXPORT Result cuStreamSynchronize(Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuStreamSynchronize");
    if (result != SUCCESS) {
        return result;
    }
    for (auto &entry : stream->card->live) {
        check_guards(*stream->card, entry.second);
    }
    return stream->card->lost;
}

EXPORT Result cuModuleLoadData(Module **out, const char *text) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuModuleLoadData");
    if (result != SUCCESS) {
        return result;
    }
    const char *target = strstr(text, ".target sm_");
    if (strstr(text, ".version ") == nullptr || target == nullptr) {
        return INVALID_IMAGE;
    }
    if (atoi(target + strlen(".target sm_")) > capability) {
        return INVALID_IMAGE;
    }
    *out = new Module{text};
    return SUCCESS;
}

EXPORT Result cuModuleUnload(Module *module) {
    delete module;
    return SUCCESS;
}

EXPORT Result cuModuleGetFunction(Function **out, Module *module, const char *name) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuModuleGetFunction");
    const simt::Kernel *kernel = simt::find(name);
    std::string entry = std::string(".entry ") + name + "(";
    size_t at = module->text.find(entry);
    if (result != SUCCESS || kernel == nullptr || at == std::string::npos) {
        return result != SUCCESS ? result : NOT_FOUND;
    }
    // The module's function takes what the kernel compiled here takes.
    std::string parameter = std::string(name) + "_param_0[" + std::to_string(kernel->argumentBytes) + "]";
    if (module->text.compare(module->text.find(name, at + entry.size()), parameter.size(), parameter) != 0) {
        return INVALID_IMAGE;
    }
    static std::map<std::string, std::unique_ptr<Function>> all;
    std::unique_ptr<Function> &known = all[name];
    if (known == nullptr) {
        known.reset(new Function{name, kernel});
    }
    *out = known.get();
    return SUCCESS;
}

EXPORT Result cuLaunchKernel(Function *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
        unsigned blockY, unsigned blockZ, unsigned, Stream *stream, void **, void **extra) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuLaunchKernel");
    if (result != SUCCESS) {
        return result;
    }
    // CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE, CU_LAUNCH_PARAM_END
    if (extra == nullptr || extra[0] != (void *)1 || extra[2] != (void *)2 || extra[4] != nullptr) {
        return INVALID_VALUE;
    }
    size_t bytes = *(size_t *)extra[3];
    if (gridX == 0 || gridY == 0 || gridZ != 1 || gridY > 65535 || bytes != function->kernel->argumentBytes) {
        problem = function->name + ": " + std::to_string(bytes) + " bytes of arguments, wanted " +
                std::to_string(function->kernel->argumentBytes);
        return INVALID_VALUE;
    }
    std::vector<char> arguments((char *)extra[1], (char *)extra[1] + bytes);
    Card *card = current;
    return submit(stream, [=] {
        const char *wrong = card->lost != SUCCESS ? nullptr
                : simt::run(*function->kernel, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, arguments.data());
        if (wrong != nullptr) {
            tell(*card, LAUNCH_FAILED, function->name + ": " + wrong);
        }
        return SUCCESS;
    });
}

EXPORT Result cuStreamBeginCapture_v2(Stream *stream, int) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuStreamBeginCapture");
    if (result == SUCCESS) {
        stream->capturing = new Graph();
    }
    return result;
}

EXPORT Result cuStreamEndCapture(Stream *stream, Graph **out) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (stream->capturing == nullptr) {
        return INVALID_VALUE;
    }
    *out = stream->capturing;
    stream->capturing = nullptr;
    return enter_context("cuStreamEndCapture");
}

EXPORT Result cuGraphInstantiateWithFlags(Graph **out, Graph *graph, unsigned long long) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuGraphInstantiateWithFlags");
    if (result == SUCCESS) {
        *out = new Graph(*graph);
    }
    return result;
}

EXPORT Result cuGraphLaunch(Graph *graph, Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuGraphLaunch");
    for (size_t i = 0; result == SUCCESS && i < graph->work.size(); i++) {
        result = submit(stream, graph->work[i]);
    }
    return result;
}

EXPORT Result cuGraphDestroy(Graph *graph) {
    delete graph;
    return SUCCESS;
}

EXPORT Result cuGraphExecDestroy(Graph *graph) {
    delete graph;
    return SUCCESS;
}

EXPORT Result cuEventCreate(void **out, unsigned) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuEventCreate");
    if (result == SUCCESS) {
        *out = malloc(sizeof(double));
        events.insert(*out);
    }
    return result;
}

EXPORT Result cuEventRecord(void *event, Stream *stream) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    Result result = enter_context("cuEventRecord");
    if (result != SUCCESS || events.count(event) == 0) {
        return result != SUCCESS ? result : INVALID_HANDLE;
    }
    return submit(stream, [=] {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        *(double *)event = (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
        return SUCCESS;
    });
}

EXPORT Result cuEventSynchronize(void *) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    return enter_context("cuEventSynchronize");
}

EXPORT Result cuEventElapsedTime(float *out, void *from, void *to) {
    *out = (float)(*(double *)to - *(double *)from);
    return SUCCESS;
}

EXPORT Result cuEventDestroy_v2(void *event) {
    std::lock_guard<std::recursive_mutex> guard(lock);
    if (events.erase(event) == 0) {
        return INVALID_HANDLE;
    }
    free(event);
    return SUCCESS;
}

EXPORT Result cuGetErrorName(Result result, const char **out) {
    static const std::map<Result, const char *> names = {
            {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"},
            {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
            {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED"},
            {NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},
            {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE"},
            {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},
            {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT"},
            {UNSUPPORTED_PTX, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
            {NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
            {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS"},
            {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"},
    };
    auto found = names.find(result);
    *out = found == names.end() ? nullptr : found->second;
    return found == names.end() ? INVALID_VALUE : SUCCESS;
}
