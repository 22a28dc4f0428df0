/* Checked allocation: the one place that asks the host for memory, so that a test can let the
   n-th request fail and count what was not given back. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void *mem_get(uint64_t bytes);  /* uninitialised; NULL when the host has none */
void *mem_zero(uint64_t bytes); /* zeros */
void *mem_resize(void *old, uint64_t bytes);
void mem_free(void *block);

void mem_fail_after(int64_t requests); /* this thread's request after so many fails; -1: none */
int64_t mem_outstanding(void);         /* blocks of the process that were not given back */

/* Memory of one owner that is given back as a whole. */
typedef struct arena_chunk arena_chunk;
typedef struct {
    arena_chunk *last;
} arena;

void *arena_get(arena *a, uint64_t count, uint64_t size); /* zeros */
void arena_free(arena *a);
