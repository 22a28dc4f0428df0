/* A loaded program: as it was decoded, and as the loop runs it. */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

#include "api.h"
#include "isa_gen.h"
#include "kernels_gen.h"
#include "memory.h"

typedef struct value value;

/* Where kernels may keep data; NULL where there is none. */
typedef struct {
    anh_bring *bring;
    anh_forget *forget;
} device;

typedef struct {
    uint8_t type;
    uint32_t dims[MAX_RANK];
    uint64_t bytes, bits; /* of data; of a scalar */
    const uint8_t *data;
    value *held; /* of a handle: a value that is never counted nor freed */
} constant;

typedef struct {
    uint8_t type;
    uint8_t *keys;
    uint32_t nkeys, name_size;
    uint32_t dims[MAX_RANK];
    int32_t initial;
} field;

typedef struct {
    uint8_t *types;
    uint32_t ntypes, name_size;
} event_row;

/* What a function is called by from outside its program. */
typedef struct {
    const uint8_t *name;
    uint32_t name_size, nparams, nreturns;
    uint8_t *params, *returns;
    uint64_t stipend;
    uint8_t kind;
} signature;

typedef struct {
    uint8_t type, init;
    uint16_t index;
} reg;

typedef struct {
    uint16_t op, a, b, c;
} instr;

typedef struct {
    uint8_t kind;
    uint8_t open_started, open_called; /* CELL: a store has to ask, by frame */
    uint8_t word;                      /* CELL: the path is one key of 8 bytes */
    uint32_t target, nins, nouts, nattrs;
    uint16_t *ins, *outs;
    uint32_t *attrs;
} site;

typedef struct {
    uint8_t init;
    uint16_t index;
} key;

typedef struct {
    uint8_t mode;
    uint16_t field;
    uint32_t nkeys;
    key *keys;
} effect;

typedef struct {
    uint32_t pc, line, column;
    uint16_t file;
} source_line;

/* Prepared code: one per instruction, besides those that charge a block. */
typedef struct ins {
    const void *handler;
    uint16_t a, b, c, d, e, f; /* byte offsets of registers in the frame, or small numbers */
    uint32_t pc;
    union {
        uint64_t cost;
        const struct ins *target;
        const site *at;
    };
} ins;

typedef struct {
    uint32_t offset, index;
    uint8_t init, handle;
} fill;

typedef struct {
    union {
        signature sig;
        struct { /* the same, for short */
            const uint8_t *name;
            uint32_t name_size, nparams, nreturns;
            uint8_t *params, *returns;
            uint64_t stipend;
            uint8_t kind;
        };
    };
    uint8_t emits, mark, reentrant;
    uint32_t nregs, ncode, nsites, neffects, nlines;
    reg *regs;
    instr *code;
    site *sites;
    effect *effects;
    source_line *lines;
    /* prepared */
    fill *fills;
    uint32_t nfills, nhandles;
    uint32_t *handles; /* byte offsets of the registers that hold handles */
    ins *prepared;
} function;

struct anh_program {
    arena memory;
    uint32_t name_size, nconsts, nfields, nevents, nexterns, nfunctions, nfiles;
    constant *consts;
    field *fields;
    event_row *events;
    signature *externs;
    function *functions;
    uint32_t *by_name, nby_name; /* functions that other contracts can call */
    uint64_t bytes;              /* of the container */
    uint32_t *file_sizes;
    anh_schedule gas;
    uint64_t crowd; /* what each instruction costs more, because there are many */
    anh_kernel kernels[KERNEL_LIMIT];
    uint8_t kernel_used[KERNEL_LIMIT];
    device device;
    int mode;
    _Atomic(struct anh_run *) spare;
    atomic_int users; /* who loaded it, and runs: what goes last frees it */
};
