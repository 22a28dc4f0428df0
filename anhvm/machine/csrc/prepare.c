/* Translates verified code into the form that the loop runs: handlers by address, registers by
   offset, one charge at the head of each block, sequences that have a form fused. */
#include "prepared.h"

#include <string.h>

#include "core.h"

static uint32_t target_of(const instr *i) { return i->b | (uint32_t)i->c << 16; }

static int is_branch(const instr *i) { return OP_ROWS[i->op].operand[1].role == ROLE_TARGET; }

static uint64_t static_cost(const program *p, const function *f, const instr *i) {
    uint64_t cost = p->gas.op[OP_ROWS[i->op].gas] + p->crowd;
    if (i->op == OP_CALL)
        cost += p->gas.frame_register * p->functions[f->sites[i->a].target].nregs;
    if (i->op == OP_CALL_EXT || i->op == OP_TRY_EXT) {
        const site *s = &f->sites[i->op == OP_CALL_EXT ? i->a : i->b];
        cost += p->gas.frame_register * ((uint64_t)s->nins + s->nouts);
    }
    if (i->op == OP_RET) cost += p->gas.frame_register * f->sites[i->a].nins;
    return cost; /* at most 2^46: every price is below 2^32, and so is the crowd */
}

static void mark_leaders(const function *f, uint8_t *leader) {
    leader[0] = 1;
    for (uint32_t pc = 0; pc < f->ncode; pc++) {
        if (is_branch(&f->code[pc])) leader[target_of(&f->code[pc])] = 1;
        if (OP_ROWS[f->code[pc].op].ends_block && pc + 1 < f->ncode) leader[pc + 1] = 1;
    }
}

/* A field of an instruction as the loop wants it. */
static uint16_t scaled(const instr *i, int slot) {
    const uint16_t fields[3] = {i->a, i->b, i->c};
    uint8_t role = OP_ROWS[i->op].operand[slot].role;
    int is_register = role == ROLE_W || role == ROLE_R || role == ROLE_M;
    return (uint16_t)(is_register ? fields[slot] * 8u : fields[slot]);
}

/* The registers of an instruction, then those of its site; too many where no form has them. */
static uint32_t registers_of(const function *f, const instr *i, uint16_t *found) {
    const uint16_t fields[3] = {i->a, i->b, i->c};
    uint32_t n = 0;
    for (int slot = 0; slot < 3; slot++) {
        uint8_t role = OP_ROWS[i->op].operand[slot].role;
        if (role == ROLE_W || role == ROLE_R || role == ROLE_M) found[n++] = fields[slot];
        if (role != ROLE_SITE) continue;
        const site *s = &f->sites[fields[slot]];
        if (n + s->nins > FUSION_OPERANDS) return FUSION_OPERANDS + 1;
        for (uint32_t j = 0; j < s->nins; j++) found[n++] = s->ins[j];
    }
    return n;
}

static int is_power(const program *p, const reg *g) {
    uint64_t bits = g->init == INIT_CONST ? p->consts[g->index].bits : 0;
    return bits && !(bits & (bits - 1));
}

/* Fields of a prepared instruction while a form is tried: the register of each, and what is known. */
typedef struct {
    uint16_t reg[6];
    uint8_t bound, computed, stale; /* masks */
} fields;

static int bind(const program *p, const function *f, fields *to, uint8_t operand, uint16_t reg) {
    uint32_t at = operand & 7, bit = 1u << at;
    if (to->bound & bit && to->reg[at] != reg) return 0;
    to->reg[at] = reg;
    to->bound |= (uint8_t)bit;
    if (operand & OPERAND_POWER && !is_power(p, &f->regs[reg])) return 0;
    /* what the form computed is taken from there: nothing may have overwritten the register since */
    return operand & OPERAND_WRITTEN || !(to->computed & to->stale & bit);
}

static void written(fields *to, uint32_t at) {
    for (uint32_t k = 0; k < 6; k++)
        if (to->bound >> k & 1 && to->reg[k] == to->reg[at]) to->stale |= (uint8_t)(1u << k);
    to->computed |= (uint8_t)(1u << at);
    to->stale &= (uint8_t) ~(1u << at);
}

static int matches(const program *p, const function *f, const instr *i, const fusion *form, fields *to) {
    *to = (fields){0};
    for (uint32_t k = 0; k < form->parts; k++) {
        uint16_t regs[FUSION_OPERANDS + 3];
        if (i[k].op != form->op[k] || registers_of(f, &i[k], regs) != form->operands[k]) return 0;
        const uint8_t *operand = form->operand[k];
        for (uint32_t j = form->operands[k]; j-- > 0;) /* what is read before what is written */
            if (!bind(p, f, to, operand[j], regs[j])) return 0;
        if (operand[0] & OPERAND_WRITTEN) written(to, operand[0] & 7);
    }
    return 1;
}

/* How many instructions from `i` on one handler does; `left` of them are in the block. */
static uint32_t fuse(const program *p, const function *f, const instr *i, uint32_t left, ins *out, int *op) {
    uint32_t first = FUSIONS_OF[i->op].first, end = first + FUSIONS_OF[i->op].count;
    for (uint32_t k = first; k < end; k++) {
        fields found;
        if (FUSIONS[k].parts > left || !matches(p, f, i, &FUSIONS[k], &found)) continue;
        *op = PREPARED_FUSED + (int)k;
        uint16_t *to[6] = {&out->a, &out->b, &out->c, &out->d, &out->e, &out->f};
        for (int slot = 0; slot < 6; slot++) *to[slot] = (uint16_t)(found.reg[slot] * 8u);
        return FUSIONS[k].parts;
    }
    return 0;
}

typedef struct {
    const uint8_t *leader;
    uint32_t *place;    /* of a leader: the index of its charge */
    uint32_t *branches; /* indices of prepared instructions that have a target */
    uint32_t nbranches;
} layout;

static const site *site_of(const function *f, const instr *i) {
    const op_row *row = &OP_ROWS[i->op];
    if (row->operand[0].role == ROLE_SITE) return &f->sites[i->a];
    return row->operand[1].role == ROLE_SITE ? &f->sites[i->b] : NULL;
}

static void translate(const program *p, const function *f, const void *const *labels, layout *l) {
    ins *out = f->prepared, *charge = NULL;
    for (uint32_t pc = 0, took = 1; pc < f->ncode; pc += took) {
        if (l->leader[pc]) {
            l->place[pc] = (uint32_t)(out - f->prepared);
            charge = out++;
            charge->handler = labels[PREPARED_CHARGE];
            charge->pc = pc;
        }
        if (p->mode & MODE_WATCH_STEPS) {
            out->handler = labels[PREPARED_STEP];
            out++->pc = pc;
        }
        const instr *i = &f->code[pc];
        uint32_t left = 1;
        while (left < FUSION_PARTS && pc + left < f->ncode && !l->leader[pc + left]) left++;
        int op = i->op;
        took = p->mode & MODE_UNFUSED ? 0 : fuse(p, f, i, left, out, &op);
        if (!took) {
            took = 1;
            out->a = scaled(i, 0);
            out->b = scaled(i, 1);
            out->c = scaled(i, 2);
        }
        out->handler = labels[op];
        out->pc = pc;
        if (site_of(f, i)) out->at = site_of(f, i);
        if (is_branch(&i[took - 1])) l->branches[l->nbranches++] = (uint32_t)(out - f->prepared);
        for (uint32_t k = 0; k < took; k++) charge->cost += static_cost(p, f, &i[k]);
        out++;
    }
}

/* The instruction that branches: the last of those that were fused. */
static const instr *branch_of(const function *f, const ins *i) {
    const instr *last = &f->code[i->pc];
    while (!is_branch(last)) last++;
    return last;
}

static int prepare_code(program *p, function *f, const void *const *labels) {
    uint8_t *leader = mem_zero(f->ncode);
    uint32_t *place = mem_zero(8ull * f->ncode);
    uint64_t size = p->mode & MODE_WATCH_STEPS ? 2ull * f->ncode : f->ncode;
    if (leader) mark_leaders(f, leader);
    for (uint32_t pc = 0; leader && pc < f->ncode; pc++) size += leader[pc];
    f->prepared = arena_get(&p->memory, size, sizeof *f->prepared);
    int stop = leader && place && f->prepared ? 0 : STOP_NO_MEMORY;
    if (!stop) {
        layout l = {leader, place, place + f->ncode, 0};
        translate(p, f, labels, &l);
        for (uint32_t j = 0; j < l.nbranches; j++) {
            ins *i = &f->prepared[l.branches[j]];
            i->target = f->prepared + place[target_of(branch_of(f, i))];
        }
    }
    mem_free(leader);
    mem_free(place);
    return stop;
}

static int prepare_frame(program *p, function *f) {
    f->fills = arena_get(&p->memory, f->nregs, sizeof *f->fills);
    f->handles = arena_get(&p->memory, f->nregs, sizeof *f->handles);
    if (!f->fills || !f->handles) return STOP_NO_MEMORY;
    for (uint32_t i = 0; i < f->nregs; i++) {
        const reg *g = &f->regs[i];
        int handle = is_handle(g->type);
        if (handle) f->handles[f->nhandles++] = i;
        if (g->init != INIT_ZERO)
            f->fills[f->nfills++] = (fill){i, g->index, g->init, (uint8_t)handle};
    }
    return 0;
}

static uint64_t crowd(const program *p) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < p->nfunctions; i++) count += p->functions[i].ncode;
    return by_steps(&p->gas.code, count);
}

int prepare(program *p) {
    p->crowd = crowd(p);
    const void *const *labels = loop_labels(p->mode);
    for (uint32_t i = 0; i < p->nconsts; i++) {
        constant *c = &p->consts[i];
        if (c->type == TYPE_I32) c->bits = (uint32_t)c->bits;
        if (!c->held) continue;
        c->bits = as_slot(c->held);
        c->held->wide = is_wide(&p->gas, c->type, c->bytes);
    }
    for (uint32_t i = 0; i < p->nfunctions; i++) {
        function *f = &p->functions[i];
        if (prepare_frame(p, f) || prepare_code(p, f, labels)) return STOP_NO_MEMORY;
        for (uint32_t s = 0; s < f->nsites; s++)
            if (f->sites[s].kind == SITE_KERNEL) p->kernel_used[f->sites[s].target] = 1;
    }
    return 0;
}
