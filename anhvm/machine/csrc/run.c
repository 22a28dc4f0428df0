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
static int take_arguments(run *r, const anh_value *args) {
    const function *fn = &r->program->functions[r->started];
    r->args = mem_zero(r->nargs * 8);
    if (!r->args) return STOP_NO_MEMORY;
    for (uint64_t i = 0; i < r->nargs; i++) {
        if (!is_handle(fn->params[i])) {
            r->args[i] = args[i].bits;
            continue;
        }
        value *v = make_value(r, &args[i]);
        if (!v) return STOP_NO_MEMORY;
        r->args[i] = as_slot(v);
    }
    return 0;
}

anh_run *anh_start(const anh_program *p, anh_pool *pool, uint32_t started, const anh_value *args,
                   uint64_t nargs, const anh_value *sender, const anh_value *self,
                   const uint64_t *numbers, uint64_t gas, uint64_t seed) {
    run *r = mem_zero(sizeof *r);
    if (!r) return NULL;
    r->program = p;
    r->pool = pool;
    r->started = started;
    r->nargs = nargs;
    r->limit = r->reserve = gas;
    r->seed = seed;
    r->env_value = numbers[0];
    r->env_height = numbers[1];
    r->env_time = numbers[2];
    r->floor = 1;
    if (take_arguments(r, args) || make_bytes(r, sender, &r->sender) ||
        make_bytes(r, self, &r->self) || contract_add(r, p, r->self)) {
        anh_run_free(r);
        return NULL;
    }
    return r;
}

void anh_run_free(anh_run *r) {
    if (!r) return;
    storage_free(r);
    external_free(r);
    values_free(r);
    mem_free(r->args);
    mem_free(r->stack);
    mem_free(r->results);
    mem_free(r->workspace);
    mem_free(r->trace);
    mem_free(r);
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
    return watch_mark(r, TRACE_TRAP, r->trap_function, r->trap_pc, r->gas) ? STOP_NO_MEMORY : trap;
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

static anh_value show(uint8_t type, uint64_t slot) {
    anh_value out = {.type = type, .bits = slot};
    const value *v = is_handle(type) ? as_value(slot) : NULL;
    if (!v) return out;
    out.size = v->bytes;
    out.data = v->data;
    memcpy(out.dims, v->dims, sizeof out.dims);
    return out;
}

anh_value anh_needed_address(const anh_run *r) {
    return show(TYPE_BYTES, as_slot(r->contracts[r->ncontracts - 1].address));
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
    return (anh_cell){c->contract, c->field, c->path_size, path_of(c)};
}

anh_value anh_register(const anh_run *r, uint32_t index) {
    const frame *top = &r->frames[r->depth - 1];
    return show(top->fn->regs[index].type, r->stack[top->base + index]);
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
    out->events = r->nevents;
    out->writes = r->nwrites;
}

anh_value anh_return(const anh_run *r, uint64_t i) {
    return show(r->program->functions[r->started].returns[i], r->results[i]);
}

uint32_t anh_event(const anh_run *r, uint64_t i, uint32_t *contract, uint32_t *count) {
    *contract = r->events[i].contract;
    *count = r->events[i].count;
    return r->events[i].index;
}

anh_value anh_event_value(const anh_run *r, uint64_t i, uint32_t j) {
    const event *e = &r->events[i];
    const program *p = r->contracts[e->contract].program;
    return show(p->events[e->index].types[j], r->event_bits[e->first + j]);
}

anh_cell anh_read(const anh_run *r, uint64_t i) { return cell_at(r, r->reads[i]); }

anh_cell anh_write(const anh_run *r, uint64_t i, anh_value *v) {
    const cell *c = &r->cells[r->writes[i]];
    const program *p = r->contracts[c->contract].program;
    *v = show(p->fields[c->field].type, c->handle ? as_slot(c->held) : c->bits);
    return cell_at(r, r->writes[i]);
}

const uint64_t *anh_trace(anh_run *r, uint64_t *words) {
    *words = r->trace_used;
    r->trace_used = 0;
    return r->trace;
}
