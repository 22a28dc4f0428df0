/* Every instruction against its row of the opcode table. */
#include "verify.h"

static int in_class(uint8_t type, uint8_t wanted) {
    switch (wanted) {
    case CLASS_SCALAR:
    case CLASS_ELEMENT: return is_scalar(type);
    case CLASS_HANDLE: return is_handle(type);
    case CLASS_TENSOR: return is_tensor(type);
    case CLASS_ANY: return 1;
    }
    return type == wanted;
}

static const char *check(const function *f, const site_facts *facts, const instr *i) {
    const op_row *row = &OP_ROWS[i->op];
    const uint16_t fields[3] = {i->a, i->b, i->c};
    const site_facts *at = NULL;
    int stores = 0, axis = -1;
    for (int j = 0; j < 3; j++) {
        uint16_t n = fields[j];
        switch (row->operand[j].role) {
        case ROLE_TARGET:
            if ((i->b | (uint32_t)i->c << 16) >= f->ncode) return "the target is outside the code";
            break;
        case ROLE_SITE:
            if (n >= f->nsites || facts[n].kind != row->operand[j].type) return "no such site";
            at = &facts[n];
            break;
        case ROLE_IMM: axis = n; break;
        case ROLE_NONE: break;
        default:
            if (n >= f->nregs) return "no such register";
            stores |= row->operand[j].role == ROLE_R && row->operand[j].type == CLASS_ANY;
        }
    }
    /* a type variable is bound by the site, or by the first operand that has it */
    uint8_t bound = at ? at->type : 0;
    for (int j = 0; j < 3; j++) {
        uint8_t role = row->operand[j].role, wanted = row->operand[j].type;
        if (role != ROLE_W && role != ROLE_R && role != ROLE_M) continue;
        const reg *g = &f->regs[fields[j]];
        if (!in_class(g->type, wanted)) return "a register of another type";
        if (wanted >= CLASS_SCALAR) {
            if (!bound) bound = g->type;
            if (g->type != bound) return "a register of another type";
        }
        if (role != ROLE_R && g->init != INIT_ZERO) return "a register with an initialiser is written";
        if (role == ROLE_M && at && at->first != fields[j]) return "a register that is not the site's";
    }
    if (axis >= 0 && (uint32_t)axis >= rank_of(bound)) return "the tensor has no such axis";
    if (at && at->kind == SITE_CELL && !(stores ? at->writes : at->reads))
        return "the function does not declare this cell";
    return NULL;
}

const char *verify_code(const function *f, const site_facts *facts, uint32_t *pc) {
    *pc = 0;
    if (!f->ncode || !OP_ROWS[f->code[f->ncode - 1].op].ends_flow)
        return "the code runs past its end";
    for (; *pc < f->ncode; ++*pc) {
        const char *why = check(f, facts, &f->code[*pc]);
        if (why) return why;
    }
    return NULL;
}
