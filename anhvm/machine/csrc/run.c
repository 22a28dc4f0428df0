/* A run from its start to its result: what Python calls. */
#include <string.h>

#include "fpmode.h"
#include "frames.h"

static int make_bytes(run *r, const anh_value *from, value **out) {
    *out = NULL;
    if (!from->size) return 0;
    value *v = value_make(r, TYPE_BYTES, from->size, 0);
    if (!v) return STOP_NO_MEMORY;
    memcpy(v->data, from->data, from->size);
    v->fixed = 1;
    *out = v;
    return 0;
}

static value *make_value(run *r, const anh_value *from) {
    value *v = value_make(r, from->type, from->size, 0);
    if (!v) return NULL;
    if (from->size) memcpy(v->data, from->data, from->size);
    memcpy(v->dims, from->dims, sizeof v->dims);
    return v;
}

/* Copies what the caller lends.  Arguments are charged at the first resume, one by one. */
static int take_arguments(run *r, const uint8_t *words) {
    const function *fn = &r->program->functions[r->started];
    r->nargs = fn->nparams;
    r->args = r->nargs <= FEW_WORDS ? r->near_args : mem_get(r->nargs * 8);
    if (!r->args) return STOP_NO_MEMORY;
    memcpy(r->args, words, r->nargs * 8);
    for (uint64_t i = 0; i < r->nargs; i++) {
        if (!is_handle(fn->params[i])) continue;
        value *v = make_value(r, (const anh_value *)(uintptr_t)r->args[i]);
        if (!v) return STOP_NO_MEMORY;
        r->args[i] = as_slot(v);
    }
    return 0;
}

/* A run in its first state: that of an earlier one, if there is one to be used again. */
static run *run_new(program *p) {
    run *r = atomic_exchange(&p->spare, NULL);
    if (r) return r;
    r = mem_get(sizeof *r);
    if (r) memset(r, 0, offsetof(run, frames));
    return r;
}

static int is_plain(const program *p, const function *fn) {
    int plain = fn->nreturns <= FEW_WORDS && !(p->mode & MODE_TRACED);
    for (uint32_t i = 0; i < fn->nreturns && plain; i++) plain = !is_handle(fn->returns[i]);
    return plain;
}

anh_run *anh_open(const anh_program *p, anh_pool *pool, uint32_t started, const anh_env *env,
                  int permits, uint64_t seed) {
    run *r = run_new((program *)p);
    if (!r) return NULL;
    r->permits = (uint8_t)permits;
    r->plain = (uint8_t)is_plain(p, &p->functions[started]);
    r->home = (program *)p;
    r->program = p;
    atomic_fetch_add(&r->home->users, 1);
    r->pool = pool;
    r->started = started;
    r->seed = seed;
    r->env.value = env->value;
    r->env_height = env->height;
    r->env_time = env->time;
    if (make_bytes(r, &env->sender, &r->env.sender) || make_bytes(r, &env->self, &r->env.self) ||
        contract_add(r, p, r->env.self)) {
        anh_run_free(r);
        return NULL;
    }
    r->lasting = r->values;
    r->program = NULL; /* nothing has started */
    return r;
}

/* Lets go of all that came after `anh_open`; a stack of this size is kept. */
enum { KEPT_STACK = 4096 };

static void run_clear(run *r) {
    storage_free(r);
    external_free(r);
    values_free(r, r->lasting);
    if (r->args != r->near_args) mem_free(r->args);
    if (r->results != r->near_results) mem_free(r->results);
    mem_free(r->workspace);
    mem_free(r->trace);
    mem_free(r->packed);
    if (r->stack_size > KEPT_STACK) {
        mem_free(r->stack);
        r->stack = NULL;
        r->stack_size = 0;
    }
    memset((char *)r + offsetof(run, program), 0, offsetof(run, frames) - offsetof(run, program));
    r->values = r->lasting;
}

int anh_start(anh_run *r, const uint8_t *words, uint64_t gas) {
    if (r->program) run_clear(r);
    pool_count(r->pool);
    r->program = r->home;
    r->limit = r->reserve = gas;
    r->sender = r->env.sender;
    r->self = r->env.self;
    r->env_value = r->env.value;
    r->contracts[0].at_work = 1;
    r->ncontracts = 1;
    r->floor = 1;
    return take_arguments(r, words);
}

void run_discard(run *r) {
    if (!r) return;
    mem_free(r->stack);
    mem_free(r);
}

void anh_run_free(anh_run *r) {
    if (!r) return;
    r->lasting = NULL;
    run_clear(r);
    mem_free(r->contracts);
    uint64_t *stack = r->stack, size = r->stack_size;
    program *home = r->home;
    memset(r, 0, offsetof(run, program));
    r->stack = stack;
    r->stack_size = size;
    run_discard(atomic_exchange(&home->spare, r));
    anh_program_free(home);
}

static int begin(run *r) {
    const function *fn = &r->program->functions[r->started];
    int stop = pay(r, r->program->gas.frame_register * fn->nregs);
    for (uint64_t i = 0; i < r->nargs && !stop; i++) {
        if (!is_handle(fn->params[i])) continue;
        value *v = as_value(r->args[i]);
        stop = count_memory(r, v->bytes, 1);
        if (!stop) value_count(r, v);
    }
    if (!stop) stop = frame_push(r, fn, NULL, NULL);
    if (stop) return stop;
    for (uint64_t i = 0; i < r->nargs; i++)
        if (is_handle(fn->params[i])) value_drop(r, as_value(r->args[i]));
    r->ip = fn->prepared;
    take_slice(r, 0);
    return 0;
}

/* Ends the run by a trap that no instruction of the loop raised. */
static int trapped_outside(run *r, int trap) {
    r->trap_contract = r->at_work;
    r->trap_function = r->depth ? running(r) : r->started;
    r->trap_pc = r->ip ? r->ip->pc : 0;
    if (!(r->program->mode & MODE_TRACED)) return trap;
    int stop = watch_mark(r, TRACE_TRAP, r->trap_function, r->trap_pc, r->gas);
    return stop ? stop : trap;
}

static int asked(run *r) {
    if (grow((void **)&r->reads, &r->reads_size, r->nreads + 1, sizeof(uint32_t)))
        return STOP_NO_MEMORY;
    r->reads[r->nreads++] = r->needed;
    return STOP_NEED_READ;
}

int anh_resume(anh_run *r) {
    if (r->begun && r->status != STOP_PAUSE) return r->status;
    unsigned mode = fp_enter();
    int stop = watch_time(r, 0, 0); /* what went by outside is nobody's */
    if (!stop && !r->begun) {
        r->begun = 1;
        stop = begin(r);
        if (stop && stop < STOP_DONE) stop = trapped_outside(r, stop);
    }
    if (!stop) stop = loop_run(r);
    if (stop == STOP_NEED_READ) stop = asked(r);
    fp_leave(mode);
    r->status = stop;
    return stop;
}

int anh_provide(anh_run *r, const anh_value *v) {
    cell *c = &r->cells[r->needed];
    const field *f = &r->program->fields[c->field];
    if (!v && c->handle) {
        c->initial = 1;
    } else if (!v) {
        c->bits = f->initial >= 0 ? r->program->consts[f->initial].bits : 0;
    } else if (!c->handle) {
        c->bits = v->bits;
    } else {
        value *made = make_value(r, v);
        if (!made) return STOP_NO_MEMORY;
        made->owners = 0; /* a cell's, and so not counted */
        value_pin(made);
        c->held = made;
    }
    c->known = 1;
    r->status = STOP_PAUSE;
    return 0;
}

void anh_permit(anh_run *r) {
    r->cells[r->needed].permitted = 1;
    r->prepaid = 1;
    r->status = STOP_PAUSE;
}

static anh_value describe(uint8_t type, uint64_t slot) {
    anh_value out = {.type = type, .bits = slot};
    const value *v = is_handle(type) ? as_value(slot) : NULL;
    if (!v) return out;
    out.size = v->bytes;
    memcpy(out.dims, v->dims, sizeof out.dims);
    return out;
}

static anh_value show(const run *r, uint8_t type, uint64_t slot) {
    anh_value out = describe(type, slot);
    value *v = is_handle(type) ? as_value(slot) : NULL;
    if (v && !value_bring(r, v)) out.data = v->data;
    return out;
}

anh_value anh_needed_address(const anh_run *r) {
    return show(r, TYPE_BYTES, as_slot(r->contracts[r->ncontracts - 1].address));
}

void anh_link(anh_run *r, const anh_program *p) {
    contract *c = &r->contracts[r->ncontracts - 1];
    c->program = p;
    c->linked = 1;
    r->status = STOP_PAUSE;
}

void anh_abort(anh_run *r) { r->status = trapped_outside(r, TRAP_UNLISTED); }

/* Another thread may look while the run moves gas from the reserve: never below nothing used. */
uint64_t anh_gas_used(const anh_run *r) {
    uint64_t left = r->gas + r->reserve + r->kept;
    return left < r->limit ? r->limit - left : 0;
}

static anh_cell cell_at(const run *r, uint32_t index) {
    const cell *c = &r->cells[index];
    anh_cell out = {.contract = c->contract, .field = c->field, .path_size = c->path_size};
    out.type = r->contracts[c->contract].program->fields[c->field].type;
    out.path = path_of(c);
    if (c->path_size <= NEAR_PATH) memcpy(out.near, c->near, NEAR_PATH);
    return out;
}

anh_value anh_register(const anh_run *r, uint32_t index) {
    const frame *top = &r->frames[r->depth - 1];
    return describe(top->fn->regs[index].type, r->stack[top->base + index]);
}

anh_cell anh_needed(const anh_run *r) { return cell_at(r, r->needed); }

void anh_result_of(const anh_run *r, anh_result *out) {
    int trapped = r->status < STOP_DONE;
    memset(out, 0, sizeof *out);
    out->gas_used = anh_gas_used(r);
    out->high_water = r->high;
    out->reads = r->nreads;
    if (trapped) {
        out->trap = r->status;
        out->contract = r->trap_contract;
        out->function = r->trap_function;
        out->pc = r->trap_pc;
        if (r->message) out->message = r->message->data;
        if (r->message) out->message_size = r->message->bytes;
        return;
    }
    out->returns = r->nresults;
    uint32_t few = r->nresults < FEW_WORDS ? r->nresults : FEW_WORDS;
    memcpy(out->words, r->results, few * sizeof *out->words);
    out->events = r->nevents;
    out->writes = r->nwrites;
}

anh_value anh_return(const anh_run *r, uint64_t i) {
    return show(r, r->program->functions[r->started].returns[i], r->results[i]);
}

anh_value anh_event_value(const anh_run *r, uint64_t i, uint32_t j) {
    const event *e = &r->events[i];
    const program *p = r->contracts[e->contract].program;
    return show(r, p->events[e->index].types[j], r->event_bits[e->first + j]);
}

static uint64_t bits_of(const cell *c) { return c->handle ? as_slot(c->held) : c->bits; }

anh_value anh_write_value(const anh_run *r, uint64_t i) {
    const cell *c = &r->cells[r->writes[i]];
    return show(r, r->contracts[c->contract].program->fields[c->field].type, bits_of(c));
}

const uint8_t *anh_cells(anh_run *r, int written, uint64_t *size) {
    const uint32_t *list = written ? r->writes : r->reads;
    uint64_t n = written ? r->nwrites : r->nreads, need = 0;
    for (uint64_t i = 0; i < n; i++) need += 24 + r->cells[list[i]].path_size;
    if (grow((void **)&r->packed, &r->packed_size, need + 1, 1)) return NULL;
    uint8_t *to = r->packed;
    for (uint64_t i = 0; i < n; i++) {
        const cell *c = &r->cells[list[i]];
        uint32_t type = r->contracts[c->contract].program->fields[c->field].type;
        uint32_t head[4] = {c->contract, c->field, type, c->path_size};
        memcpy(to, head, 16);
        memcpy(to + 16, &c->bits, 8);
        if (c->path_size) memcpy(to + 24, path_of(c), c->path_size);
        to += 24 + c->path_size;
    }
    *size = need;
    return r->packed;
}

const uint8_t *anh_events(anh_run *r, uint64_t *size) {
    uint64_t need = r->nevents * 8 + r->nevent_bits * 8;
    if (grow((void **)&r->packed, &r->packed_size, need + 1, 1)) return NULL;
    uint8_t *to = r->packed;
    for (uint64_t i = 0; i < r->nevents; i++) {
        const event *e = &r->events[i];
        uint32_t head[2] = {e->contract, e->index};
        memcpy(to, head, 8);
        if (e->count) memcpy(to + 8, r->event_bits + e->first, e->count * 8ull);
        to += 8 + e->count * 8ull;
    }
    *size = need;
    return r->packed;
}

/* ---- several of these in one call, since a call from Python costs more than an empty run ---- */

const anh_result *anh_report(const anh_run *r) { return &r->report; }

static int go(run *r) {
    int status = anh_resume(r);
    if (status <= STOP_DONE)
        anh_result_of(r, &r->report);
    else if (status == STOP_NEED_READ || status == STOP_NEED_WRITE)
        r->report.cell = cell_at(r, r->needed);
    return status;
}

/* One thread at a time: another one is told so, whatever it was about to do. */
static int moved(run *r, const anh_value *given) {
    if (atomic_exchange(&r->moving, 1)) return STOP_MOVING;
    int status = STOP_MOVING;
    if (!given || (r->status == STOP_NEED_READ && !r->cells[r->needed].handle)) {
        if (given) anh_provide(r, given); /* a scalar: nothing is allocated */
        status = go(r);
    }
    atomic_store(&r->moving, 0);
    return status;
}

int anh_go(anh_run *r) { return moved(r, NULL); }

int anh_give(anh_run *r, uint64_t bits) {
    anh_value v = {.bits = bits};
    return moved(r, &v);
}

int anh_call(anh_run *r, const uint8_t *words, uint64_t gas) {
    int status = anh_start(r, words, gas);
    if (!status) status = go(r);
    if (status != STOP_DONE || !r->plain || r->nreads || r->nwrites || r->nevents) return status;
    run_clear(r);
    return STOP_BARE;
}

const uint64_t *anh_trace(anh_run *r, uint64_t *words) {
    *words = r->trace_used;
    r->trace_used = 0;
    return r->trace;
}
