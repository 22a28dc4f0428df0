/* Handlers of prepared code beyond the opcodes: the charge of a block, a look at the registers,
   and fused instructions, which do exactly what their parts do, one after the other. */
#pragma once
#include "isa_gen.h"

/* X(type, comparison) */
#define FOR_EACH_COMPARISON(X) \
    X(u64, eq) X(u64, ne) X(u64, lt) X(u64, le) X(i64, eq) X(i64, ne) X(i64, lt) X(i64, le) \
    X(i32, eq) X(i32, ne) X(i32, lt) X(i32, le)

enum prepared_op {
    PREPARED_CHARGE = 256,
    PREPARED_STEP,
    PREPARED_MOV_MOV,
    PREPARED_ADD_LT_JIF,
#define X(type, op) PREPARED_##type##_##op##_jif, PREPARED_##type##_##op##_jifnot,
    FOR_EACH_COMPARISON(X)
#undef X
    PREPARED_OPS
};
