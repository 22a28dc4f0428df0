/* The two loops and what their handlers share. */
#include <string.h>
#include <xmmintrin.h>

#include "core.h"
#include "frames.h"
#include "prepared.h"
#include "ops_element.h"
#include "ops_scalar.h"

static inline float as_float(uint64_t slot) {
    uint32_t bits = (uint32_t)slot;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline uint64_t from_float(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

/* libm may report an error by errno; the instruction does not. */
static inline float root(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }

/* N3: NaN if an operand is, and -0 below +0. */
static inline float larger(float b, float c) {
    if (b != b || c != c) return as_float(0x7fc00000u);
    if (b == c) return as_float(from_float(b) & from_float(c));
    return b > c ? b : c;
}

static inline float smaller(float b, float c) {
    if (b != b || c != c) return as_float(0x7fc00000u);
    if (b == c) return as_float(from_float(b) | from_float(c));
    return b < c ? b : c;
}

/* The slice does not cover a block: take another one, and let Python look at its signals. */
static int refill(run *r, uint64_t cost) {
    if (cost > r->gas + r->reserve) return pay(r, cost);
    take_slice(r, cost);
    return STOP_PAUSE;
}

#define LOOP run_shipped
#define TRACED 0
#include "loop.h"
#undef LOOP
#undef TRACED

#define LOOP run_traced
#define TRACED 1
#include "loop.h"
#undef LOOP
#undef TRACED

const void *const *loop_labels(int mode) {
    const void *const *labels;
    if (mode & MODE_TRACED)
        run_traced(NULL, &labels);
    else
        run_shipped(NULL, &labels);
    return labels;
}

int loop_run(run *r) {
    int traced = r->program->mode & MODE_TRACED;
    for (;;) {
        int stop = traced ? run_traced(r, NULL) : run_shipped(r, NULL);
        if (stop >= STOP_DONE) return stop;
        r->trap_contract = r->at_work;
        r->trap_function = running(r);
        r->trap_pc = r->ip->pc + r->part;
        int seen = traced ? watch_mark(r, TRACE_TRAP, r->trap_function, r->trap_pc, r->gas) : 0;
        if (seen) return seen;
        stop = external_catch(r, stop);
        if (stop) return stop;
    }
}
