/* The container, record by record as program/encode.py states it.  The digest was compared before.
   What is made lives in the arena of the program; constants keep copies of their data. */
#include "reader.h"

static int continues(uint8_t byte) { return (byte & 0xc0) == 0x80; }

/* Strict UTF-8: shortest forms, no surrogates, nothing above U+10FFFF. */
static int is_utf8(const uint8_t *s, uint64_t n) {
    for (uint64_t i = 0; i < n;) {
        uint8_t c = s[i];
        uint64_t left = n - i;
        if (c < 0x80) {
            i += 1;
        } else if (c >= 0xc2 && c <= 0xdf) {
            if (left < 2 || !continues(s[i + 1])) return 0;
            i += 2;
        } else if (c >= 0xe0 && c <= 0xef) {
            if (left < 3 || !continues(s[i + 1]) || !continues(s[i + 2])) return 0;
            if ((c == 0xe0 && s[i + 1] < 0xa0) || (c == 0xed && s[i + 1] > 0x9f)) return 0;
            i += 3;
        } else if (c >= 0xf0 && c <= 0xf4) {
            if (left < 4 || !continues(s[i + 1]) || !continues(s[i + 2]) || !continues(s[i + 3]))
                return 0;
            if ((c == 0xf0 && s[i + 1] < 0x90) || (c == 0xf4 && s[i + 1] > 0x8f)) return 0;
            i += 4;
        } else {
            return 0;
        }
    }
    return 1;
}

static const uint8_t *text_at(reader *r, uint32_t *size) {
    *size = number(r, 4);
    const uint8_t *s = take(r, *size);
    if (s && !is_utf8(s, *size)) refuse(r, "text that is not UTF-8");
    return s;
}

/* The size of a text of which the core needs no more. */
static uint32_t text(reader *r) {
    uint32_t size;
    text_at(r, &size);
    return size;
}

static uint32_t types(reader *r, uint8_t **out) {
    uint32_t n = list(r, 1, 1, out);
    for (uint32_t i = 0; i < n; i++) (*out)[i] = code_of_type(r);
    return n;
}

static uint32_t shorts(reader *r, uint16_t **out) {
    uint32_t n = list(r, 2, sizeof **out, out);
    for (uint32_t i = 0; i < n; i++) (*out)[i] = (uint16_t)number(r, 2);
    return n;
}

/* Whether the product of the dims, zeros counted as 1, is within the size limit. */
int dims_within_limit(const uint32_t *dims, uint32_t rank) {
    uint64_t n = 1;
    for (uint32_t i = 0; i < rank; i++)
        if (dims[i] && (n *= dims[i]) > MAX_ELEMENTS) return 0;
    return 1;
}

static void read_const(reader *r, constant *c) {
    c->type = code_of_type(r);
    if (bad(r)) return;
    uint64_t bytes = 8;
    if (c->type == TYPE_BYTES) bytes = number(r, 4);
    if (is_tensor(c->type)) {
        bytes = item_size(c->type);
        for (uint32_t i = 0; i < rank_of(c->type); i++) c->dims[i] = number(r, 4);
        if (!bad(r) && !dims_within_limit(c->dims, rank_of(c->type)))
            refuse(r, "a constant with too many elements");
        for (uint32_t i = 0; i < rank_of(c->type) && !bad(r); i++) bytes *= c->dims[i];
    }
    const uint8_t *data = take(r, bytes);
    if (!data) return;
    c->bytes = is_scalar(c->type) ? 0 : bytes;
    for (int i = 0; i < 8 && is_scalar(c->type); i++) c->bits |= (uint64_t)data[i] << 8 * i;
    if (is_scalar(c->type)) return;
    value *v = arena_get(r->memory, 1, sizeof(value) + bytes + 64);
    if (!v) {
        r->no_memory = 1;
        return;
    }
    v->fixed = 1;
    v->type = c->type;
    v->bytes = bytes;
    v->data = (uint8_t *)(((uintptr_t)(v + 1) + 63) & ~(uintptr_t)63);
    memcpy(v->dims, c->dims, sizeof v->dims);
    memcpy(v->data, data, bytes);
    c->data = v->data;
    c->held = v;
}

static void read_field(reader *r, field *f) {
    f->name_size = text(r);
    f->type = code_of_type(r);
    f->nkeys = types(r, &f->keys);
    for (uint32_t i = 0; i < rank_of(f->type) && !bad(r); i++) f->dims[i] = number(r, 4);
    f->initial = (int32_t)number(r, 4);
}

static void read_origin(reader *r, uint8_t *init, uint16_t *index) {
    *init = one_of(r, INIT_ZERO, INIT_TIME, "no such initialiser");
    *index = (uint16_t)number(r, 2);
    if (*index && *init != INIT_CONST && *init != INIT_ARG)
        refuse(r, "an index where an initialiser has none");
}

static void read_instr(reader *r, instr *i) {
    i->op = (uint16_t)number(r, 2);
    i->a = (uint16_t)number(r, 2);
    i->b = (uint16_t)number(r, 2);
    i->c = (uint16_t)number(r, 2);
    if (bad(r)) return;
    if (i->op > 255 || !OP_ROWS[i->op].known) {
        refuse(r, "no such opcode");
        return;
    }
    const op_row *row = &OP_ROWS[i->op];
    uint16_t fields[3] = {i->a, i->b, i->c};
    for (int j = 0; j < 3; j++) {
        int used = row->operand[j].role != ROLE_NONE || (j == 2 && row->operand[1].role == ROLE_TARGET);
        if (!used && fields[j]) refuse(r, "an unused field of an instruction is not 0");
    }
}

static void read_site(reader *r, site *s) {
    s->kind = one_of(r, SITE_CALL, SITE_EXTERN, "no such kind of site");
    s->target = number(r, 4);
    s->nins = shorts(r, &s->ins);
    s->nouts = shorts(r, &s->outs);
    s->nattrs = list(r, 4, sizeof *s->attrs, &s->attrs);
    for (uint32_t i = 0; i < s->nattrs; i++) s->attrs[i] = number(r, 4);
    int calls = s->kind == SITE_CALL || s->kind == SITE_KERNEL || s->kind == SITE_EXTERN;
    int targets = calls || s->kind == SITE_CELL || s->kind == SITE_EVENT;
    if ((s->target && !targets) || (s->nouts && !calls) || (s->nattrs && s->kind != SITE_KERNEL))
        refuse(r, "a part of a site that its kind does not have");
}

static void read_effect(reader *r, effect *e) {
    e->mode = one_of(r, MODE_READ, MODE_WRITE, "no such mode");
    e->field = (uint16_t)number(r, 2);
    e->nkeys = list(r, 3, sizeof *e->keys, &e->keys);
    for (uint32_t i = 0; i < e->nkeys; i++) read_origin(r, &e->keys[i].init, &e->keys[i].index);
}

static void read_line(reader *r, source_line *l) {
    l->pc = number(r, 4);
    l->file = (uint16_t)number(r, 2);
    l->line = number(r, 4);
    l->column = number(r, 4);
}

static void read_register(reader *r, reg *g) {
    g->type = code_of_type(r);
    read_origin(r, &g->init, &g->index);
}

/* A name that fits is kept: other programs call by it. */
static void read_signature(reader *r, signature *s) {
    const uint8_t *name = text_at(r, &s->name_size);
    s->kind = one_of(r, KIND_INTERNAL, KIND_INIT, "no such kind of function");
    s->nparams = types(r, &s->params);
    s->nreturns = types(r, &s->returns);
    if (bad(r) || !s->name_size || s->name_size > MAX_NAME) return;
    uint8_t *copy = arena_get(r->memory, s->name_size, 1);
    if (copy) memcpy(copy, name, s->name_size);
    if (!copy) r->no_memory = 1;
    s->name = copy;
}

static uint64_t long_number(reader *r) {
    uint64_t low = number(r, 4);
    return low | (uint64_t)number(r, 4) << 32;
}

static void read_function(reader *r, function *f) {
    read_signature(r, &f->sig);
    f->reentrant = one_of(r, 0, 1, "neither 0 nor 1");
    f->stipend = long_number(r);
    f->nregs = list(r, 4, sizeof *f->regs, &f->regs);
    for (uint32_t i = 0; i < f->nregs; i++) read_register(r, &f->regs[i]);
    f->ncode = list(r, 8, sizeof *f->code, &f->code);
    for (uint32_t i = 0; i < f->ncode; i++) read_instr(r, &f->code[i]);
    f->nsites = list(r, 17, sizeof *f->sites, &f->sites);
    for (uint32_t i = 0; i < f->nsites; i++) read_site(r, &f->sites[i]);
    f->neffects = list(r, 7, sizeof *f->effects, &f->effects);
    for (uint32_t i = 0; i < f->neffects; i++) read_effect(r, &f->effects[i]);
    f->nlines = list(r, 14, sizeof *f->lines, &f->lines);
    for (uint32_t i = 0; i < f->nlines; i++) read_line(r, &f->lines[i]);
}

int decode(program *p, const uint8_t *data, uint64_t size, refusal *why) {
    reader r = {.data = data, .end = size, .memory = &p->memory};
    const uint8_t *magic = take(&r, 4);
    if (magic && memcmp(magic, "ANHP", 4)) refuse(&r, "another magic");
    if (number(&r, 2) != PROGRAM_VERSION) refuse(&r, "another version");
    p->name_size = text(&r);
    p->nconsts = list(&r, 5, sizeof *p->consts, &p->consts);
    for (uint32_t i = 0; i < p->nconsts; i++) read_const(&r, &p->consts[i]);
    p->nfields = list(&r, 13, sizeof *p->fields, &p->fields);
    for (uint32_t i = 0; i < p->nfields; i++) read_field(&r, &p->fields[i]);
    p->nevents = list(&r, 8, sizeof *p->events, &p->events);
    for (uint32_t i = 0; i < p->nevents; i++) {
        p->events[i].name_size = text(&r);
        p->events[i].ntypes = types(&r, &p->events[i].types);
    }
    p->nexterns = list(&r, 21, sizeof *p->externs, &p->externs);
    for (uint32_t i = 0; i < p->nexterns; i++) {
        read_signature(&r, &p->externs[i]);
        p->externs[i].stipend = long_number(&r);
    }
    p->nfunctions = list(&r, 42, sizeof *p->functions, &p->functions);
    for (uint32_t i = 0; i < p->nfunctions; i++) read_function(&r, &p->functions[i]);
    p->nfiles = list(&r, 4, sizeof *p->file_sizes, &p->file_sizes);
    for (uint32_t i = 0; i < p->nfiles; i++) p->file_sizes[i] = text(&r);
    take(&r, number(&r, 4)); /* the abi: what it says is not the machine's business */
    if (!bad(&r) && r.at != r.end) refuse(&r, "bytes after the last section");
    why->why = r.why;
    why->at = r.at;
    return r.no_memory ? 2 : r.why ? 1 : 0;
}
