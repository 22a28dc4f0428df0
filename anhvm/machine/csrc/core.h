/* A run with its frames, values, cells and events, and what works on it. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "program.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* An immutable value.  It is live, and counted, while registers own it; cells, events and views of
   its data pin it without being counted. */
struct value {
    union {
        struct {
            uint32_t owners, pins;
        };
        uint64_t counts; /* both: 1 is one owner, and nobody else */
    };
    uint64_t bytes, room; /* of data; of the block, with this */
    uint32_t dims[MAX_RANK];
    uint8_t type, fixed;
    uint8_t wide, direct; /* near elements of 4 bytes; and in place, where the counts allow it */
    uint8_t away;         /* device.c: the data is not here; of a view: perhaps, its base knows */
    _Atomic(uint64_t) copy; /* the number of one on a device, or 0; of a view, that of its base */
    uint8_t *data;
    value *base;          /* whose data this value shows, or NULL */
    value *before, *next; /* all values of a run */
};

typedef struct {
    const function *fn;
    const ins *resume; /* where the caller goes on */
    const site *call;
    uint64_t base; /* index of the first register in the stack */
} frame;

enum { NEAR_PATH = sizeof((anh_cell *)0)->near };
typedef struct {
    uint64_t hash, bits;
    uint32_t contract, field, path_size;
    uint8_t known, written, permitted, handle, initial, met;
    union {
        uint8_t near[NEAR_PATH]; /* of a short path, the path */
        uint8_t *far;
    };
    value *held;
} cell;

typedef struct {
    uint32_t contract, index, count;
    uint64_t first; /* into event_bits */
} event;

typedef struct {
    const struct anh_program *program; /* NULL: none is alive there */
    value *address;                    /* NULL: empty */
    uint64_t hash;
    uint32_t at_work; /* how often it is on the stack */
    uint8_t linked, paid;
} contract;

/* A contract that waits for another one, as it was when it called. */
typedef struct {
    const struct anh_program *program;
    const ins *at; /* the call */
    value *sender;
    uint64_t value;
    uint64_t kept, kept_slice; /* gas that was not given; how much of it the loop had at hand */
    uint64_t nundo, nwrites, nevents, nevent_bits;
    uint32_t contract, floor;
    uint8_t tells; /* a try.ext: it learns of a trap, and goes on */
} caller;

/* What a cell held before a store of a contract that was called. */
typedef struct {
    uint64_t bits;
    value *held;
    uint32_t cell;
    uint8_t known, written, initial;
} undo;

struct anh_run {
    /* what stays from start to start */
    struct anh_program *home; /* that is started; it keeps one run to be used again */
    struct anh_pool *pool;
    uint32_t started;
    uint8_t permits; /* no store has to ask */
    uint8_t plain;   /* few results, all of them scalars, and no trace */
    uint64_t seed;
    struct {
        value *sender, *self;
        uint64_t value;
    } env;
    uint64_t env_height, env_time;
    value *lasting; /* it and those made before it stay */
    uint64_t *stack;
    contract *contracts; /* 0 is the one that was started */
    uint64_t stack_size, contracts_size;
    anh_result report; /* for Python */
    atomic_int moving;
    /* all that follows, up to the frames, is of one start */
    const struct anh_program *program;
    /* gas: what is left is gas + reserve; the loop sees gas only */
    uint64_t limit, gas, reserve;
    uint64_t live, high;
    /* frames */
    uint64_t stack_used;
    uint32_t depth, floor; /* floor: frames of the contracts that wait, and one */
    const ins *ip;
    /* values */
    value *values;
    value *spare; /* large blocks that wait for the next value */
    uint64_t spare_bytes;
    uint64_t *args; /* near, if they are few */
    uint64_t nargs, near_args[FEW_WORDS];
    value *sender, *self;
    uint64_t env_value;
    /* contracts */
    caller *callers;
    undo *undos;
    uint64_t ncontracts, ncallers, callers_size, nundo, undos_size, kept;
    uint32_t at_work;
    /* storage */
    cell *cells;
    uint32_t *buckets;
    uint32_t *reads, *writes;
    uint64_t ncells, cells_size, nbuckets, nreads, reads_size, nwrites, writes_size;
    uint8_t *path;
    uint64_t path_used, path_size;
    uint32_t needed; /* index of the cell that a Need speaks of */
    uint32_t recent; /* index of the cell touched last */
    uint8_t prepaid; /* the store that waited for a permit has paid */
    /* events */
    event *events;
    uint64_t *event_bits;
    uint64_t nevents, events_size, nevent_bits, event_bits_size;
    /* results */
    uint64_t *results; /* near, if they are few */
    uint64_t near_results[FEW_WORDS];
    uint32_t nresults;
    int status, begun;
    uint32_t trap_contract, trap_function, trap_pc, part; /* of a fused form */
    value *message; /* of an assert */
    /* kernels */
    uint8_t *workspace;
    uint64_t workspace_size;
    /* trace: four words a mark */
    uint64_t *trace;
    uint64_t trace_size, trace_used;
    uint8_t *packed; /* for Python */
    uint64_t packed_size;
    frame frames[MAX_DEPTH]; /* last: never cleared */
};
typedef struct anh_run run;
typedef struct anh_program program;

static inline int is_tensor(uint8_t t) { return (t & 0xe0) == 0x40 && (t & 7) >= 1 && (t & 7) <= MAX_RANK; }
static inline int is_scalar(uint8_t t) { return t >= TYPE_U64 && t <= TYPE_BOOL; }
static inline int is_handle(uint8_t t) { return t == TYPE_BYTES || is_tensor(t); }
static inline int is_type(uint8_t t) { return is_scalar(t) || is_handle(t); }
static inline uint32_t rank_of(uint8_t t) { return is_tensor(t) ? t & 7u : 0; }
static inline int dtype_of(uint8_t t) { return t >> 3 & 3; }
static inline uint32_t item_size(uint8_t t) { return dtype_of(t) <= DTYPE_I32 ? 4 : 1; }
static inline uint8_t element_of(uint8_t t) {
    static const uint8_t types[4] = {TYPE_F32, TYPE_I32, TYPE_I32, TYPE_BOOL};
    return types[dtype_of(t)];
}
static inline value *as_value(uint64_t slot) { return (value *)(uintptr_t)slot; }
static inline uint64_t as_slot(value *v) { return (uint64_t)(uintptr_t)v; }
static inline uint64_t bytes_of(const value *v) { return v ? v->bytes : 0; }

static inline const uint8_t *path_of(const cell *c) {
    return c->path_size > NEAR_PATH ? c->far : c->near;
}

static inline uint64_t add_sat(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

/* Costs are exact, and saturate at the end only. */
static inline uint64_t saturate(__uint128_t cost) {
    return cost > UINT64_MAX ? UINT64_MAX : (uint64_t)cost;
}
static inline uint64_t by_steps(const anh_steps *s, uint64_t size) {
    uint64_t steps = s->step ? size / s->step : 0;
    return s->price * (steps < s->levels ? steps : s->levels);
}
static inline uint64_t by_bytes(const anh_schedule *gas, int rate, uint64_t bytes) {
    return saturate((__uint128_t)bytes * gas->rate[rate] / 1024);
}

/* Grows an array to hold `need` items; 0, or STOP_NO_MEMORY with the array as it was. */
int grow(void **items, uint64_t *size, uint64_t need, uint64_t item);

/* decode.c, verify*.c: 0, 1 refused, 2 out of memory */
typedef anh_refusal refusal;
int decode(program *p, const uint8_t *data, uint64_t size, refusal *r);
int verify(program *p, refusal *r);
/* the one that other contracts call by the name of `s`, or NULL */
const function *function_named(const program *p, const signature *s);

/* run.c */
void run_discard(struct anh_run *r);

/* prepare.c, loop.c */
int prepare(program *p);
/* bits; 0 is what ships; what to watch goes with TRACED */
enum {
    MODE_TRACED = 1, MODE_UNFUSED = 2,
    MODE_WATCH_MARKS = 4, MODE_WATCH_STEPS = 8, MODE_WATCH_TIMES = 16,
};
const void *const *loop_labels(int mode);
int loop_run(run *r); /* a trap or a stop; never 0 */

static inline uint32_t running(const run *r) {
    return (uint32_t)(r->frames[r->depth - 1].fn - r->program->functions);
}

/* watch.c: 0, or a stop.  A mark, with what else is asked for; registers, the time alone */
int watch_mark(run *r, uint64_t mark, uint32_t function, uint32_t pc, uint64_t gas);
int watch_step(run *r, uint32_t pc);
int watch_time(run *r, uint32_t function, uint32_t pc);

/* values.c */
int pay(run *r, uint64_t cost);
void take_slice(run *r, uint64_t least); /* gas for the loop, out of what is left */
int count_memory(run *r, uint64_t bytes, uint64_t values); /* gas and limit for new values */
value *value_make(run *r, uint8_t type, uint64_t bytes, int zero); /* owned once, not counted */
value *value_view(run *r, value *base);                            /* the same data, owned once */
void value_count(run *r, value *v);                                /* as live */
void value_keep(value *v);                                         /* one owner more */
void value_drop(run *r, value *v);                                 /* one owner less */
void value_pin(value *v);
void value_unpin(run *r, value *v);
void values_free(run *r, value *last); /* those made after `last`; NULL: all */
void value_forget(const struct anh_program *p, value *v); /* its copy on a device, if it has one */
static inline void slot_write(run *r, uint64_t *slot, value *v) {
    value *old = as_value(*slot);
    *slot = as_slot(v);
    if (old) value_drop(r, old);
}

/* Whether an element of so many bytes costs no more than its static gas. */
static inline int is_near(const anh_schedule *gas, uint64_t bytes) { return bytes < gas->element.step; }
static inline int is_wide(const anh_schedule *gas, uint8_t type, uint64_t bytes) {
    return is_tensor(type) && item_size(type) == 4 && is_near(gas, bytes);
}

/* Whether nothing but one register shows the data: it may be written in place. */
static inline int value_alone(const value *v) {
    return v->counts == 1 && !v->base && !v->fixed;
}
static inline uint32_t element_at(const value *t, uint64_t i) {
    uint32_t word;
    if (LIKELY(t->wide || item_size(t->type) == 4)) {
        memcpy(&word, t->data + 4 * i, 4);
        return word;
    }
    return dtype_of(t->type) == DTYPE_I8 ? (uint32_t)(int32_t)(int8_t)t->data[i] : t->data[i];
}

/* device.c: 0, or STOP_DEVICE.  Before data is read; then, before it is written where it stands */
int value_bring(const run *r, value *v);
void value_void(const run *r, value *v);
/* ops_values.c, storage.c, kernel_call.c: 0, a trap, or a stop */
typedef int operation(run *r, const ins *at, uint8_t *regs);
operation op_bytes_eq, op_bytes_concat, op_bytes_slice, op_t_get, op_t_set, op_t_put;
int pay_element(run *r, const value *t); /* what an element of it costs beside the static gas */
int element_put(run *r, uint64_t *to, uint64_t i, uint32_t element); /* in place if it can be */
operation op_load, op_store, op_emit, op_kernel;
/* Words of a parameter block, as kernels/cpu/memory.py draws it. */
enum {
    BLOCK_TILES, BLOCK_WORKSPACE, BLOCK_OPERANDS, BLOCK_ATTRIBUTES, BLOCK_ITEM, BLOCK_SHARED,
    BLOCK_SHARED_AT, BLOCK_HEADER, BLOCK_OPERAND = 8,
};
void storage_free(run *r);
uint64_t mix(uint64_t a, uint64_t b);

/* external.c */
int contract_add(run *r, const program *p, value *address); /* 0, or STOP_NO_MEMORY */
int external_call(run *r, const ins *at);  /* 0: go on at r->ip; else a trap or a stop */
int external_return(run *r, const site *ret);
int external_catch(run *r, int trap); /* 0: go on at r->ip; else the trap, or a stop */
int journal(run *r, uint32_t cell);
void external_free(run *r);

/* shapes.c: dims of the outputs and the work of a call, or TRAP_SHAPE, TRAP_SIZE, TRAP_BOUNDS */
typedef struct {
    uint32_t rank;
    uint64_t dims[MAX_RANK];
    uint64_t elements;
} shape;
typedef struct {
    shape in[KERNEL_MAX_OPERANDS], out[KERNEL_MAX_OPERANDS];
    uint64_t counts[KERNEL_MAX_COUNTS];
    uint32_t ncounts;
    uint16_t any; /* what KDTYPE_ANY stands for in this call */
    const uint32_t *attrs;
    uint64_t madds, bytes;
} kernel_shapes;
int device_run(run *r, const anh_kernel *k, const kernel_row *row, const kernel_shapes *s,
               int64_t *block, value *const *operands); /* device.c; what is no tensor is NULL */
int infer_shapes(const kernel_row *row, kernel_shapes *s);
uint64_t kernel_cost(const anh_schedule *gas, const kernel_row *row, const kernel_shapes *s,
                     uint64_t high);
int register_of_kernel(uint16_t dtype, uint32_t rank); /* type code, or 0 */
uint16_t kernel_of_register(uint8_t type);             /* its dtype; bytes have none */
uint64_t kernel_item_size(uint16_t dtype);

/* regions.c: the dims that what cuts, pads, repeats, joins or turns gives; 0 or a trap */
int region(const kernel_operand *o, const shape *first, const shape *second,
           const kernel_shapes *s, shape *out);
const char *region_attributes(const kernel_row *row, const uint32_t *attrs, uint32_t rank);
const char *region_counts(const kernel_row *row, const int *rests, uint32_t counts);

/* pool.c */
int pool_run(struct anh_pool *pool, anh_kernel_run *kernel, int64_t *block, int64_t tiles, uint8_t *ws,
             uint64_t ws_each, int threads); /* 0 when every range said 1 */
int pool_threads(struct anh_pool *pool, uint64_t cost); /* that a job of so much gas is worth */
void pool_count(struct anh_pool *pool); /* one run more */
