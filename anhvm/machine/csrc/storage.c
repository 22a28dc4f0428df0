/* Cells that a run has touched, and its events.  Cells are found by a keyed hash, so that nobody
   can choose keys that collide; the order of reads and writes is kept beside. */
#include <string.h>

#include "core.h"

uint64_t mix(uint64_t a, uint64_t b) {
    __uint128_t p = (__uint128_t)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xd6e8feb86659fd93));
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash_of(const run *r, uint32_t field_index, const uint8_t *path, uint64_t size) {
    uint64_t h = mix(r->seed + r->at_work, field_index + 1 + (size << 32));
    for (uint64_t i = 0; i < size; i += 8) {
        uint64_t word = 0, left = size - i;
        memcpy(&word, path + i, left < 8 ? left : 8);
        h = mix(h ^ word, r->seed);
    }
    return h;
}

static int append(run *r, const uint8_t *data, uint64_t size) {
    int stop = grow((void **)&r->path, &r->path_size, r->path_used + size, 1);
    if (stop) return stop;
    if (size) memcpy(r->path + r->path_used, data, size);
    r->path_used += size;
    return 0;
}

static int append_number(run *r, uint64_t number, int bytes) {
    uint8_t big[8];
    for (int i = 0; i < bytes; i++) big[i] = (uint8_t)(number >> 8 * (bytes - 1 - i));
    return append(r, big, (uint64_t)bytes);
}

/* The canonical path of the keys of a site, into r->path. */
static int build_path(run *r, const site *s, const field *f, const uint64_t *regs) {
    static const int width[] = {[TYPE_U64] = 8, [TYPE_I64] = 8, [TYPE_I32] = 4, [TYPE_BOOL] = 1};
    int stop = 0;
    r->path_used = 0;
    for (uint32_t i = 0; i < s->nins && !stop; i++) {
        uint64_t slot = regs[s->ins[i]];
        if (f->keys[i] != TYPE_BYTES) {
            stop = append_number(r, slot, width[f->keys[i]]);
            continue;
        }
        const value *v = as_value(slot);
        stop = append_number(r, bytes_of(v), 4);
        if (!stop && bytes_of(v)) stop = append(r, v->data, v->bytes);
    }
    return stop;
}

static int rehash(run *r) {
    uint64_t size = r->nbuckets ? r->nbuckets * 2 : 64;
    uint32_t *buckets = mem_zero(size * sizeof(uint32_t));
    if (!buckets) return STOP_NO_MEMORY;
    for (uint64_t i = 0; i < r->ncells; i++) {
        uint64_t at = r->cells[i].hash & (size - 1);
        while (buckets[at]) at = (at + 1) & (size - 1);
        buckets[at] = (uint32_t)i + 1;
    }
    mem_free(r->buckets);
    r->buckets = buckets;
    r->nbuckets = size;
    return 0;
}

static int is_cell(const run *r, const cell *c, uint32_t field, const uint8_t *path, uint64_t size) {
    return c->field == field && c->contract == r->at_work && c->path_size == size && (!size || !memcmp(path_of(c), path, size));
}

/* A new cell, and its place in the table. */
static int add_cell(run *r, uint32_t field, const uint8_t *path, uint64_t size, uint64_t hash) {
    int stop = grow((void **)&r->cells, &r->cells_size, r->ncells + 1, sizeof(cell));
    if (stop) return stop;
    if (size > UINT32_MAX || r->ncells >= UINT32_MAX / 2) return STOP_NO_MEMORY;
    cell *c = &r->cells[r->ncells];
    memset(c, 0, sizeof *c);
    if (size > NEAR_PATH && !(c->far = mem_get(size))) return STOP_NO_MEMORY;
    c->path_size = (uint32_t)size;
    if (size) memcpy(size > NEAR_PATH ? c->far : c->near, path, size);
    c->hash = hash;
    c->field = field;
    c->contract = r->at_work;
    c->handle = (uint8_t)is_handle(r->program->fields[field].type);
    uint64_t at = hash & (r->nbuckets - 1);
    while (r->buckets[at]) at = (at + 1) & (r->nbuckets - 1);
    r->buckets[at] = (uint32_t)++r->ncells;
    return 0;
}

/* The cell of a path, made when it is new. */
static int look_up(run *r, uint32_t field, const uint8_t *path, uint64_t size, cell **out) {
    if ((r->ncells + 1) * 2 > r->nbuckets && rehash(r)) return STOP_NO_MEMORY;
    uint64_t hash = hash_of(r, field, path, size), at = hash & (r->nbuckets - 1);
    for (; r->buckets[at]; at = (at + 1) & (r->nbuckets - 1)) {
        cell *c = &r->cells[r->buckets[at] - 1];
        if (c->hash != hash || !is_cell(r, c, field, path, size)) continue;
        r->recent = r->buckets[at] - 1;
        *out = c;
        return 0;
    }
    int stop = add_cell(r, field, path, size, hash);
    if (stop) return stop;
    r->recent = (uint32_t)r->ncells - 1;
    *out = &r->cells[r->recent];
    return 0;
}

/* The cell of a site.  A load is often followed by a store to the same. */
static inline int find(run *r, const site *s, const uint64_t *regs, cell **out) {
    if (LIKELY(s->word)) {
        uint64_t word = __builtin_bswap64(regs[s->ins[0]]);
        if (r->ncells && is_cell(r, &r->cells[r->recent], s->target, (uint8_t *)&word, 8)) {
            *out = &r->cells[r->recent];
            return 0;
        }
        return look_up(r, s->target, (uint8_t *)&word, 8, out);
    }
    int stop = build_path(r, s, &r->program->fields[s->target], regs);
    return stop ? stop : look_up(r, s->target, r->path, r->path_used, out);
}

static uint64_t field_elements(const field *f) {
    uint64_t n = 1;
    for (uint32_t i = 0; i < rank_of(f->type); i++) n *= f->dims[i];
    return n;
}

/* Bytes of the value that a never written cell of the field has. */
static uint64_t initial_bytes(const program *p, const field *f) {
    if (f->initial >= 0) return p->consts[f->initial].bytes;
    return is_tensor(f->type) ? field_elements(f) * item_size(f->type) : 0;
}

/* Also for the first touch of the cell. */
static int pay_cell(run *r, int rate, uint64_t bytes, cell *c) {
    const anh_schedule *gas = &r->program->gas;
    uint64_t cost = by_bytes(gas, rate, bytes + c->path_size);
    if (!c->met) cost = add_sat(cost, by_bytes(gas, RATE_FIRST, CELL_OVERHEAD + (uint64_t)c->path_size));
    int stop = pay(r, cost);
    if (!stop) c->met = 1;
    return stop;
}

/* The value of a cell as a new one for a register. */
static value *load_value(run *r, const cell *c, const field *f, uint64_t bytes) {
    if (!c->initial) {
        if (c->held) return value_view(r, c->held);
        return value_make(r, f->type, 0, 1);
    }
    if (f->initial >= 0) return value_view(r, r->program->consts[f->initial].held);
    value *v = value_make(r, f->type, bytes, 1);
    if (v) memcpy(v->dims, f->dims, sizeof v->dims);
    return v;
}

int op_load(run *r, const ins *at, uint8_t *regs) {
    const site *s = at->at;
    const field *f = &r->program->fields[s->target];
    cell *c;
    int stop = find(r, s, (uint64_t *)regs, &c);
    if (stop) return stop;
    if (!c->known) {
        r->needed = (uint32_t)(c - r->cells);
        return STOP_NEED_READ;
    }
    uint64_t *to = (uint64_t *)(regs + at->a);
    if (!c->handle) {
        stop = pay_cell(r, RATE_LOAD, 8, c);
        if (stop) return stop;
        *to = c->bits;
        return 0;
    }
    uint64_t bytes = c->initial ? initial_bytes(r->program, f) : bytes_of(c->held);
    stop = pay_cell(r, RATE_LOAD, bytes, c);
    if (!stop) stop = count_memory(r, bytes, 1);
    if (stop) return stop;
    value *v = load_value(r, c, f, bytes);
    if (!v) return STOP_NO_MEMORY;
    value_count(r, v);
    slot_write(r, to, v);
    return 0;
}

static int dims_fit(const field *f, const value *v) {
    for (uint32_t i = 0; i < rank_of(f->type); i++)
        if (f->dims[i] != (v ? v->dims[i] : 0)) return 0;
    return 1;
}

int op_store(run *r, const ins *at, uint8_t *regs) {
    const site *s = at->at;
    const field *f = &r->program->fields[s->target];
    uint64_t slot = *(uint64_t *)(regs + at->a);
    cell *c;
    if (is_tensor(f->type) && !dims_fit(f, as_value(slot))) return TRAP_SHAPE;
    int stop = find(r, s, (uint64_t *)regs, &c);
    if (stop) return stop;
    if (!r->prepaid) {
        uint64_t bytes = c->handle ? bytes_of(as_value(slot)) : 8;
        stop = pay_cell(r, RATE_STORE, bytes, c);
        if (stop) return stop;
    }
    int open = r->ncallers ? 1 : r->depth == 1 ? s->open_started : s->open_called;
    if (open && !c->written && !c->permitted && !r->permits) {
        r->needed = (uint32_t)(c - r->cells);
        return STOP_NEED_WRITE;
    }
    if (r->ncallers && (stop = journal(r, (uint32_t)(c - r->cells)))) return stop;
    if (!c->written) {
        stop = grow((void **)&r->writes, &r->writes_size, r->nwrites + 1, sizeof(uint32_t));
        if (stop) return stop;
        r->writes[r->nwrites++] = (uint32_t)(c - r->cells);
    }
    r->prepaid = 0;
    c->written = c->known = 1;
    c->initial = 0;
    if (!c->handle) {
        c->bits = slot;
        return 0;
    }
    value *old = c->held;
    c->held = as_value(slot);
    if (c->held) value_pin(c->held);
    if (old) value_unpin(r, old);
    return 0;
}

int op_emit(run *r, const ins *at, uint8_t *regs) {
    const site *s = at->at;
    const event_row *row = &r->program->events[s->target];
    if (r->nevents >= MAX_EVENTS) return TRAP_EVENTS;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < s->nins; i++) {
        uint64_t slot = ((uint64_t *)regs)[s->ins[i]];
        bytes += is_handle(row->types[i]) ? bytes_of(as_value(slot)) : 8;
    }
    int stop = pay(r, by_bytes(&r->program->gas, RATE_EMIT, bytes));
    if (!stop) stop = grow((void **)&r->events, &r->events_size, r->nevents + 1, sizeof(event));
    if (!stop)
        stop = grow((void **)&r->event_bits, &r->event_bits_size, r->nevent_bits + s->nins, 8);
    if (stop) return stop;
    r->events[r->nevents++] = (event){r->at_work, s->target, s->nins, r->nevent_bits};
    for (uint32_t i = 0; i < s->nins; i++) {
        uint64_t slot = ((uint64_t *)regs)[s->ins[i]];
        if (is_handle(row->types[i]) && slot) value_pin(as_value(slot));
        r->event_bits[r->nevent_bits++] = slot;
    }
    return 0;
}

void storage_free(run *r) {
    for (uint64_t i = 0; i < r->ncells; i++)
        if (r->cells[i].path_size > NEAR_PATH) mem_free(r->cells[i].far);
    mem_free(r->cells);
    mem_free(r->buckets);
    mem_free(r->reads);
    mem_free(r->writes);
    mem_free(r->path);
    mem_free(r->events);
    mem_free(r->event_bits);
}
