/* One pass over a decoded program: parts, frames, sites, code, views.  After it the loop needs no
   such checks. */
#include "verify.h"

#include <string.h>

/* Whether other contracts can call functions of this kind. */
static int is_open(uint8_t kind) { return kind == KIND_CALL || kind == KIND_VIEW; }

static int is_key(uint8_t t) { return (is_scalar(t) && t != TYPE_F32) || t == TYPE_BYTES; }

/* No subnormal, and no NaN but the canonical one. */
static int settled(const uint8_t *data, uint64_t bytes) {
    for (uint64_t i = 0; i + 4 <= bytes; i += 4) {
        uint32_t bits;
        memcpy(&bits, data + i, 4);
        uint32_t size = bits & 0x7fffffffu;
        if (size && size < 0x00800000u) return 0;
        if (size > 0x7f800000u && bits != 0x7fc00000u) return 0;
    }
    return 1;
}

static int holdable(const constant *c) {
    if (is_tensor(c->type)) {
        int dtype = dtype_of(c->type);
        if (dtype == DTYPE_F32) return settled(c->data, c->bytes);
        if (dtype != DTYPE_BOOL) return 1;
        for (uint64_t i = 0; i < c->bytes; i++)
            if (c->data[i] > 1) return 0;
        return 1;
    }
    int64_t n = (int64_t)c->bits;
    uint32_t low = (uint32_t)c->bits;
    switch (c->type) {
    case TYPE_BOOL: return c->bits <= 1;
    case TYPE_I32: return n >= INT32_MIN && n <= INT32_MAX;
    case TYPE_F32: return c->bits >> 32 == 0 && settled((const uint8_t *)&low, 4);
    }
    return 1;
}

static const char *field_fault(const program *p, const field *f) {
    if (f->nkeys > MAX_KEYS) return "too many keys of a field";
    for (uint32_t i = 0; i < f->nkeys; i++)
        if (!is_key(f->keys[i])) return "a key of a field has a type that no key has";
    if (!dims_within_limit(f->dims, rank_of(f->type))) return "a field has too many elements";
    if (f->initial == -1) return NULL;
    if (f->initial < 0 || (uint32_t)f->initial >= p->nconsts)
        return "a field starts with an unknown constant";
    const constant *c = &p->consts[f->initial];
    if (c->type != f->type || memcmp(c->dims, f->dims, sizeof f->dims))
        return "a field starts with a constant of another type";
    return NULL;
}

const char *verify_parts(const program *p) {
    static const char *const name = "a name is too long", *const many = "a list is too long";
    if (p->name_size > MAX_NAME) return name;
    for (uint32_t i = 0; i < p->nfiles; i++)
        if (p->file_sizes[i] > MAX_NAME) return name;
    if (p->nconsts > MAX_ITEMS || p->nfields > MAX_ITEMS || p->nevents > MAX_ITEMS ||
        p->nexterns > MAX_ITEMS || p->nfiles > MAX_ITEMS || p->nfunctions > MAX_ITEMS)
        return many;
    for (uint32_t i = 0; i < p->nconsts; i++)
        if (!holdable(&p->consts[i])) return "a constant is no value of its type";
    for (uint32_t i = 0; i < p->nfields; i++) {
        if (p->fields[i].name_size > MAX_NAME) return name;
        const char *why = field_fault(p, &p->fields[i]);
        if (why) return why;
    }
    for (uint32_t i = 0; i < p->nevents; i++) {
        if (p->events[i].name_size > MAX_NAME) return name;
        if (p->events[i].ntypes > MAX_ITEMS) return many;
    }
    for (uint32_t i = 0; i < p->nexterns; i++) {
        const signature *s = &p->externs[i];
        if (s->name_size > MAX_NAME) return name;
        if (s->nparams > MAX_ITEMS || s->nreturns > MAX_ITEMS) return many;
        if (!is_open(s->kind)) return "an extern that is neither call nor view";
    }
    return NULL;
}

/* Whether a register of type `type` can have this initialiser. */
static int starts(const program *p, const function *f, uint8_t type, uint8_t init, uint16_t index) {
    switch (init) {
    case INIT_CONST: return index < p->nconsts && p->consts[index].type == type;
    case INIT_ARG: return index < f->nparams && f->params[index] == type;
    case INIT_SENDER:
    case INIT_SELF: return type == TYPE_BYTES;
    case INIT_VALUE:
    case INIT_HEIGHT:
    case INIT_TIME: return type == TYPE_U64;
    }
    return 1;
}

static const char *effect_fault(const program *p, const function *f, const effect *e) {
    if (e->field >= p->nfields) return "an effect on an unknown field";
    const field *on = &p->fields[e->field];
    if (e->nkeys != on->nkeys) return "an effect with another number of keys than its field";
    for (uint32_t i = 0; i < e->nkeys; i++)
        if (!starts(p, f, on->keys[i], e->keys[i].init, e->keys[i].index))
            return "a key of an effect that the field cannot have";
    if (f->kind == KIND_VIEW && e->mode == MODE_WRITE) return "a view that may write";
    return NULL;
}

const char *verify_frame(const program *p, const function *f) {
    if (f->name_size > MAX_NAME) return "a name is too long";
    if (f->nparams > MAX_ITEMS || f->nreturns > MAX_ITEMS || f->nsites > MAX_ITEMS)
        return "a list is too long";
    if (!is_open(f->kind) && (f->reentrant || f->stipend)) return "no other contract can call it";
    if (f->nregs > MAX_REGISTERS) return "too many registers";
    if (f->ncode > MAX_CODE) return "too many instructions";
    for (uint32_t i = 0; i < f->nregs; i++)
        if (!starts(p, f, f->regs[i].type, f->regs[i].init, f->regs[i].index))
            return "a register cannot start as declared";
    if (f->neffects > MAX_EFFECTS) return "too many effects";
    for (uint32_t i = 0; i < f->neffects; i++) {
        const char *why = effect_fault(p, f, &f->effects[i]);
        if (why) return why;
    }
    for (uint32_t i = 0; i < f->nlines; i++) {
        const source_line *l = &f->lines[i];
        if (l->pc >= f->ncode || (i && l->pc <= f->lines[i - 1].pc))
            return "lines out of order or beyond the code";
        if (l->file >= p->nfiles || l->line < 1 || l->column < 1) return "a line of no file";
    }
    return NULL;
}

/* At most one INIT, and nothing that a view reaches emits. */
static int verify_views(program *p, refusal *r) {
    uint32_t inits = 0, waiting = 0;
    for (uint32_t i = 0; i < p->nfunctions; i++) inits += p->functions[i].kind == KIND_INIT;
    if (inits > 1) {
        r->why = "more than one function is init";
        return 1;
    }
    uint32_t *queue = arena_get(&p->memory, p->nfunctions, sizeof *queue);
    if (!queue) return 2;
    for (uint32_t i = 0; i < p->nfunctions; i++)
        if ((p->functions[i].mark = p->functions[i].kind == KIND_VIEW)) queue[waiting++] = i;
    while (waiting) {
        const function *f = &p->functions[queue[--waiting]];
        if (f->emits) {
            r->why = "it emits, and a view reaches it";
            r->function = (uint32_t)(f - p->functions);
            return 1;
        }
        for (uint32_t i = 0; i < f->nsites; i++) {
            if (f->sites[i].kind == SITE_EXTERN &&
                p->externs[f->sites[i].target].kind != KIND_VIEW) {
                r->why = "a view reaches it, and it calls no view";
                r->function = (uint32_t)(f - p->functions);
                return 1;
            }
            if (f->sites[i].kind != SITE_CALL) continue;
            uint32_t target = f->sites[i].target;
            if (p->functions[target].mark) continue;
            p->functions[target].mark = 1;
            queue[waiting++] = target;
        }
    }
    return 0;
}

static int name_order(const signature *a, const signature *b) {
    uint32_t least = a->name_size < b->name_size ? a->name_size : b->name_size;
    int order = least ? memcmp(a->name, b->name, least) : 0;
    return order ? order : (a->name_size > b->name_size) - (a->name_size < b->name_size);
}

static void sift(program *p, uint32_t at, uint32_t end) {
    uint32_t *heap = p->by_name, child;
    for (; (child = 2 * at + 1) < end; at = child) {
        if (child + 1 < end &&
            name_order(&p->functions[heap[child]].sig, &p->functions[heap[child + 1]].sig) < 0)
            child++;
        if (name_order(&p->functions[heap[at]].sig, &p->functions[heap[child]].sig) >= 0) return;
        uint32_t above = heap[at];
        heap[at] = heap[child];
        heap[child] = above;
    }
}

/* Sorts the functions that other contracts can call, in place and never in quadratic time; no two
   have one name. */
static int verify_names(program *p, refusal *r) {
    p->by_name = arena_get(&p->memory, p->nfunctions, sizeof *p->by_name);
    if (!p->by_name) return 2;
    for (uint32_t i = 0; i < p->nfunctions; i++)
        if (is_open(p->functions[i].kind)) p->by_name[p->nby_name++] = i;
    uint32_t n = p->nby_name;
    for (uint32_t i = n / 2; i--;) sift(p, i, n);
    for (uint32_t end = n; end-- > 1;) {
        uint32_t last = p->by_name[0];
        p->by_name[0] = p->by_name[end];
        p->by_name[end] = last;
        sift(p, 0, end);
    }
    for (uint32_t i = 1; i < n; i++) {
        if (name_order(&p->functions[p->by_name[i - 1]].sig, &p->functions[p->by_name[i]].sig)) continue;
        r->why = "another function has this name";
        r->function = p->by_name[i];
        return 1;
    }
    return 0;
}

const function *function_named(const program *p, const signature *s) {
    uint32_t low = 0, high = p->nby_name;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const function *f = &p->functions[p->by_name[middle]];
        int order = name_order(s, &f->sig);
        if (!order) return f;
        if (order < 0) high = middle;
        if (order > 0) low = middle + 1;
    }
    return NULL;
}

int verify(program *p, refusal *r) {
    r->why = verify_parts(p);
    for (uint32_t i = 0; i < p->nfunctions && !r->why; i++) {
        r->function = i;
        r->why = verify_frame(p, &p->functions[i]);
    }
    for (uint32_t i = 0; i < p->nfunctions && !r->why; i++) {
        function *f = &p->functions[i];
        r->function = i;
        site_facts *facts = mem_zero(f->nsites * sizeof *facts);
        if (!facts) return 2;
        r->why = verify_sites(p, f, facts);
        if (!r->why) r->why = verify_code(f, facts, &r->pc);
        mem_free(facts);
        for (uint32_t pc = 0; pc < f->ncode && !r->why; pc++) f->emits |= f->code[pc].op == OP_EMIT;
    }
    int status = r->why ? 1 : verify_views(p, r);
    return status ? status : verify_names(p, r);
}
