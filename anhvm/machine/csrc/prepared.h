/* Handlers of prepared code beyond the opcodes: the charge of a block, a look at the registers,
   and fused forms, which do exactly what their parts do, one after the other. */
#pragma once
#include "fused_gen.h"
#include "isa_gen.h"

enum prepared_op {
    PREPARED_CHARGE = 256,
    PREPARED_STEP,
    PREPARED_FUSED, /* the forms, in the order of FUSIONS */
    PREPARED_OPS = PREPARED_FUSED + sizeof FUSIONS / sizeof *FUSIONS
};
