/* Written by anhvm.machine.generate; do not edit. */
#pragma once
#include <stdint.h>

#define MAX_RANK 6
#define MAX_ELEMENTS UINT64_C(2147483648)
#define MAX_DEPTH 256
#define MAX_CONTRACTS 256
#define MAX_EVENTS 4096
#define MAX_MEMORY UINT64_C(4294967296)
#define VALUE_OVERHEAD 64
#define CELL_OVERHEAD 256
#define MAX_EFFECTS 64
#define MAX_KEYS 4
#define MAX_NAME 255
#define MAX_ITEMS 65536
#define MAX_REGISTERS 4096
#define MAX_CODE 1048576
#define PROGRAM_VERSION 1
#define DIGEST_SIZE 32

enum type {
    TYPE_U64 = 1,
    TYPE_I64 = 2,
    TYPE_I32 = 3,
    TYPE_F32 = 4,
    TYPE_BOOL = 5,
    TYPE_BYTES = 6,
};

enum dtype {
    DTYPE_F32 = 0,
    DTYPE_I32 = 1,
    DTYPE_I8 = 2,
    DTYPE_BOOL = 3,
};

enum trap {
    TRAP_OUT_OF_GAS = 1,
    TRAP_OVERFLOW = 2,
    TRAP_DIVISION = 3,
    TRAP_SHIFT = 4,
    TRAP_CAST = 5,
    TRAP_BOUNDS = 6,
    TRAP_SHAPE = 7,
    TRAP_SIZE = 8,
    TRAP_MEMORY = 9,
    TRAP_DATA = 10,
    TRAP_ASSERT = 11,
    TRAP_DEPTH = 12,
    TRAP_EVENTS = 13,
    TRAP_UNLISTED = 14,
    TRAP_NOT_ALIVE = 15,
    TRAP_STIPEND = 16,
    TRAP_INTERFACE = 17,
    TRAP_REENTERED = 18,
    TRAP_CONTRACTS = 19,
};

enum init {
    INIT_ZERO = 0,
    INIT_CONST = 1,
    INIT_ARG = 2,
    INIT_SENDER = 3,
    INIT_SELF = 4,
    INIT_VALUE = 5,
    INIT_HEIGHT = 6,
    INIT_TIME = 7,
};

enum kind {
    KIND_INTERNAL = 0,
    KIND_CALL = 1,
    KIND_VIEW = 2,
    KIND_INIT = 3,
};

enum site {
    SITE_CALL = 1,
    SITE_RET = 2,
    SITE_KERNEL = 3,
    SITE_CELL = 4,
    SITE_EVENT = 5,
    SITE_SLICE = 6,
    SITE_ELEMENT = 7,
    SITE_UPDATE = 8,
    SITE_EXTERN = 9,
};

enum mode {
    MODE_READ = 1,
    MODE_WRITE = 2,
};

enum gas {
    GAS_ALU = 0,
    GAS_ASSERT = 1,
    GAS_BRANCH = 2,
    GAS_CALL = 3,
    GAS_CAST = 4,
    GAS_DIV = 5,
    GAS_ELEMENT = 6,
    GAS_EMIT = 7,
    GAS_EXTERN = 8,
    GAS_FDIV = 9,
    GAS_FPU = 10,
    GAS_HANDLE = 11,
    GAS_KERNEL = 12,
    GAS_LOAD = 13,
    GAS_MOVE = 14,
    GAS_MUL = 15,
    GAS_RET = 16,
    GAS_STORE = 17,
    GAS_VALUE = 18,
    GAS_CLASSES = 19,
};

enum rate {
    RATE_BYTES = 0,
    RATE_LOAD = 1,
    RATE_STORE = 2,
    RATE_EMIT = 3,
    RATE_MEMORY = 4,
    RATE_FIRST = 5,
    RATE_COUNT = 6,
};

enum trace {
    TRACE_BLOCK = 1,
    TRACE_CALL = 2,
    TRACE_KERNEL = 3,
    TRACE_STORAGE = 4,
    TRACE_EVENT = 5,
    TRACE_TRAP = 6,
    TRACE_REGISTERS = 7,
    TRACE_ENTER = 8,
    TRACE_LEAVE = 9,
    TRACE_TIME = 10,
    TRACE_VALUE = 11,
};

enum op {
    OP_JMP = 1,
    OP_JIF = 2,
    OP_JIFNOT = 3,
    OP_CALL = 4,
    OP_RET = 5,
    OP_ASSERT = 6,
    OP_GAS = 7,
    OP_MOV = 8,
    OP_COPY = 9,
    OP_DROP = 10,
    OP_CALL_EXT = 11,
    OP_TRY_EXT = 12,
    OP_U64_ADD = 32,
    OP_U64_SUB = 33,
    OP_U64_MUL = 34,
    OP_U64_DIV = 35,
    OP_U64_MOD = 36,
    OP_U64_EQ = 37,
    OP_U64_NE = 38,
    OP_U64_LT = 39,
    OP_U64_LE = 40,
    OP_U64_AND = 41,
    OP_U64_OR = 42,
    OP_U64_XOR = 43,
    OP_U64_SHL = 44,
    OP_U64_SHR = 45,
    OP_I64_ADD = 64,
    OP_I64_SUB = 65,
    OP_I64_MUL = 66,
    OP_I64_DIV = 67,
    OP_I64_MOD = 68,
    OP_I64_EQ = 69,
    OP_I64_NE = 70,
    OP_I64_LT = 71,
    OP_I64_LE = 72,
    OP_I64_NEG = 73,
    OP_I32_ADD = 96,
    OP_I32_SUB = 97,
    OP_I32_MUL = 98,
    OP_I32_DIV = 99,
    OP_I32_MOD = 100,
    OP_I32_EQ = 101,
    OP_I32_NE = 102,
    OP_I32_LT = 103,
    OP_I32_LE = 104,
    OP_I32_NEG = 105,
    OP_F32_ADD = 128,
    OP_F32_SUB = 129,
    OP_F32_MUL = 130,
    OP_F32_DIV = 131,
    OP_F32_SQRT = 132,
    OP_F32_NEG = 133,
    OP_F32_ABS = 134,
    OP_F32_MAX = 135,
    OP_F32_MIN = 136,
    OP_F32_EQ = 137,
    OP_F32_NE = 138,
    OP_F32_LT = 139,
    OP_F32_LE = 140,
    OP_BOOL_AND = 160,
    OP_BOOL_OR = 161,
    OP_BOOL_XOR = 162,
    OP_BOOL_NOT = 163,
    OP_U64_TO_I64 = 176,
    OP_U64_TO_I32 = 177,
    OP_U64_TO_F32 = 178,
    OP_I64_TO_U64 = 179,
    OP_I64_TO_I32 = 180,
    OP_I64_TO_F32 = 181,
    OP_I32_TO_U64 = 182,
    OP_I32_TO_I64 = 183,
    OP_I32_TO_F32 = 184,
    OP_F32_TO_U64 = 185,
    OP_F32_TO_I64 = 186,
    OP_F32_TO_I32 = 187,
    OP_BOOL_TO_U64 = 188,
    OP_BYTES_LEN = 208,
    OP_BYTES_EQ = 209,
    OP_BYTES_AT = 210,
    OP_BYTES_CONCAT = 211,
    OP_BYTES_SLICE = 212,
    OP_T_DIM = 216,
    OP_T_GET = 217,
    OP_T_SET = 218,
    OP_T_PUT = 220,
    OP_KERNEL = 219,
    OP_S_LOAD = 224,
    OP_S_STORE = 225,
    OP_EMIT = 226,
};

enum role { ROLE_NONE, ROLE_W, ROLE_R, ROLE_M, ROLE_IMM, ROLE_TARGET, ROLE_SITE };
enum type_class {
    CLASS_SCALAR = 128,
    CLASS_HANDLE = 129,
    CLASS_TENSOR = 130,
    CLASS_ELEMENT = 131,
    CLASS_ANY = 132,
};

/* X(name, OP_NAME) for every opcode */
#define FOR_EACH_OP(X) \
    X(jmp, OP_JMP) \
    X(jif, OP_JIF) \
    X(jifnot, OP_JIFNOT) \
    X(call, OP_CALL) \
    X(ret, OP_RET) \
    X(assert, OP_ASSERT) \
    X(gas, OP_GAS) \
    X(mov, OP_MOV) \
    X(copy, OP_COPY) \
    X(drop, OP_DROP) \
    X(call_ext, OP_CALL_EXT) \
    X(try_ext, OP_TRY_EXT) \
    X(u64_add, OP_U64_ADD) \
    X(u64_sub, OP_U64_SUB) \
    X(u64_mul, OP_U64_MUL) \
    X(u64_div, OP_U64_DIV) \
    X(u64_mod, OP_U64_MOD) \
    X(u64_eq, OP_U64_EQ) \
    X(u64_ne, OP_U64_NE) \
    X(u64_lt, OP_U64_LT) \
    X(u64_le, OP_U64_LE) \
    X(u64_and, OP_U64_AND) \
    X(u64_or, OP_U64_OR) \
    X(u64_xor, OP_U64_XOR) \
    X(u64_shl, OP_U64_SHL) \
    X(u64_shr, OP_U64_SHR) \
    X(i64_add, OP_I64_ADD) \
    X(i64_sub, OP_I64_SUB) \
    X(i64_mul, OP_I64_MUL) \
    X(i64_div, OP_I64_DIV) \
    X(i64_mod, OP_I64_MOD) \
    X(i64_eq, OP_I64_EQ) \
    X(i64_ne, OP_I64_NE) \
    X(i64_lt, OP_I64_LT) \
    X(i64_le, OP_I64_LE) \
    X(i64_neg, OP_I64_NEG) \
    X(i32_add, OP_I32_ADD) \
    X(i32_sub, OP_I32_SUB) \
    X(i32_mul, OP_I32_MUL) \
    X(i32_div, OP_I32_DIV) \
    X(i32_mod, OP_I32_MOD) \
    X(i32_eq, OP_I32_EQ) \
    X(i32_ne, OP_I32_NE) \
    X(i32_lt, OP_I32_LT) \
    X(i32_le, OP_I32_LE) \
    X(i32_neg, OP_I32_NEG) \
    X(f32_add, OP_F32_ADD) \
    X(f32_sub, OP_F32_SUB) \
    X(f32_mul, OP_F32_MUL) \
    X(f32_div, OP_F32_DIV) \
    X(f32_sqrt, OP_F32_SQRT) \
    X(f32_neg, OP_F32_NEG) \
    X(f32_abs, OP_F32_ABS) \
    X(f32_max, OP_F32_MAX) \
    X(f32_min, OP_F32_MIN) \
    X(f32_eq, OP_F32_EQ) \
    X(f32_ne, OP_F32_NE) \
    X(f32_lt, OP_F32_LT) \
    X(f32_le, OP_F32_LE) \
    X(bool_and, OP_BOOL_AND) \
    X(bool_or, OP_BOOL_OR) \
    X(bool_xor, OP_BOOL_XOR) \
    X(bool_not, OP_BOOL_NOT) \
    X(u64_to_i64, OP_U64_TO_I64) \
    X(u64_to_i32, OP_U64_TO_I32) \
    X(u64_to_f32, OP_U64_TO_F32) \
    X(i64_to_u64, OP_I64_TO_U64) \
    X(i64_to_i32, OP_I64_TO_I32) \
    X(i64_to_f32, OP_I64_TO_F32) \
    X(i32_to_u64, OP_I32_TO_U64) \
    X(i32_to_i64, OP_I32_TO_I64) \
    X(i32_to_f32, OP_I32_TO_F32) \
    X(f32_to_u64, OP_F32_TO_U64) \
    X(f32_to_i64, OP_F32_TO_I64) \
    X(f32_to_i32, OP_F32_TO_I32) \
    X(bool_to_u64, OP_BOOL_TO_U64) \
    X(bytes_len, OP_BYTES_LEN) \
    X(bytes_eq, OP_BYTES_EQ) \
    X(bytes_at, OP_BYTES_AT) \
    X(bytes_concat, OP_BYTES_CONCAT) \
    X(bytes_slice, OP_BYTES_SLICE) \
    X(t_dim, OP_T_DIM) \
    X(t_get, OP_T_GET) \
    X(t_set, OP_T_SET) \
    X(t_put, OP_T_PUT) \
    X(kernel, OP_KERNEL) \
    X(s_load, OP_S_LOAD) \
    X(s_store, OP_S_STORE) \
    X(emit, OP_EMIT)

/* a row of the opcode table: operands a, b, c are (role, type or kind of site) */
typedef struct {
    uint8_t known, gas, ends_block, ends_flow;
    struct { uint8_t role, type; } operand[3];
} op_row;

static const op_row OP_ROWS[256] = {
    [OP_JMP] = {1, GAS_BRANCH, 1, 1, {{ROLE_NONE, 0}, {ROLE_TARGET, 0}}},
    [OP_JIF] = {1, GAS_BRANCH, 1, 0, {{ROLE_R, TYPE_BOOL}, {ROLE_TARGET, 0}}},
    [OP_JIFNOT] = {1, GAS_BRANCH, 1, 0, {{ROLE_R, TYPE_BOOL}, {ROLE_TARGET, 0}}},
    [OP_CALL] = {1, GAS_CALL, 1, 0, {{ROLE_SITE, SITE_CALL}}},
    [OP_RET] = {1, GAS_RET, 1, 1, {{ROLE_SITE, SITE_RET}}},
    [OP_ASSERT] = {1, GAS_ASSERT, 0, 0, {{ROLE_R, TYPE_BOOL}, {ROLE_R, TYPE_BYTES}}},
    [OP_GAS] = {1, GAS_ALU, 1, 0, {{ROLE_W, TYPE_U64}}},
    [OP_MOV] = {1, GAS_MOVE, 0, 0, {{ROLE_W, CLASS_SCALAR}, {ROLE_R, CLASS_SCALAR}}},
    [OP_COPY] = {1, GAS_HANDLE, 0, 0, {{ROLE_W, CLASS_HANDLE}, {ROLE_R, CLASS_HANDLE}}},
    [OP_DROP] = {1, GAS_HANDLE, 0, 0, {{ROLE_W, CLASS_HANDLE}}},
    [OP_CALL_EXT] = {1, GAS_EXTERN, 1, 0, {{ROLE_SITE, SITE_EXTERN}}},
    [OP_TRY_EXT] = {1, GAS_EXTERN, 1, 0, {{ROLE_W, TYPE_U64}, {ROLE_SITE, SITE_EXTERN}}},
    [OP_U64_ADD] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_SUB] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_MUL] = {1, GAS_MUL, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_DIV] = {1, GAS_DIV, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_MOD] = {1, GAS_DIV, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_EQ] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_NE] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_LT] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_LE] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_AND] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_OR] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_XOR] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_SHL] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_SHR] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_U64}, {ROLE_R, TYPE_U64}}},
    [OP_I64_ADD] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_SUB] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_MUL] = {1, GAS_MUL, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_DIV] = {1, GAS_DIV, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_MOD] = {1, GAS_DIV, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_EQ] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_NE] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_LT] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_LE] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_NEG] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I64}}},
    [OP_I32_ADD] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_SUB] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_MUL] = {1, GAS_MUL, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_DIV] = {1, GAS_DIV, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_MOD] = {1, GAS_DIV, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_EQ] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_NE] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_LT] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_LE] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_I32_NEG] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I32}}},
    [OP_F32_ADD] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_SUB] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_MUL] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_DIV] = {1, GAS_FDIV, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_SQRT] = {1, GAS_FDIV, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_NEG] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_ABS] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_MAX] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_MIN] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_EQ] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_NE] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_LT] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_F32_LE] = {1, GAS_FPU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_F32}, {ROLE_R, TYPE_F32}}},
    [OP_BOOL_AND] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}}},
    [OP_BOOL_OR] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}}},
    [OP_BOOL_XOR] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}}},
    [OP_BOOL_NOT] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_BOOL}}},
    [OP_U64_TO_I64] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_U64}}},
    [OP_U64_TO_I32] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_U64}}},
    [OP_U64_TO_F32] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_U64}}},
    [OP_I64_TO_U64] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_I64}}},
    [OP_I64_TO_I32] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_I64}}},
    [OP_I64_TO_F32] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_I64}}},
    [OP_I32_TO_U64] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_I32}}},
    [OP_I32_TO_I64] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_I32}}},
    [OP_I32_TO_F32] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_F32}, {ROLE_R, TYPE_I32}}},
    [OP_F32_TO_U64] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_F32}}},
    [OP_F32_TO_I64] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_I64}, {ROLE_R, TYPE_F32}}},
    [OP_F32_TO_I32] = {1, GAS_CAST, 0, 0, {{ROLE_W, TYPE_I32}, {ROLE_R, TYPE_F32}}},
    [OP_BOOL_TO_U64] = {1, GAS_ALU, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_BOOL}}},
    [OP_BYTES_LEN] = {1, GAS_HANDLE, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_BYTES}}},
    [OP_BYTES_EQ] = {1, GAS_HANDLE, 0, 0, {{ROLE_W, TYPE_BOOL}, {ROLE_R, TYPE_BYTES}, {ROLE_R, TYPE_BYTES}}},
    [OP_BYTES_AT] = {1, GAS_ELEMENT, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, TYPE_BYTES}, {ROLE_R, TYPE_U64}}},
    [OP_BYTES_CONCAT] = {1, GAS_VALUE, 0, 0, {{ROLE_W, TYPE_BYTES}, {ROLE_R, TYPE_BYTES}, {ROLE_R, TYPE_BYTES}}},
    [OP_BYTES_SLICE] = {1, GAS_VALUE, 0, 0, {{ROLE_W, TYPE_BYTES}, {ROLE_SITE, SITE_SLICE}}},
    [OP_T_DIM] = {1, GAS_HANDLE, 0, 0, {{ROLE_W, TYPE_U64}, {ROLE_R, CLASS_TENSOR}, {ROLE_IMM, 0}}},
    [OP_T_GET] = {1, GAS_ELEMENT, 0, 0, {{ROLE_W, CLASS_ELEMENT}, {ROLE_SITE, SITE_ELEMENT}}},
    [OP_T_SET] = {1, GAS_VALUE, 0, 0, {{ROLE_W, CLASS_TENSOR}, {ROLE_SITE, SITE_UPDATE}}},
    [OP_T_PUT] = {1, GAS_ELEMENT, 0, 0, {{ROLE_M, CLASS_TENSOR}, {ROLE_SITE, SITE_UPDATE}}},
    [OP_KERNEL] = {1, GAS_KERNEL, 0, 0, {{ROLE_SITE, SITE_KERNEL}}},
    [OP_S_LOAD] = {1, GAS_LOAD, 0, 0, {{ROLE_W, CLASS_ANY}, {ROLE_SITE, SITE_CELL}}},
    [OP_S_STORE] = {1, GAS_STORE, 0, 0, {{ROLE_R, CLASS_ANY}, {ROLE_SITE, SITE_CELL}}},
    [OP_EMIT] = {1, GAS_EMIT, 0, 0, {{ROLE_SITE, SITE_EVENT}}},
};
