/* Values whose data is on a device.  A kernel there leaves its tensors where it computes: a result is
   *away*, which is to say that nobody has written its block here, and is brought when somebody looks.
   An operand that was sent is kept there as a copy beside its block.  Copies have numbers, which the
   device gives and never gives again.  They are forgotten when the block is written, or goes.

   A constant is shared by runs and threads: its copy is set once, and stays as long as the program.
   Only what a register alone shows is written, so what a view shows never goes away. */
#include "core.h"

static value *origin(value *v) { return v->base ? v->base : v; }

void value_forget(const program *p, value *v) {
    if (UNLIKELY(v && v->copy)) p->device.forget(v->copy);
}

/* What stands in `data` is the value, and nobody else has it. */
static void settle(const run *r, value *v) {
    v->away = 0;
    v->wide = is_wide(&r->home->gas, v->type, v->bytes);
}

int value_bring(const run *r, value *v) {
    value *o = origin(v);
    if (o->away) {
        if (r->home->device.bring(o->copy, o->data, o->bytes) != 1) return STOP_DEVICE;
        settle(r, o);
    }
    v->away = 0;
    v->wide = o->wide;
    return 0;
}

void value_void(const run *r, value *v) {
    if (LIKELY(!v->copy)) return;
    value_forget(r->home, v);
    v->copy = 0;
    settle(r, v);
    v->direct = v->wide;
}

/* The device has kept a copy of an operand.  Another one was there first, if the value is two of the
   operands, or if two threads have sent a constant. */
static void keep(const run *r, value *v, uint64_t copy) {
    uint64_t none = 0;
    if (!copy || v->copy == copy) return;
    if (!atomic_compare_exchange_strong(&v->copy, &none, copy)) r->home->device.forget(copy);
    if (!v->fixed) v->direct = 0; /* a write has to ask */
}

int device_run(run *r, const anh_kernel *k, const kernel_row *row, const kernel_shapes *s,
               int64_t *block, value *const *operands) {
    int inputs = row->inputs, all = row->inputs + row->outputs;
    uint64_t copies[KERNEL_MAX_OPERANDS] = {0};
    for (int i = 0; i < inputs; i++)
        if (operands[i]) copies[i] = origin(operands[i])->copy;
    if (k->launch(block, copies, s->any, s->ncounts) != 1) return STOP_DEVICE;
    for (int i = 0; i < inputs; i++)
        if (operands[i]) keep(r, origin(operands[i]), copies[i]);
    for (int i = inputs; i < all; i++) {
        value *v = operands[i];
        if (!v) continue;
        value_void(r, v); /* which may be an operand too */
        if (!copies[i]) continue;
        v->copy = copies[i];
        v->away = 1;
        v->wide = v->direct = 0;
    }
    return 0;
}
