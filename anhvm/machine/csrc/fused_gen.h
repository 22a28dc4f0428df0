/* Written by anhvm.machine.generate; do not edit. */
#pragma once
#include <stdint.h>

#include "isa_gen.h"

enum { FUSION_PARTS = 4, FUSION_OPERANDS = 4 };
enum { OPERAND_WRITTEN = 128, OPERAND_POWER = 64 };

/* X(label) for every form, in the order of FUSIONS */
#define FOR_EACH_FUSION(X) \
    X(mov__mov) \
    X(u64_add__u64_lt__jif) \
    X(u64_add__mov__mov) \
    X(u64_mul__u64_mod__u64_add) \
    X(u64_mul__u64_add__u64_mod_2) \
    X(u64_mul__u64_mod) \
    X(u64_div_2) \
    X(u64_mod_2) \
    X(u64_eq__jif) \
    X(u64_eq__jifnot) \
    X(u64_eq__assert) \
    X(u64_ne__jif) \
    X(u64_ne__jifnot) \
    X(u64_ne__assert) \
    X(u64_lt__jif) \
    X(u64_lt__jifnot) \
    X(u64_lt__assert) \
    X(u64_le__jif) \
    X(u64_le__jifnot) \
    X(u64_le__assert) \
    X(i64_add__i64_lt__jif) \
    X(i64_eq__jif) \
    X(i64_eq__jifnot) \
    X(i64_eq__assert) \
    X(i64_ne__jif) \
    X(i64_ne__jifnot) \
    X(i64_ne__assert) \
    X(i64_lt__jif) \
    X(i64_lt__jifnot) \
    X(i64_lt__assert) \
    X(i64_le__jif) \
    X(i64_le__jifnot) \
    X(i64_le__assert) \
    X(i32_add__i32_lt__jif) \
    X(i32_eq__jif) \
    X(i32_eq__jifnot) \
    X(i32_eq__assert) \
    X(i32_ne__jif) \
    X(i32_ne__jifnot) \
    X(i32_ne__assert) \
    X(i32_lt__jif) \
    X(i32_lt__jifnot) \
    X(i32_lt__assert) \
    X(i32_le__jif) \
    X(i32_le__jifnot) \
    X(i32_le__assert) \
    X(f32_eq__jif) \
    X(f32_eq__jifnot) \
    X(f32_ne__jif) \
    X(f32_ne__jifnot) \
    X(f32_lt__jif) \
    X(f32_lt__jifnot) \
    X(f32_le__jif) \
    X(f32_le__jifnot) \
    X(t_get__i32_eq__jif) \
    X(t_get__i32_eq__jifnot) \
    X(t_get__i32_ne__jif) \
    X(t_get__i32_ne__jifnot) \
    X(t_get__i32_lt__jif) \
    X(t_get__i32_lt__jifnot) \
    X(t_get__i32_le__jif) \
    X(t_get__i32_le__jifnot) \
    X(t_get__i32_le__assert) \
    X(t_get__i32_add__t_put) \
    X(t_get__i32_sub__t_put) \
    X(t_get__i32_mul__t_put) \
    X(t_get__f32_add__t_put) \
    X(t_get__f32_sub__t_put) \
    X(t_get__f32_mul__t_put) \
    X(t_get) \
    X(t_put__u64_add__u64_lt__jif) \
    X(t_put)

/* of each part: its opcode, its registers; a register is a field, with bits above */
typedef struct {
    uint8_t parts, op[FUSION_PARTS], operands[FUSION_PARTS];
    uint8_t operand[FUSION_PARTS][FUSION_OPERANDS];
} fusion;

static const fusion FUSIONS[] = {
    {2, {OP_MOV, OP_MOV}, {2, 2}, {{128, 1}, {130, 3}}},
    {3, {OP_U64_ADD, OP_U64_LT, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_U64_ADD, OP_MOV, OP_MOV}, {3, 2, 2}, {{128, 1, 2}, {131, 4}, {133, 0}}},
    {3, {OP_U64_MUL, OP_U64_MOD, OP_U64_ADD}, {3, 3, 3}, {{128, 1, 2}, {131, 0, 4}, {133, 5, 3}}},
    {3, {OP_U64_MUL, OP_U64_ADD, OP_U64_MOD}, {3, 3, 3}, {{128, 1, 2}, {128, 0, 3}, {128, 0, 68}}},
    {2, {OP_U64_MUL, OP_U64_MOD}, {3, 3}, {{128, 1, 2}, {131, 0, 4}}},
    {1, {OP_U64_DIV}, {3}, {{128, 1, 66}}},
    {1, {OP_U64_MOD}, {3}, {{128, 1, 66}}},
    {2, {OP_U64_EQ, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_EQ, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_EQ, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_U64_NE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_NE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_NE, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_U64_LT, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_LT, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_LT, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_U64_LE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_LE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_U64_LE, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {3, {OP_I64_ADD, OP_I64_LT, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {2, {OP_I64_EQ, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_EQ, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_EQ, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_I64_NE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_NE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_NE, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_I64_LT, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_LT, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_LT, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_I64_LE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_LE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I64_LE, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {3, {OP_I32_ADD, OP_I32_LT, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {2, {OP_I32_EQ, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_EQ, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_EQ, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_I32_NE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_NE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_NE, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_I32_LT, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_LT, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_LT, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_I32_LE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_LE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_I32_LE, OP_ASSERT}, {3, 2}, {{128, 1, 2}, {0, 3}}},
    {2, {OP_F32_EQ, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_EQ, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_NE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_NE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_LT, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_LT, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_LE, OP_JIF}, {3, 1}, {{128, 1, 2}, {0}}},
    {2, {OP_F32_LE, OP_JIFNOT}, {3, 1}, {{128, 1, 2}, {0}}},
    {3, {OP_T_GET, OP_I32_EQ, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_EQ, OP_JIFNOT}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_NE, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_NE, OP_JIFNOT}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_LT, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_LT, OP_JIFNOT}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_LE, OP_JIF}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_LE, OP_JIFNOT}, {3, 3, 1}, {{128, 1, 2}, {131, 0, 4}, {3}}},
    {3, {OP_T_GET, OP_I32_LE, OP_ASSERT}, {3, 3, 2}, {{128, 1, 2}, {131, 4, 0}, {3, 5}}},
    {3, {OP_T_GET, OP_I32_ADD, OP_T_PUT}, {3, 3, 4}, {{128, 1, 2}, {131, 0, 4}, {1, 1, 2, 3}}},
    {3, {OP_T_GET, OP_I32_SUB, OP_T_PUT}, {3, 3, 4}, {{128, 1, 2}, {131, 0, 4}, {1, 1, 2, 3}}},
    {3, {OP_T_GET, OP_I32_MUL, OP_T_PUT}, {3, 3, 4}, {{128, 1, 2}, {131, 0, 4}, {1, 1, 2, 3}}},
    {3, {OP_T_GET, OP_F32_ADD, OP_T_PUT}, {3, 3, 4}, {{128, 1, 2}, {131, 0, 4}, {1, 1, 2, 3}}},
    {3, {OP_T_GET, OP_F32_SUB, OP_T_PUT}, {3, 3, 4}, {{128, 1, 2}, {131, 0, 4}, {1, 1, 2, 3}}},
    {3, {OP_T_GET, OP_F32_MUL, OP_T_PUT}, {3, 3, 4}, {{128, 1, 2}, {131, 0, 4}, {1, 1, 2, 3}}},
    {1, {OP_T_GET}, {3}, {{128, 1, 2}}},
    {4, {OP_T_PUT, OP_U64_ADD, OP_U64_LT, OP_JIF}, {4, 3, 3, 1}, {{0, 0, 1, 2}, {129, 1, 3}, {132, 1, 5}, {4}}},
    {1, {OP_T_PUT}, {4}, {{0, 0, 1, 2}}},
};

static const struct { uint16_t first, count; } FUSIONS_OF[256] = {
    [OP_MOV] = {0, 1},
    [OP_U64_ADD] = {1, 2},
    [OP_U64_MUL] = {3, 3},
    [OP_U64_DIV] = {6, 1},
    [OP_U64_MOD] = {7, 1},
    [OP_U64_EQ] = {8, 3},
    [OP_U64_NE] = {11, 3},
    [OP_U64_LT] = {14, 3},
    [OP_U64_LE] = {17, 3},
    [OP_I64_ADD] = {20, 1},
    [OP_I64_EQ] = {21, 3},
    [OP_I64_NE] = {24, 3},
    [OP_I64_LT] = {27, 3},
    [OP_I64_LE] = {30, 3},
    [OP_I32_ADD] = {33, 1},
    [OP_I32_EQ] = {34, 3},
    [OP_I32_NE] = {37, 3},
    [OP_I32_LT] = {40, 3},
    [OP_I32_LE] = {43, 3},
    [OP_F32_EQ] = {46, 2},
    [OP_F32_NE] = {48, 2},
    [OP_F32_LT] = {50, 2},
    [OP_F32_LE] = {52, 2},
    [OP_T_GET] = {54, 16},
    [OP_T_PUT] = {70, 2},
};
