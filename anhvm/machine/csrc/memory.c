#define _DEFAULT_SOURCE /* madvise */
#include "memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static atomic_int_fast64_t outstanding;
static _Thread_local int64_t fail_after = -1;

/* Far above any real need, and low enough that sums of sizes cannot wrap. */
static const uint64_t ABSURD = UINT64_C(1) << 46;

static int refuse(uint64_t bytes) {
    if (fail_after >= 0 && fail_after-- == 0) return 1;
    return bytes > ABSURD;
}

static void *counted(void *block) {
    if (block) atomic_fetch_add_explicit(&outstanding, 1, memory_order_relaxed);
    return block;
}

/* A large block lies on huge pages where the host has them: streams then miss no translation.  Only
   pages that it fills, so that it holds no more memory than it would. */
enum { HUGE = 2 << 20 };

static void *large(uint64_t bytes) {
    void *block;
    if (posix_memalign(&block, HUGE, bytes)) return NULL;
#ifdef MADV_HUGEPAGE
    madvise(block, bytes / HUGE * HUGE, MADV_HUGEPAGE); /* advice: without it all goes on */
#endif
    return block;
}

void *mem_get(uint64_t bytes) {
    if (refuse(bytes)) return NULL;
    return counted(bytes < HUGE ? malloc(bytes ? bytes : 1) : large(bytes));
}

void *mem_zero(uint64_t bytes) {
    return refuse(bytes) ? NULL : counted(calloc(1, bytes ? bytes : 1));
}

void *mem_resize(void *old, uint64_t bytes) {
    if (!old) return mem_get(bytes);
    return refuse(bytes) ? NULL : realloc(old, bytes ? bytes : 1);
}

void mem_free(void *block) {
    if (!block) return;
    atomic_fetch_sub_explicit(&outstanding, 1, memory_order_relaxed);
    free(block);
}

void mem_fail_after(int64_t requests) { fail_after = requests; }

int64_t mem_outstanding(void) { return atomic_load(&outstanding); }

struct arena_chunk {
    arena_chunk *before;
    uint64_t used, size;
    _Alignas(64) uint8_t bytes[];
};

static const uint64_t CHUNK = 16 * 1024;

void *arena_get(arena *a, uint64_t count, uint64_t size) {
    if (size && count > ABSURD / size) return NULL;
    uint64_t bytes = (count * size + 15) & ~UINT64_C(15);
    if (!a->last || bytes > a->last->size - a->last->used) {
        uint64_t room = bytes > CHUNK ? bytes : CHUNK;
        arena_chunk *chunk = mem_zero(sizeof(arena_chunk) + room);
        if (!chunk) return NULL;
        chunk->size = room;
        chunk->before = a->last;
        a->last = chunk;
    }
    void *block = a->last->bytes + a->last->used;
    a->last->used += bytes;
    return block;
}

void arena_free(arena *a) {
    while (a->last) {
        arena_chunk *chunk = a->last;
        a->last = chunk->before;
        mem_free(chunk);
    }
}
