/* Which edges of the core were taken.  The core is compiled with -fsanitize-coverage=trace-pc, which
   calls this at every block; the fuzzer itself is not. */
#include "fuzz.h"

enum { EDGES = 1 << 16 };
static uint8_t seen[EDGES];
static uint64_t fresh, total;
static _Thread_local uintptr_t last;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
    /* From here on, not from 0: where a process is loaded must not choose what joins the corpus. */
    uintptr_t here = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__sanitizer_cov_trace_pc;
    uint32_t edge = (uint32_t)((here ^ last >> 1) * UINT64_C(0x9e3779b97f4a7c15) >> 48);
    last = here;
    if (seen[edge]) return;
    seen[edge] = 1;
    fresh++;
}

uint64_t fresh_edges(void) {
    uint64_t found = fresh;
    total += found;
    fresh = 0;
    return found;
}

uint64_t all_edges(void) { return total; }
