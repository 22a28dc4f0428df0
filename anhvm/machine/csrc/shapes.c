/* The shape rules of kernels, from the rows that kernels/encoding.py writes.  The order of checks
   is that of kernels/shapes.py; dtypes and ranks were settled by the verifier. */
#include <string.h>

#include "core.h"

enum { VARIABLES = 8 };

typedef struct {
    uint64_t one[VARIABLES]; /* dimension variables */
    uint8_t known[VARIABLES];
    struct {
        uint32_t rank;
        uint64_t dims[MAX_RANK];
        uint8_t known;
    } rest[VARIABLES];
} bindings;

/* 0 if any factor is 0; else below 2^63 at every step, or a fault. */
static int product(const uint64_t *factors, uint32_t n, uint64_t *out) {
    uint64_t total = 1;
    *out = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!factors[i]) return 0;
    for (uint32_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(total, factors[i], &total) || total >> 63) return TRAP_SIZE;
    *out = total;
    return 0;
}

/* The limit counts zeros as ones. */
static int count_elements(shape *s) {
    uint64_t held = 1;
    for (uint32_t i = 0; i < s->rank; i++) {
        if (s->dims[i] > MAX_ELEMENTS) return TRAP_SIZE;
        held *= s->dims[i] ? s->dims[i] : 1;
        if (held > MAX_ELEMENTS) return TRAP_SIZE;
    }
    return product(s->dims, s->rank, &s->elements);
}

static int bind_dim(bindings *b, uint16_t variable, uint64_t dim) {
    if (variable == KERNEL_ONE) return dim == 1 ? 0 : TRAP_SHAPE;
    uint16_t v = (uint16_t)(variable - KERNEL_DIM);
    if (b->known[v]) return b->one[v] == dim ? 0 : TRAP_SHAPE;
    b->known[v] = 1;
    b->one[v] = dim;
    return 0;
}

static int bind_rest(bindings *b, int v, const uint64_t *dims, uint32_t rank) {
    if (!b->rest[v].known) {
        b->rest[v].known = 1;
        b->rest[v].rank = rank;
        memcpy(b->rest[v].dims, dims, rank * sizeof *dims);
        return 0;
    }
    if (b->rest[v].rank != rank) return TRAP_SHAPE;
    return memcmp(b->rest[v].dims, dims, rank * sizeof *dims) ? TRAP_SHAPE : 0;
}

/* V%, V@k and V/W: what follows from variables and attributes. */
static int is_derived(uint16_t variable) {
    return variable >= KERNEL_SHARE;
}

static int derive(const bindings *b, uint16_t item, const uint32_t *attrs, uint64_t *out) {
    *out = 0;
    if (item >= KERNEL_TAKEN && item < KERNEL_WINDOWS) {
        *out = attrs[0];
        return attrs[0] > b->one[item - KERNEL_TAKEN] ? TRAP_SHAPE : 0;
    }
    if (item < KERNEL_TAKEN) {
        uint64_t whole = b->one[item - KERNEL_SHARE];
        *out = whole / attrs[2];
        return whole % attrs[2] ? TRAP_SHAPE : 0;
    }
    int along = (item - KERNEL_WINDOWS) / VARIABLES, window = (item - KERNEL_WINDOWS) % VARIABLES;
    uint64_t size = window == KERNEL_SIZE ? attrs[2] : b->one[window];
    uint64_t room = b->one[along] + 2 * (uint64_t)attrs[1];
    if (!size || size > room) return TRAP_SHAPE;
    *out = (room - size) / attrs[0] + 1;
    return 0;
}

static int check_derived(const bindings *b, const kernel_operand *o, const shape *s,
                         const uint32_t *attrs) {
    for (uint32_t i = 0; i < o->tail; i++) {
        if (!is_derived(o->variable[i])) continue;
        uint64_t want;
        if (derive(b, o->variable[i], attrs, &want)) return TRAP_SHAPE;
        if (want != s->dims[s->rank - o->tail + i]) return TRAP_SHAPE;
    }
    return 0;
}

static int bind(bindings *b, const kernel_operand *o, const shape *s) {
    uint32_t split = s->rank - o->tail;
    int trap = 0;
    if (o->rest == DIMS_WHOLE) trap = bind_rest(b, __builtin_ctz(o->rests), s->dims, split);
    for (uint32_t i = 0; i < o->tail && !trap; i++)
        if (!is_derived(o->variable[i])) trap = bind_dim(b, o->variable[i], s->dims[split + i]);
    return trap;
}

/* The rest variable without the axes of mask attrs[0]; those of attrs[1] stay, with size 1. */
static void reduce(const bindings *b, int v, const kernel_row *row, const uint32_t *attrs,
                   shape *out) {
    uint32_t axes = attrs[0], keep = row->attrs > 1 ? attrs[1] : 0;
    out->rank = 0;
    for (uint32_t i = 0; i < b->rest[v].rank; i++)
        if (!((axes & ~keep) >> i & 1))
            out->dims[out->rank++] = axes >> i & 1 ? 1 : b->rest[v].dims[i];
}

static int broadcast(const bindings *b, uint16_t rests, shape *out) {
    out->rank = 0;
    for (int v = 0; v < VARIABLES; v++)
        if (rests >> v & 1 && b->rest[v].rank > out->rank) out->rank = b->rest[v].rank;
    for (uint32_t i = 1; i <= out->rank; i++) {
        uint64_t size = 1;
        for (int v = 0; v < VARIABLES; v++) {
            if (!(rests >> v & 1) || b->rest[v].rank < i) continue;
            uint64_t d = b->rest[v].dims[b->rest[v].rank - i];
            if (d == 1) continue;
            if (size != 1 && size != d) return TRAP_SHAPE;
            size = d;
        }
        out->dims[out->rank - i] = size;
    }
    return 0;
}

/* The product of a rest variable over the axes inside or outside the mask. */
static int masked(const bindings *b, int v, uint32_t mask, uint64_t *out) {
    uint64_t chosen[MAX_RANK];
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->rest[v].rank; i++)
        if (mask >> i & 1) chosen[n++] = b->rest[v].dims[i];
    return product(chosen, n, out);
}

static uint64_t last_of(const shape *s) { return s->rank ? s->dims[s->rank - 1] : 1; }

static int has_axes(const kernel_row *row) {
    return row->attrs && !(row->flags & (KERNEL_WINDOWED | KERNEL_AXIS | KERNEL_ORDER | KERNEL_SOME));
}

/* Along an axis, counted from the right: a bit for each rest variable that is repeated. */
static uint32_t repeated(const bindings *b, uint16_t rests, uint32_t from_right) {
    uint32_t bits = 0;
    for (int v = 0; v < VARIABLES; v++) {
        if (!(rests >> v & 1) || !b->rest[v].known) continue;
        uint32_t rank = b->rest[v].rank;
        bits |= (uint32_t)(from_right > rank || b->rest[v].dims[rank - from_right] == 1) << v;
    }
    return bits;
}

/* See `_pieces` in kernels/shapes.py. */
static int pieces(const bindings *b, const kernel_row *row, const kernel_shapes *s, int inner,
                  uint64_t *out) {
    uint32_t rank = s->out[0].rank;
    const uint64_t *dims = s->out[0].dims;
    if (has_axes(row)) rank = b->rest[0].rank, dims = b->rest[0].dims;
    uint32_t axis = rank, kind = 0, known = 0;
    for (; axis; axis--) {
        if (dims[axis - 1] == 1) continue;
        uint32_t one = has_axes(row) ? s->attrs[0] >> (axis - 1) & 1
                                     : repeated(b, row->operand[row->inputs].rests, rank - axis + 1);
        if (known && one != kind) break;
        known = 1;
        kind = one;
    }
    return inner ? product(dims + axis, rank - axis, out) : product(dims, axis, out);
}

static int value_of(const bindings *b, const kernel_row *row, uint16_t variable,
                    const kernel_shapes *s, uint64_t *out) {
    switch (variable) {
    case KERNEL_ONE: *out = 1; return 0;
    case KERNEL_OUT: *out = s->out[0].elements; return 0;
    case KERNEL_RUNS: return product(s->out[0].dims, s->out[0].rank ? s->out[0].rank - 1 : 0, out);
    case KERNEL_LAST: *out = last_of(&s->out[0]); return 0;
    case KERNEL_AXES: return masked(b, 0, s->attrs[0], out);
    case KERNEL_KEPT: return masked(b, 0, ~s->attrs[0], out);
    case KERNEL_THIRD: *out = s->attrs[2]; return 0;
    case KERNEL_PIECES: return pieces(b, row, s, 0, out);
    case KERNEL_PIECE: return pieces(b, row, s, 1, out);
    }
    if (is_derived(variable)) return derive(b, variable, s->attrs, out);
    if (variable >= KERNEL_REST) return masked(b, variable - KERNEL_REST, ~0u, out);
    *out = b->one[variable - KERNEL_DIM];
    return 0;
}

/* Every product that a work formula could name must fit, used or not. */
static int check_values(const bindings *b, const kernel_row *row, const kernel_shapes *s) {
    uint64_t ignored;
    int trap = 0;
    if (row->limited && b->one[row->limited - KERNEL_DIM] >> row->bits) return TRAP_SHAPE;
    for (int v = 0; v < VARIABLES && !trap; v++)
        if (b->rest[v].known) trap = masked(b, v, ~0u, &ignored);
    int axes = has_axes(row);
    if (!trap && axes) trap = masked(b, 0, s->attrs[0], &ignored);
    if (!trap && axes) trap = masked(b, 0, ~s->attrs[0], &ignored);
    for (int i = 0; i < KERNEL_MAX_NONEMPTY && row->nonempty[i] && !trap; i++) {
        uint64_t n = 0;
        trap = value_of(b, row, row->nonempty[i], s, &n);
        if (!trap && !n) trap = TRAP_SHAPE;
    }
    return trap;
}

static int is_region(uint16_t rest) { return rest >= DIMS_CUT; }

static int region_of(const bindings *b, const kernel_operand *o, const kernel_shapes *s, shape *out) {
    shape lists[2] = {{0}};
    int n = 0;
    for (int v = 0; v < VARIABLES && n < 2; v++) {
        if (!(o->rests >> v & 1)) continue;
        lists[n].rank = b->rest[v].rank;
        memcpy(lists[n++].dims, b->rest[v].dims, sizeof lists[0].dims);
    }
    return region(o, &lists[0], &lists[1], s, out);
}

static int output(const bindings *b, const kernel_row *row, const kernel_operand *o,
                  const kernel_shapes *s, shape *out) {
    int trap = 0, v = o->rests ? __builtin_ctz(o->rests) : 0;
    out->rank = 0;
    switch (o->rest) {
    case DIMS_WHOLE:
        out->rank = b->rest[v].rank;
        memcpy(out->dims, b->rest[v].dims, sizeof out->dims);
        break;
    case DIMS_REDUCED: reduce(b, v, row, s->attrs, out); break;
    case DIMS_CUT:
    case DIMS_PADDED:
    case DIMS_REPEATED:
    case DIMS_JOINED:
    case DIMS_TURNED: trap = region_of(b, o, s, out); break;
    case DIMS_BROADCAST: trap = broadcast(b, o->rests, out); break;
    case DIMS_COUNTED:
        out->rank = s->ncounts;
        memcpy(out->dims, s->counts, sizeof out->dims);
        break;
    }
    if (trap) return trap;
    for (uint32_t i = 0; i < o->tail && !trap; i++) {
        uint64_t *dim = &out->dims[out->rank++];
        *dim = 1;
        if (is_derived(o->variable[i]))
            trap = derive(b, o->variable[i], s->attrs, dim);
        else if (o->variable[i] != KERNEL_ONE)
            *dim = b->one[o->variable[i] - KERNEL_DIM];
    }
    if (trap) return trap;
    trap = count_elements(out);
    if (!trap && row->flags & KERNEL_SAME_COUNT) {
        shape held = {.rank = b->rest[0].rank};
        memcpy(held.dims, b->rest[0].dims, sizeof held.dims);
        trap = count_elements(&held);
        if (!trap && held.elements != out->elements) trap = TRAP_SHAPE;
    }
    return trap;
}

static uint64_t item_of(const kernel_row *row, const kernel_shapes *s, int operand) {
    uint16_t dtype = row->operand[operand].dtype;
    return kernel_item_size(dtype == KDTYPE_ANY ? s->any : dtype);
}

static int measure(const bindings *b, const kernel_row *row, kernel_shapes *s) {
    uint64_t factors[KERNEL_MAX_WORK], term;
    uint32_t n = 0;
    s->madds = 0;
    for (int i = 0; i <= KERNEL_MAX_WORK; i++) {
        uint16_t variable = i < KERNEL_MAX_WORK ? row->work[i].variable : KERNEL_NOTHING;
        if (variable != KERNEL_NOTHING && variable != KERNEL_NEXT) {
            int trap = value_of(b, row, variable, s, &factors[n]);
            if (trap) return trap;
            factors[n++] += row->work[i].pad;
            continue;
        }
        int trap = product(factors, n, &term);
        if (trap) return trap;
        s->madds += term; /* of two, each below 2^63 */
        n = 0;
        if (variable == KERNEL_NOTHING) break;
    }
    uint64_t read = 0, written = 0;
    for (int i = 0; i < row->inputs; i++) {
        int trap = count_elements(&s->in[i]);
        if (trap) return trap;
        read += item_of(row, s, i) * s->in[i].elements;
    }
    for (int i = 0; i < row->outputs; i++)
        written += item_of(row, s, row->inputs + i) * s->out[i].elements;
    s->bytes = 8 * (uint64_t)s->ncounts + written + (row->flags & KERNEL_PARTLY ? written : read);
    return 0;
}

int infer_shapes(const kernel_row *row, kernel_shapes *s) {
    bindings b;
    memset(&b, 0, sizeof b);
    int trap = 0;
    for (int i = 0; i < row->inputs && !trap; i++) trap = bind(&b, &row->operand[i], &s->in[i]);
    for (int i = 0; i < row->inputs && !trap; i++) {
        const kernel_operand *o = &row->operand[i];
        trap = check_derived(&b, o, &s->in[i], s->attrs);
        if (o->rest != DIMS_REDUCED && !is_region(o->rest)) continue;
        shape want;
        if (is_region(o->rest))
            trap = region_of(&b, o, s, &want);
        else
            reduce(&b, __builtin_ctz(o->rests), row, s->attrs, &want);
        if (trap) return trap == TRAP_SIZE ? TRAP_SHAPE : trap;
        if (want.rank != s->in[i].rank ||
            memcmp(want.dims, s->in[i].dims, want.rank * sizeof *want.dims))
            trap = TRAP_SHAPE;
    }
    if (!trap) trap = check_values(&b, row, s);
    for (int i = 0; i < row->outputs && !trap; i++)
        trap = output(&b, row, &row->operand[row->inputs + i], s, &s->out[i]);
    return trap ? trap : measure(&b, row, s);
}

uint64_t kernel_cost(const anh_schedule *gas, const kernel_row *row, const kernel_shapes *s,
                     uint64_t high) {
    const anh_kernel_gas *c = &gas->kernel[row->gas_class];
    __uint128_t rate = (high > s->bytes ? high : s->bytes) > c->cache ? c->far : c->near;
    __uint128_t work = (__uint128_t)c->madds * s->madds + 64 * rate * s->bytes;
    return saturate(c->base + work / 65536);
}

uint64_t kernel_item_size(uint16_t dtype) {
    static const uint8_t size[] = {[KDTYPE_U64] = 8,  [KDTYPE_I64] = 8, [KDTYPE_I32] = 4,
                                   [KDTYPE_F32] = 4,  [KDTYPE_BOOL] = 1, [KDTYPE_I8] = 1};
    return size[dtype];
}

uint16_t kernel_of_register(uint8_t type) {
    static const uint8_t scalar[] = {[TYPE_U64] = KDTYPE_U64, [TYPE_I64] = KDTYPE_I64,
                                     [TYPE_I32] = KDTYPE_I32, [TYPE_F32] = KDTYPE_F32,
                                     [TYPE_BOOL] = KDTYPE_BOOL};
    static const uint8_t element[] = {[DTYPE_F32] = KDTYPE_F32, [DTYPE_I32] = KDTYPE_I32,
                                      [DTYPE_I8] = KDTYPE_I8, [DTYPE_BOOL] = KDTYPE_BOOL};
    return is_tensor(type) ? element[dtype_of(type)] : scalar[type];
}

int register_of_kernel(uint16_t dtype, uint32_t rank) {
    static const int8_t scalar[] = {[KDTYPE_U64] = TYPE_U64, [KDTYPE_I64] = TYPE_I64,
                                    [KDTYPE_I32] = TYPE_I32, [KDTYPE_F32] = TYPE_F32,
                                    [KDTYPE_BOOL] = TYPE_BOOL, [KDTYPE_I8] = 0, [KDTYPE_ANY] = 0};
    static const int8_t element[] = {[KDTYPE_U64] = -1, [KDTYPE_I64] = -1, [KDTYPE_I32] = DTYPE_I32,
                                     [KDTYPE_F32] = DTYPE_F32, [KDTYPE_BOOL] = DTYPE_BOOL,
                                     [KDTYPE_I8] = DTYPE_I8, [KDTYPE_ANY] = -1};
    if (!rank) return scalar[dtype];
    return element[dtype] < 0 || rank > MAX_RANK ? 0 : (int)(0x40u | (unsigned)element[dtype] << 3 | rank);
}
