/* Frames of a run, on a stack of their own. */
#pragma once
#include "core.h"

int frame_push(run *r, const function *fn, const site *call, const ins *resume);
void frame_drop(run *r);
void frame_pop(run *r, const site *ret); /* results go to the caller's registers */
int frame_finish(run *r, const site *ret); /* of the started function: results are kept */

static inline uint8_t *frame_registers(const run *r) {
    return (uint8_t *)(r->stack + r->frames[r->depth - 1].base);
}
