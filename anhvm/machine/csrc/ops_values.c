/* Instructions on bytes and on elements of tensors. */
#include <string.h>

#include "core.h"

static uint64_t *slot(uint8_t *regs, uint32_t offset) { return (uint64_t *)(regs + offset); }

static uint64_t in(const ins *at, uint8_t *regs, uint32_t i) {
    return ((uint64_t *)regs)[at->at->ins[i]];
}

static int pay_bytes(run *r, uint64_t bytes) {
    return pay(r, by_bytes(&r->program->gas, RATE_BYTES, bytes));
}

/* A new value of `bytes` bytes, paid for and counted, its data not yet written. */
static int make(run *r, uint8_t type, uint64_t bytes, value **out) {
    int stop = pay_bytes(r, bytes);
    if (!stop) stop = count_memory(r, bytes, 1);
    if (stop) return stop;
    *out = value_make(r, type, bytes, 0);
    if (!*out) return STOP_NO_MEMORY;
    value_count(r, *out);
    return 0;
}

int op_bytes_eq(run *r, const ins *at, uint8_t *regs) {
    value *b = as_value(*slot(regs, at->b)), *c = as_value(*slot(regs, at->c));
    uint64_t size = bytes_of(b);
    int equal = size == bytes_of(c);
    int stop = pay_bytes(r, equal ? size : 0);
    if (stop) return stop;
    if (equal && size) equal = memcmp(b->data, c->data, size) == 0;
    *slot(regs, at->a) = (uint64_t)equal;
    return 0;
}

int op_bytes_concat(run *r, const ins *at, uint8_t *regs) {
    value *b = as_value(*slot(regs, at->b)), *c = as_value(*slot(regs, at->c)), *v;
    uint64_t first = bytes_of(b), second = bytes_of(c);
    int stop = make(r, TYPE_BYTES, first + second, &v);
    if (stop) return stop;
    if (first) memcpy(v->data, b->data, first);
    if (second) memcpy(v->data + first, c->data, second);
    slot_write(r, slot(regs, at->a), v);
    return 0;
}

int op_bytes_slice(run *r, const ins *at, uint8_t *regs) {
    value *source = as_value(in(at, regs, 0)), *v;
    uint64_t from = in(at, regs, 1), to = in(at, regs, 2);
    if (from > to || to > bytes_of(source)) return TRAP_BOUNDS;
    int stop = make(r, TYPE_BYTES, to - from, &v);
    if (stop) return stop;
    if (to > from) memcpy(v->data, source->data + from, to - from);
    slot_write(r, slot(regs, at->a), v);
    return 0;
}

/* The flat index of an element, or a trap. */
static int locate(const ins *at, uint8_t *regs, const value *t, uint32_t rank, uint64_t *flat) {
    *flat = 0;
    for (uint32_t axis = 0; axis < rank; axis++) {
        uint64_t i = in(at, regs, axis + 1);
        if (!t || i >= t->dims[axis]) return TRAP_BOUNDS;
        *flat = *flat * t->dims[axis] + i;
    }
    return 0;
}

int pay_element(run *r, const value *t) {
    return pay(r, by_steps(&r->program->gas.element, t->bytes));
}

int op_t_get(run *r, const ins *at, uint8_t *regs) {
    value *t = as_value(in(at, regs, 0));
    uint64_t i;
    int stop = locate(at, regs, t, at->at->nins - 1, &i);
    if (!stop) stop = pay_element(r, t);
    if (!stop) stop = value_bring(r, t);
    if (stop) return stop;
    *slot(regs, at->a) = element_at(t, i);
    return 0;
}

static int fits(const value *t, uint32_t element) {
    int32_t small = (int32_t)element;
    return dtype_of(t->type) != DTYPE_I8 || (small >= -128 && small <= 127);
}

static void write_element(value *t, uint64_t i, uint32_t element) {
    if (item_size(t->type) == 4)
        memcpy(t->data + 4 * i, &element, 4);
    else
        t->data[i] = (uint8_t)element;
}

static int copy_into(run *r, value *v, value *t) {
    int stop = value_bring(r, t);
    if (stop) return stop;
    memcpy(v->dims, t->dims, sizeof v->dims);
    memcpy(v->data, t->data, t->bytes);
    return 0;
}

/* `to` becomes t with one element replaced. */
static int element_set(run *r, uint64_t *to, value *t, uint64_t i, uint32_t element) {
    value *v;
    if (!fits(t, element)) return TRAP_CAST;
    int stop = make(r, t->type, t->bytes, &v);
    if (!stop) stop = copy_into(r, v, t);
    if (stop) return stop;
    write_element(v, i, element);
    slot_write(r, to, v);
    return 0;
}

/* The only owner's value, whose data cells, events or views show too: its bytes count as before, and
   the instruction that let them show it has paid for the copy. */
static int detach(run *r, uint64_t *to) {
    value *t = as_value(*to), *v = value_make(r, t->type, t->bytes, 0);
    if (!v) return STOP_NO_MEMORY;
    value_count(r, v);
    int stop = copy_into(r, v, t);
    if (!stop) slot_write(r, to, v);
    return stop;
}

int element_put(run *r, uint64_t *to, uint64_t i, uint32_t element) {
    value *t = as_value(*to);
    int stop = fits(t, element) ? pay_element(r, t) : TRAP_CAST;
    if (stop) return stop;
    if (t->fixed || t->owners > 1) {
        stop = pay(r, r->program->gas.op[GAS_VALUE]);
        return stop ? stop : element_set(r, to, t, i, element);
    }
    stop = value_alone(t) ? value_bring(r, t) : detach(r, to);
    if (stop) return stop;
    t = as_value(*to);
    value_void(r, t);
    write_element(t, i, element);
    return 0;
}

int op_t_set(run *r, const ins *at, uint8_t *regs) {
    value *t = as_value(in(at, regs, 0));
    uint32_t rank = at->at->nins - 2;
    uint64_t i;
    int stop = locate(at, regs, t, rank, &i);
    return stop ? stop : element_set(r, slot(regs, at->a), t, i, (uint32_t)in(at, regs, rank + 1));
}

int op_t_put(run *r, const ins *at, uint8_t *regs) {
    uint64_t *to = slot(regs, at->a), i;
    uint32_t rank = at->at->nins - 2;
    int stop = locate(at, regs, as_value(*to), rank, &i);
    return stop ? stop : element_put(r, to, i, (uint32_t)in(at, regs, rank + 1));
}
