#include "frames.h"

#include <string.h>

/* The value that a register starts with; `caller` are the registers of the calling frame. */
static uint64_t first_value(const run *r, const fill *f, const site *call, const uint64_t *caller) {
    switch (f->init) {
    case INIT_CONST: return r->program->consts[f->index].bits;
    case INIT_ARG: return call ? caller[call->ins[f->index]] : r->args[f->index];
    case INIT_SENDER: return as_slot(r->sender);
    case INIT_SELF: return as_slot(r->self);
    case INIT_VALUE: return r->env_value;
    case INIT_HEIGHT: return r->env_height;
    case INIT_TIME: return r->env_time;
    }
    return 0;
}

int frame_push(run *r, const function *fn, const site *call, const ins *resume) {
    uint64_t base = r->stack_used;
    int stop = grow((void **)&r->stack, &r->stack_size, base + fn->nregs + 1, 8);
    if (stop) return stop;
    uint64_t *regs = r->stack + base;
    const uint64_t *caller = call ? r->stack + r->frames[r->depth - 1].base : NULL;
    memset(regs, 0, fn->nregs * 8ull);
    for (uint32_t i = 0; i < fn->nfills; i++) {
        const fill *f = &fn->fills[i];
        uint64_t slot = first_value(r, f, call, caller);
        if (f->handle && slot) value_keep(as_value(slot));
        regs[f->offset] = slot;
    }
    r->frames[r->depth++] = (frame){fn, resume, call, base};
    r->stack_used = base + fn->nregs;
    return 0;
}

void frame_drop(run *r) {
    const frame *top = &r->frames[r->depth - 1];
    uint64_t *regs = r->stack + top->base;
    for (uint32_t i = 0; i < top->fn->nhandles; i++) {
        value *v = as_value(regs[top->fn->handles[i]]);
        if (v) value_drop(r, v);
    }
    r->stack_used = top->base;
    r->depth--;
}

void frame_pop(run *r, const site *ret) {
    const frame *top = &r->frames[r->depth - 1];
    const uint64_t *from = r->stack + top->base;
    uint64_t *to = r->stack + r->frames[r->depth - 2].base;
    for (uint32_t i = 0; i < ret->nins; i++) {
        uint64_t slot = from[ret->ins[i]];
        if (!is_handle(top->fn->returns[i])) {
            to[top->call->outs[i]] = slot;
            continue;
        }
        if (slot) value_keep(as_value(slot));
        slot_write(r, &to[top->call->outs[i]], as_value(slot));
    }
    frame_drop(r);
}

int frame_finish(run *r, const site *ret) {
    const frame *top = &r->frames[0];
    const uint64_t *from = r->stack + top->base;
    r->results = ret->nins <= FEW_WORDS ? r->near_results : mem_get(ret->nins * 8ull);
    if (!r->results) return STOP_NO_MEMORY;
    r->nresults = ret->nins;
    for (uint32_t i = 0; i < ret->nins; i++) {
        uint64_t slot = from[ret->ins[i]];
        if (slot && is_handle(top->fn->returns[i])) value_pin(as_value(slot));
        r->results[i] = slot;
    }
    frame_drop(r);
    return STOP_DONE;
}
