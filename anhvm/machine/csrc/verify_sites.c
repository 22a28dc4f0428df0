/* Call sites, each checked once, and whether declared effects contain what a site touches. */
#include "verify.h"

static uint8_t type_of(const function *f, uint16_t r) { return f->regs[r].type; }

static int same_types(const function *f, const uint16_t *regs, uint32_t n, const uint8_t *types,
                      uint32_t ntypes) {
    if (n != ntypes) return 0;
    for (uint32_t i = 0; i < n; i++)
        if (type_of(f, regs[i]) != types[i]) return 0;
    return 1;
}

/* Whether some declared effect has the same mode and field, and each key the same or any. */
static int covers(const function *f, uint8_t mode, uint32_t on, const key *keys, uint32_t n) {
    for (uint32_t i = 0; i < f->neffects; i++) {
        const effect *e = &f->effects[i];
        if (e->mode != mode || e->field != on || e->nkeys != n) continue;
        uint32_t j = 0;
        while (j < n && (e->keys[j].init == INIT_ZERO || (e->keys[j].init == keys[j].init &&
                                                          e->keys[j].index == keys[j].index)))
            j++;
        if (j == n) return 1;
    }
    return 0;
}

/* Whether an effect names exactly these keys, all of them known from bytes. */
static int declares(const function *f, uint8_t mode, uint32_t on, const key *keys, uint32_t n) {
    for (uint32_t i = 0; i < f->neffects; i++) {
        const effect *e = &f->effects[i];
        if (e->mode != mode || e->field != on || e->nkeys != n) continue;
        uint32_t j = 0;
        while (j < n && keys[j].init != INIT_ZERO && e->keys[j].init == keys[j].init &&
               e->keys[j].index == keys[j].index)
            j++;
        if (j == n) return 1;
    }
    return 0;
}

static key origin(const function *f, uint16_t r) { return (key){f->regs[r].init, f->regs[r].index}; }

static const char *call(const program *p, const function *f, const site *s) {
    if (s->target >= p->nfunctions) return "a call of an unknown function";
    const function *callee = &p->functions[s->target];
    if (!same_types(f, s->ins, s->nins, callee->params, callee->nparams))
        return "arguments of other types than the callee's parameters";
    if (!same_types(f, s->outs, s->nouts, callee->returns, callee->nreturns))
        return "results of other types than the callee's";
    for (uint32_t i = 0; i < callee->neffects; i++) {
        const effect *e = &callee->effects[i];
        key seen[MAX_KEYS];
        for (uint32_t j = 0; j < e->nkeys; j++)
            seen[j] = e->keys[j].init == INIT_ARG ? origin(f, s->ins[e->keys[j].index]) : e->keys[j];
        if (!covers(f, e->mode, e->field, seen, e->nkeys))
            return "the callee touches cells that the caller does not list";
    }
    return NULL;
}

/* Arguments, then the address and the gas to give. */
static const char *external(const program *p, const function *f, const site *s) {
    if (s->target >= p->nexterns) return "a call of an unknown extern";
    const signature *e = &p->externs[s->target];
    static const uint8_t last[] = {TYPE_BYTES, TYPE_U64};
    if (s->nins < 2 || !same_types(f, s->ins, s->nins - 2, e->params, e->nparams) ||
        !same_types(f, s->ins + s->nins - 2, 2, last, 2))
        return "arguments of other types than the extern's parameters";
    if (!same_types(f, s->outs, s->nouts, e->returns, e->nreturns))
        return "results of other types than the extern's";
    return NULL;
}

/* What KDTYPE_ANY stands for: the dtype of the first operand that says so. */
static uint16_t bind_any(const function *f, const site *s, const kernel_row *row) {
    for (int i = 0; i < row->inputs; i++) {
        uint8_t type = type_of(f, s->ins[i]);
        if (row->operand[i].dtype != KDTYPE_ANY) continue;
        return type == TYPE_BYTES || type == TYPE_U64 || type == TYPE_I64 ? KDTYPE_ANY
                                                                          : kernel_of_register(type);
    }
    return KDTYPE_ANY;
}

static uint16_t concrete(const kernel_operand *o, uint16_t any) {
    return o->dtype == KDTYPE_ANY ? any : o->dtype;
}

/* Ranks of the rest variables from the inputs: -1 where unknown. */
static const char *bind_ranks(const function *f, const site *s, const kernel_row *row, int *rests,
                              uint16_t any) {
    for (int i = 0; i < row->inputs; i++) {
        const kernel_operand *o = &row->operand[i];
        uint8_t type = type_of(f, s->ins[i]);
        int rank = (int)rank_of(type), rest = rank - o->tail;
        if (type == TYPE_BYTES || register_of_kernel(concrete(o, any), (uint32_t)rank) != type)
            return "an operand of another type than the kernel takes";
        if (o->rest == DIMS_NONE && rest != 0) return "an operand of another rank";
        if (o->rest != DIMS_WHOLE) continue;
        int v = __builtin_ctz(o->rests);
        if (rests[v] < 0) rests[v] = rest;
        if (rest < 0 || rest != rests[v]) return "an operand of another rank";
    }
    return NULL;
}

static int rank_wanted(const kernel_operand *o, const int *rests, const site *s, uint32_t counts) {
    int front = 0;
    if (o->rest == DIMS_COUNTED) return (int)counts + o->tail;
    for (int v = 0; v < 8; v++)
        if (o->rests >> v & 1 && rests[v] > front) front = rests[v];
    if (o->rest == DIMS_REDUCED) {
        uint32_t gone = s->attrs[0] & ~(s->nattrs > 1 ? s->attrs[1] : 0);
        front -= __builtin_popcount(gone);
    }
    return front + o->tail;
}

/* Axes and those that stay; or stride, padding, and groups or the size of windows. */
static const char *attributes(const site *s, const kernel_row *row, const int *rests) {
    if (s->nattrs != row->attrs) return "another number of attributes";
    if (row->flags & KERNEL_WINDOWED) {
        for (int i = 0; i < 3; i++)
            if (s->attrs[i] > UINT16_MAX || (i != 1 && !s->attrs[i])) return "an attribute out of range";
        if (row->flags & KERNEL_SIZED && 2 * s->attrs[1] >= s->attrs[2])
            return "a padding of half a window";
        return NULL;
    }
    if (row->flags & KERNEL_SOME)
        return s->attrs[0] && s->attrs[0] <= UINT16_MAX ? NULL : "an attribute out of range";
    if (row->flags & (KERNEL_AXIS | KERNEL_ORDER))
        return region_attributes(row, s->attrs, (uint32_t)rests[0]);
    if (s->nattrs && (s->attrs[0] >> rests[0]) != 0) return "axes that do not exist";
    if (s->nattrs > 1 && (s->attrs[1] | s->attrs[0]) != s->attrs[0])
        return "an axis is kept that is not reduced";
    return NULL;
}

static const char *kernel(const function *f, const site *s) {
    if (s->target >= KERNEL_LIMIT || !KERNEL_ROWS[s->target].outputs) return "no such kernel";
    const kernel_row *row = &KERNEL_ROWS[s->target];
    if (s->nins < row->inputs) return "too few operands";
    uint32_t counts = s->nins - row->inputs;
    if (counts && !row->counts) return "too many operands";
    for (uint32_t i = row->inputs; i < s->nins; i++)
        if (type_of(f, s->ins[i]) != TYPE_U64) return "a dimension that is no u64";
    int rests[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
    uint16_t any = bind_any(f, s, row);
    const char *why = bind_ranks(f, s, row, rests, any);
    if (why) return why;
    why = attributes(s, row, rests);
    if (!why) why = region_counts(row, rests, counts);
    if (why) return why;
    for (int i = 0; i < row->inputs; i++)
        if (rank_wanted(&row->operand[i], rests, s, counts) != (int)rank_of(type_of(f, s->ins[i])))
            return "an operand of another rank";
    if (s->nouts != row->outputs) return "another number of results";
    for (int i = 0; i < row->outputs; i++) {
        const kernel_operand *o = &row->operand[row->inputs + i];
        int rank = rank_wanted(o, rests, s, counts);
        if (rank > MAX_RANK) return "a result of too high a rank";
        if (register_of_kernel(concrete(o, any), (uint32_t)rank) != type_of(f, s->outs[i]))
            return "results of other types than the kernel's";
    }
    return NULL;
}

static const char *cell_site(const program *p, const function *f, site *s, site_facts *facts) {
    if (s->target >= p->nfields) return "a cell of an unknown field";
    const field *on = &p->fields[s->target];
    if (!same_types(f, s->ins, s->nins, on->keys, on->nkeys)) return "keys of other types";
    key keys[MAX_KEYS];
    for (uint32_t i = 0; i < s->nins; i++) keys[i] = origin(f, s->ins[i]);
    s->word = s->nins == 1 && (on->keys[0] == TYPE_U64 || on->keys[0] == TYPE_I64);
    s->open_called = s->nins > 0;
    s->open_started = s->nins > 0 && !declares(f, MODE_WRITE, s->target, keys, s->nins);
    facts->type = on->type;
    facts->reads = (uint8_t)covers(f, MODE_READ, s->target, keys, s->nins);
    facts->writes = (uint8_t)covers(f, MODE_WRITE, s->target, keys, s->nins);
    return NULL;
}

/* A tensor, one u64 an axis, and for an update the element. */
static const char *element(const function *f, const site *s, site_facts *facts) {
    if (!s->nins || !is_tensor(type_of(f, s->ins[0]))) return "an element of what is no tensor";
    uint8_t type = type_of(f, s->ins[0]);
    int update = s->kind == SITE_UPDATE;
    uint32_t rank = rank_of(type);
    if (s->nins != 1 + rank + (uint32_t)update) return "another number of indices than axes";
    for (uint32_t i = 1; i <= rank; i++)
        if (type_of(f, s->ins[i]) != TYPE_U64) return "an index that is no u64";
    if (update && type_of(f, s->ins[rank + 1]) != element_of(type))
        return "an element of another type";
    facts->type = update ? type : element_of(type);
    facts->first = s->ins[0];
    return NULL;
}

static const char *check(const program *p, const function *f, site *s, site_facts *facts) {
    static const uint8_t slice[] = {TYPE_BYTES, TYPE_U64, TYPE_U64};
    switch (s->kind) {
    case SITE_CALL: return call(p, f, s);
    case SITE_EXTERN: return external(p, f, s);
    case SITE_KERNEL: return kernel(f, s);
    case SITE_CELL: return cell_site(p, f, s, facts);
    case SITE_ELEMENT:
    case SITE_UPDATE: return element(f, s, facts);
    case SITE_RET:
        return same_types(f, s->ins, s->nins, f->returns, f->nreturns) ? NULL
                                                                       : "results of other types";
    case SITE_EVENT:
        if (s->target >= p->nevents) return "an unknown event";
        const event_row *e = &p->events[s->target];
        return same_types(f, s->ins, s->nins, e->types, e->ntypes) ? NULL : "values of other types";
    case SITE_SLICE:
        return same_types(f, s->ins, s->nins, slice, 3) ? NULL : "a slice takes bytes, u64, u64";
    }
    return "no such kind of site";
}

const char *verify_sites(const program *p, const function *f, site_facts *facts) {
    for (uint32_t i = 0; i < f->nsites; i++) {
        site *s = &f->sites[i];
        for (uint32_t j = 0; j < s->nins; j++)
            if (s->ins[j] >= f->nregs) return "a site names a register that does not exist";
        for (uint32_t j = 0; j < s->nouts; j++) {
            if (s->outs[j] >= f->nregs) return "a site names a register that does not exist";
            if (f->regs[s->outs[j]].init != INIT_ZERO)
                return "a site writes a register that has an initialiser";
        }
        facts[i].kind = s->kind;
        const char *why = check(p, f, s, &facts[i]);
        if (why) return why;
    }
    return NULL;
}
