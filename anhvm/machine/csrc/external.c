/* Calls between contracts: what a callee gets, what comes back, and what its trap undoes. */
#include <string.h>

#include "core.h"
#include "frames.h"

static int same_bytes(const value *a, const value *b) {
    uint64_t size = bytes_of(a);
    return size == bytes_of(b) && (!size || !memcmp(a->data, b->data, size));
}

static uint64_t hash_of(const run *r, const value *v) {
    uint64_t h = mix(r->seed, bytes_of(v) + 1);
    for (uint64_t i = 0; i < bytes_of(v); i += 8) {
        uint64_t word = 0, left = v->bytes - i;
        memcpy(&word, v->data + i, left < 8 ? left : 8);
        h = mix(h ^ word, r->seed);
    }
    return h;
}

int contract_add(run *r, const program *p, value *address) {
    if (grow((void **)&r->contracts, &r->contracts_size, r->ncontracts + 1, sizeof(contract)))
        return STOP_NO_MEMORY;
    contract c = {.program = p, .address = address, .hash = hash_of(r, address)};
    c.linked = c.paid = c.at_work = p != NULL;
    r->contracts[r->ncontracts++] = c;
    return 0;
}

/* The contract at an address: 0 and its number, a trap, or a stop. */
static int reach(run *r, const value *address, uint32_t *number) {
    uint64_t hash = hash_of(r, address);
    uint32_t i = 0;
    while (i < r->ncontracts &&
           (r->contracts[i].hash != hash || !same_bytes(r->contracts[i].address, address)))
        i++;
    *number = i;
    if (i < r->ncontracts) return r->contracts[i].linked ? 0 : STOP_NEED_CALLEE;
    if (!bytes_of(address)) return TRAP_NOT_ALIVE;
    if (i == MAX_CONTRACTS) return TRAP_CONTRACTS;
    value *copy = value_make(r, TYPE_BYTES, address->bytes, 0);
    if (!copy) return STOP_NO_MEMORY;
    memcpy(copy->data, address->data, address->bytes);
    copy->fixed = 1;
    int stop = contract_add(r, NULL, copy);
    return stop ? stop : STOP_NEED_CALLEE;
}

static int same_types(const uint8_t *a, uint32_t na, const uint8_t *b, uint32_t nb) {
    return na == nb && (!na || !memcmp(a, b, na));
}

/* The function that an extern means there, or why it cannot be called now. */
static int find(const run *r, const contract *c, const signature *e, const function **out) {
    if (!c->program) return TRAP_NOT_ALIVE;
    const function *f = *out = function_named(c->program, e);
    if (!f || (e->kind == KIND_VIEW && f->kind != KIND_VIEW) ||
        !same_types(f->params, f->nparams, e->params, e->nparams) ||
        !same_types(f->returns, f->nreturns, e->returns, e->nreturns))
        return TRAP_INTERFACE;
    if (c->at_work && !f->reentrant) return TRAP_REENTERED;
    return r->depth == MAX_DEPTH ? TRAP_DEPTH : 0;
}

static int mark(run *r, uint64_t kind, uint32_t function, uint32_t pc) {
    if (!(r->program->mode & MODE_TRACED)) return 0;
    return watch_mark(r, kind, function, pc, r->gas);
}

/* Gives what is asked for, or all but a 64th; keeps the rest. */
static int split_gas(run *r, caller *c, uint64_t asked, uint64_t promised) {
    uint64_t left = r->gas + r->reserve, most = left - left / 64;
    uint64_t given = asked == UINT64_MAX ? most : asked;
    if (given > most || given < promised) return TRAP_STIPEND;
    c->kept = left - given;
    c->kept_slice = r->gas > given ? r->gas - given : 0;
    return 0;
}

static void enter(run *r, const caller *c, uint32_t number) {
    r->gas -= c->kept_slice;
    r->reserve -= c->kept - c->kept_slice;
    r->kept += c->kept;
    contract *to = &r->contracts[number];
    to->at_work++;
    r->at_work = number;
    r->program = to->program;
    r->sender = r->self;
    r->self = to->address;
    r->env_value = 0;
    r->floor = r->depth + 1;
}

/* The caller is at work again, with its gas. */
static void leave(run *r, const caller *c) {
    r->contracts[r->at_work].at_work--;
    r->gas += c->kept_slice;
    r->reserve += c->kept - c->kept_slice;
    r->kept -= c->kept;
    r->at_work = c->contract;
    r->program = c->program;
    r->self = r->contracts[c->contract].address;
    r->sender = c->sender;
    r->env_value = c->value;
    r->floor = c->floor;
    r->ncallers--;
}

static void tell(run *r, const caller *c, int trap) {
    if (c->tells) *(uint64_t *)(frame_registers(r) + c->at->a) = (uint64_t)trap;
    r->ip = c->at + 1;
}

int external_call(run *r, const ins *at) {
    const site *s = at->at;
    const uint64_t *regs = (const uint64_t *)frame_registers(r);
    const signature *e = &r->program->externs[s->target];
    const function *f = NULL;
    caller c = {.program = r->program, .at = at, .sender = r->sender, .value = r->env_value};
    c.tells = r->frames[r->depth - 1].fn->code[at->pc].op == OP_TRY_EXT;
    c.contract = r->at_work;
    c.floor = r->floor;
    c.nundo = r->nundo;
    c.nwrites = r->nwrites;
    c.nevents = r->nevents;
    c.nevent_bits = r->nevent_bits;
    r->ip = at;
    uint32_t number;
    int stop = reach(r, as_value(regs[s->ins[s->nins - 2]]), &number);
    if (stop >= STOP_DONE) return stop;
    contract *to = &r->contracts[number];
    if (!stop && to->program && !to->paid) {
        stop = pay(r, by_bytes(&r->program->gas, RATE_LOAD, to->program->bytes));
        if (stop) return stop;
        to->paid = 1;
    }
    if (!stop) stop = find(r, to, e, &f);
    if (stop && c.tells) {
        tell(r, &c, stop);
        return 0;
    }
    if (!stop)
        stop = split_gas(r, &c, regs[s->ins[s->nins - 1]],
                         e->stipend > f->stipend ? e->stipend : f->stipend);
    if (!stop) stop = mark(r, TRACE_CALL, running(r), at->pc);
    if (!stop) stop = mark(r, TRACE_ENTER, number, (uint32_t)(f - to->program->functions));
    if (!stop) stop = grow((void **)&r->callers, &r->callers_size, r->ncallers + 1, sizeof c);
    if (stop) return stop;
    r->callers[r->ncallers++] = c;
    enter(r, &c, number);
    stop = frame_push(r, f, s, at + 1);
    if (stop) return stop;
    r->ip = f->prepared;
    return pay(r, r->program->gas.frame_register * f->nregs);
}

int journal(run *r, uint32_t index) {
    int stop = grow((void **)&r->undos, &r->undos_size, r->nundo + 1, sizeof(undo));
    if (stop) return stop;
    const cell *c = &r->cells[index];
    if (c->held) value_pin(c->held);
    r->undos[r->nundo++] = (undo){c->bits, c->held, index, c->known, c->written, c->initial};
    return 0;
}

static void undo_to(run *r, uint64_t count) {
    while (r->nundo > count) {
        const undo *u = &r->undos[--r->nundo];
        cell *c = &r->cells[u->cell];
        if (c->held) value_unpin(r, c->held);
        c->held = u->held;
        c->bits = u->bits;
        c->known = u->known;
        c->written = u->written;
        c->initial = u->initial;
    }
}

static void forget(run *r) {
    while (r->nundo) {
        value *held = r->undos[--r->nundo].held;
        if (held) value_unpin(r, held);
    }
}

static void silence(run *r, const caller *c) {
    while (r->nevents > c->nevents) {
        const event *e = &r->events[--r->nevents];
        const event_row *row = &r->contracts[e->contract].program->events[e->index];
        for (uint32_t i = 0; i < e->count; i++) {
            uint64_t slot = r->event_bits[e->first + i];
            if (is_handle(row->types[i]) && slot) value_unpin(r, as_value(slot));
        }
    }
    r->nevent_bits = c->nevent_bits;
}

int external_return(run *r, const site *ret) {
    const caller *c = &r->callers[r->ncallers - 1];
    frame_pop(r, ret);
    leave(r, c);
    tell(r, c, 0);
    if (!r->ncallers) forget(r);
    return mark(r, TRACE_LEAVE, running(r), c->at->pc);
}

int external_catch(run *r, int trap) {
    uint64_t n = r->ncallers;
    while (n && !r->callers[n - 1].tells) n--;
    if (!n || trap == TRAP_UNLISTED || trap == TRAP_STIPEND) return trap;
    r->message = NULL;
    while (r->ncallers >= n) {
        const caller *c = &r->callers[r->ncallers - 1];
        while (r->depth >= r->floor) frame_drop(r);
        leave(r, c);
        undo_to(r, c->nundo);
        silence(r, c);
        r->nwrites = c->nwrites;
        tell(r, c, trap);
        int stop = mark(r, TRACE_LEAVE, running(r), c->at->pc);
        if (stop) return stop;
    }
    return 0;
}

void external_free(run *r) {
    mem_free(r->callers);
    mem_free(r->undos);
}
