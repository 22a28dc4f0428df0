/* Runs a kernel: shape, size, gas, memory, limit, data, and only then the write. */
#include <string.h>

#include "core.h"

enum { BLOCK = BLOCK_HEADER + BLOCK_OPERAND * KERNEL_MAX_OPERANDS + 3 + KERNEL_MAX_COUNTS };

typedef struct {
    kernel_shapes shapes;
    uint64_t out_slots[KERNEL_MAX_OPERANDS]; /* results that are scalars, until all is well */
    value *operand[KERNEL_MAX_OPERANDS];     /* inputs, then outputs; NULL: no tensor, or none yet */
    int64_t block[BLOCK];
} call;

static void gather(const site *s, const kernel_row *row, const function *fn, const uint64_t *regs,
                   call *c) {
    kernel_shapes *k = &c->shapes;
    k->attrs = s->attrs;
    k->any = KDTYPE_ANY;
    k->ncounts = s->nins - row->inputs;
    for (uint32_t i = 0; i < k->ncounts; i++) k->counts[i] = regs[s->ins[row->inputs + i]];
    for (int i = 0; i < row->inputs; i++) {
        uint8_t type = fn->regs[s->ins[i]].type;
        const value *v = c->operand[i] = is_handle(type) ? as_value(regs[s->ins[i]]) : NULL;
        if (row->operand[i].dtype == KDTYPE_ANY) k->any = kernel_of_register(type);
        k->in[i].rank = rank_of(type);
        for (uint32_t d = 0; d < k->in[i].rank; d++) k->in[i].dims[d] = v ? v->dims[d] : 0;
    }
}

static uint64_t bytes_of_output(const site *s, const function *fn, const shape *out, int i) {
    uint8_t type = fn->regs[s->outs[i]].type;
    return is_handle(type) ? out->elements * item_size(type) : 0;
}

/* The value that the call uses up and output `out` may be written over, or NULL: the last result in
   the same register, of so many bytes, or an operand there.  It counts as the new one then, and the
   old one as let go.  So a loop's results stay where they are, and in the cache. */
static value *used_up(const site *s, const kernel_row *row, const uint64_t *regs, int out,
                      uint64_t bytes) {
    value *v = as_value(regs[s->outs[out]]);
    if (!v || !value_alone(v) || v->bytes != bytes) return NULL;
    for (int i = 0; i < out; i++)
        if (s->outs[i] == s->outs[out]) return NULL;
    if (row->flags & KERNEL_IN_PLACE) return v;
    for (int i = 0; i < row->inputs; i++)
        if (s->ins[i] == s->outs[out]) return NULL;
    return v;
}

/* Of a kernel that runs here, all that it reads; of one on a device, what is checked here. */
static int bring(run *r, const kernel_row *row, const anh_kernel *k, call *c) {
    for (int i = 0; i < row->inputs; i++) {
        int read = !k->launch || (k->check && row->operand[i].dtype == KDTYPE_I32);
        int stop = read && c->operand[i] ? value_bring(r, c->operand[i]) : 0;
        if (stop) return stop;
    }
    return 0;
}

static void describe(int64_t *words, const void *address, const shape *k) {
    words[0] = (int64_t)(uintptr_t)address;
    words[1] = k->rank;
    for (uint32_t d = 0; d < MAX_RANK; d++) words[2 + d] = d < k->rank ? (int64_t)k->dims[d] : 1;
}

/* All but the outputs. */
static void fill_block(const site *s, const kernel_row *row, const function *fn, uint64_t *regs,
                       call *c) {
    static const _Alignas(64) uint8_t nothing[64];
    int64_t *at = c->block + BLOCK_HEADER;
    c->block[BLOCK_SHARED] = 0;
    c->block[BLOCK_OPERANDS] = row->inputs + row->outputs;
    c->block[BLOCK_ATTRIBUTES] = row->attrs;
    c->block[BLOCK_ITEM] = (int64_t)kernel_item_size(kernel_of_register(fn->regs[s->ins[0]].type));
    for (int i = 0; i < row->inputs; i++, at += BLOCK_OPERAND) {
        uint64_t *slot = &regs[s->ins[i]];
        const value *v = c->operand[i];
        const void *address = v ? (const void *)v->data : c->shapes.in[i].rank ? nothing : (const void *)slot;
        describe(at, address, &c->shapes.in[i]);
    }
    at += BLOCK_OPERAND * row->outputs;
    for (int i = 0; i < row->attrs; i++) *at++ = s->attrs[i];
    for (uint32_t i = 0; i < c->shapes.ncounts; i++) *at++ = (int64_t)c->shapes.counts[i];
}

/* Makes the outputs; when the host has no memory for one, the run is over. */
static int make_outputs(run *r, const site *s, const kernel_row *row, const function *fn,
                        const uint64_t *regs, int here, call *c) {
    for (int i = 0, at = row->inputs; i < row->outputs; i++, at++) {
        uint8_t type = fn->regs[s->outs[i]].type;
        const shape *k = &c->shapes.out[i];
        uint64_t bytes = bytes_of_output(s, fn, k, i);
        value *v = NULL;
        if (is_handle(type) && (v = used_up(s, row, regs, i, bytes))) {
            if (here) value_void(r, v);
        } else if (is_handle(type)) {
            v = value_make(r, type, bytes, 0);
            if (!v) return STOP_NO_MEMORY;
            value_count(r, v);
        }
        c->operand[at] = v;
        describe(c->block + BLOCK_HEADER + BLOCK_OPERAND * at, v ? (void *)v->data : &c->out_slots[i], k);
    }
    return 0;
}

static int workspace(run *r, uint64_t bytes) {
    if (bytes <= r->workspace_size) return 0;
    mem_free(r->workspace);
    r->workspace_size = 0;
    r->workspace = mem_get(bytes);
    if (!r->workspace) return STOP_NO_MEMORY;
    r->workspace_size = bytes;
    return 0;
}

static uint64_t lines(int64_t bytes) { return ((uint64_t)bytes + 63) & ~UINT64_C(63); }

/* Where workers share memory, the last tile waits for the others. */
static int execute(run *r, const anh_kernel *k, uint64_t cost, int64_t *block) {
    if (k->plan(block) != 1) return STOP_KERNEL_FAILED;
    uint64_t each = lines(block[BLOCK_WORKSPACE]), shared = lines(block[BLOCK_SHARED]);
    int64_t all = block[BLOCK_TILES], tiles = shared ? all - 1 : all;
    if (all <= 0) return 0;
    int threads = pool_threads(r->pool, cost);
    if (tiles < threads) threads = (int)tiles;
    int stop = workspace(r, shared + each * (uint64_t)threads + 64);
    if (stop) return stop;
    uint8_t *ws = (uint8_t *)(((uintptr_t)r->workspace + 63) & ~(uintptr_t)63);
    block[BLOCK_SHARED_AT] = (int64_t)(uintptr_t)ws;
    ws += shared;
    if (pool_run(r->pool, k->run, block, tiles, ws, each, threads)) return STOP_KERNEL_FAILED;
    if (tiles == all || k->run(block, tiles, all, (int64_t)(uintptr_t)ws) == 1) return 0;
    return STOP_KERNEL_FAILED;
}

int op_kernel(run *r, const ins *at, uint8_t *frame_registers) {
    const site *s = at->at;
    const function *fn = r->frames[r->depth - 1].fn;
    const kernel_row *row = &KERNEL_ROWS[s->target];
    const anh_kernel *k = &r->program->kernels[s->target];
    uint64_t *regs = (uint64_t *)frame_registers;
    call c;
    memset(c.operand, 0, sizeof c.operand);
    memset(c.out_slots, 0, sizeof c.out_slots);
    gather(s, row, fn, regs, &c);
    int stop = infer_shapes(row, &c.shapes);
    if (stop) return stop;
    uint64_t cost = kernel_cost(&r->program->gas, row, &c.shapes, r->high), bytes = 0, values = 0;
    stop = pay(r, cost);
    for (int i = 0; i < row->outputs; i++) {
        values += (uint64_t)is_handle(fn->regs[s->outs[i]].type);
        bytes += bytes_of_output(s, fn, &c.shapes.out[i], i);
    }
    if (!stop) stop = count_memory(r, bytes, values);
    if (!stop && !k->run && !k->launch) stop = STOP_NO_KERNEL;
    if (!stop && UNLIKELY(r->home->device.bring)) stop = bring(r, row, k, &c);
    if (stop) return stop;
    fill_block(s, row, fn, regs, &c);
    if (k->check && k->check(c.block) >= 0) return TRAP_DATA; /* before anything is made */
    stop = make_outputs(r, s, row, fn, regs, !k->launch, &c);
    if (stop) return stop;
    stop = k->launch ? device_run(r, k, row, &c.shapes, c.block, c.operand)
                     : execute(r, k, cost, c.block);
    if (stop) return stop;
    for (int i = 0; i < row->outputs; i++) {
        value *v = c.operand[row->inputs + i];
        if (!v) {
            regs[s->outs[i]] = c.out_slots[i];
            continue;
        }
        const shape *k = &c.shapes.out[i];
        for (uint32_t d = 0; d < k->rank; d++) v->dims[d] = (uint32_t)k->dims[d];
        if (v != as_value(regs[s->outs[i]])) slot_write(r, &regs[s->outs[i]], v);
    }
    return 0;
}
