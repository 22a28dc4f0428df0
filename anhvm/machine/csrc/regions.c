/* What cuts, pads, repeats, joins and turns tensors: the rule of kernels/regions.py. */
#include "core.h"

enum { ORDER_BITS = 3, ORDER_DIGIT = 7 };

static int grow_by(uint64_t *dim, uint64_t more) {
    return __builtin_add_overflow(*dim, more, dim) ? TRAP_SIZE : 0;
}

/* `out` begins as `first`. */
static int cut(const uint64_t *bounds, shape *out) {
    for (uint32_t i = 0; i < out->rank; i++)
        if (bounds[2 * i] > bounds[2 * i + 1] || bounds[2 * i + 1] > out->dims[i]) return TRAP_BOUNDS;
    for (uint32_t i = 0; i < out->rank; i++) out->dims[i] = bounds[2 * i + 1] - bounds[2 * i];
    return 0;
}

static int padded(const uint64_t *amounts, shape *out) {
    int trap = 0;
    for (uint32_t i = 0; i < 2 * out->rank && !trap; i++) trap = grow_by(&out->dims[i / 2], amounts[i]);
    return trap;
}

static int joined(uint32_t axis, const shape *second, shape *out) {
    for (uint32_t i = 0; i < out->rank; i++)
        if (i != axis && out->dims[i] != second->dims[i]) return TRAP_SHAPE;
    return grow_by(&out->dims[axis], second->dims[axis]);
}

int region(const kernel_operand *o, const shape *first, const shape *second,
           const kernel_shapes *s, shape *out) {
    *out = *first;
    switch (o->rest) {
    case DIMS_CUT: return cut(s->counts, out);
    case DIMS_PADDED: return padded(s->counts, out);
    case DIMS_JOINED: return joined(s->attrs[0], second, out);
    case DIMS_REPEATED:
        return __builtin_mul_overflow(out->dims[s->attrs[0]], s->counts[0], &out->dims[s->attrs[0]])
                   ? TRAP_SIZE
                   : 0;
    }
    for (uint32_t i = 0; i < out->rank; i++)
        out->dims[i] = first->dims[s->attrs[0] >> ORDER_BITS * i & ORDER_DIGIT];
    return 0;
}

const char *region_attributes(const kernel_row *row, const uint32_t *attrs, uint32_t rank) {
    if (row->flags & KERNEL_AXIS) return attrs[0] < rank ? NULL : "an axis that does not exist";
    uint32_t seen = 0;
    for (uint32_t i = 0; i < rank; i++) seen |= 1u << (attrs[0] >> ORDER_BITS * i & ORDER_DIGIT);
    int all = seen == (1u << rank) - 1 && attrs[0] >> ORDER_BITS * rank == 0;
    return all ? NULL : "an order that is no permutation of the axes";
}

const char *region_counts(const kernel_row *row, const int *rests, uint32_t counts) {
    for (int i = 0; i < row->inputs + row->outputs; i++) {
        const kernel_operand *o = &row->operand[i];
        int pairs = o->rest == DIMS_CUT || o->rest == DIMS_PADDED;
        if (pairs && counts != 2 * (uint32_t)rests[0]) return "another number of trailing scalars";
        if (o->rest == DIMS_REPEATED && counts != 1) return "another number of trailing scalars";
        if (o->rest == DIMS_JOINED && rests[0] != rests[1]) return "an operand of another rank";
    }
    return NULL;
}
