/* Part of the loop: checked integers, bits, bools, casts between integers. */

#define CHECKED(type, as, op, builtin, ctype, x, y) \
    op_##type##_##op : { \
        ctype result; \
        if (UNLIKELY(builtin(x, y, &result))) TRAP(TRAP_OVERFLOW); \
        A = (as)result; \
        NEXT; \
    }
#define COMPARE(type, name, op, x, y) \
    op_##type##_##name : A = (x)op(y); \
    NEXT; \
    type##_##name##_jif : A = (x)op(y); \
    if (A) ENTER(ip->target); \
    ENTER(ip + 1); \
    type##_##name##_jifnot : A = (x)op(y); \
    if (!A) ENTER(ip->target); \
    ENTER(ip + 1);
#define INTEGER(type, as, ctype, x, y, least) \
    CHECKED(type, as, add, __builtin_add_overflow, ctype, x, y) \
    CHECKED(type, as, sub, __builtin_sub_overflow, ctype, x, y) \
    CHECKED(type, as, mul, __builtin_mul_overflow, ctype, x, y) \
    op_##type##_div : { \
        ctype b = x, c = y; \
        if (UNLIKELY(c == 0)) TRAP(TRAP_DIVISION); \
        if (UNLIKELY(least && c == (ctype)-1 && b == (ctype)least)) TRAP(TRAP_OVERFLOW); \
        A = (as)(ctype)(b / c); \
        NEXT; \
    } \
    op_##type##_mod : { \
        ctype b = x, c = y; \
        if (UNLIKELY(c == 0)) TRAP(TRAP_DIVISION); \
        if (UNLIKELY(least && c == (ctype)-1 && b == (ctype)least)) TRAP(TRAP_OVERFLOW); \
        A = (as)(ctype)(b % c); \
        NEXT; \
    } \
    COMPARE(type, eq, ==, x, y) \
    COMPARE(type, ne, !=, x, y) \
    COMPARE(type, lt, <, x, y) \
    COMPARE(type, le, <=, x, y)

INTEGER(u64, uint64_t, uint64_t, B, C, 0)
INTEGER(i64, uint64_t, int64_t, SB, SC, INT64_MIN)
INTEGER(i32, uint32_t, int32_t, WB, WC, INT32_MIN)

op_i64_neg:
    if (UNLIKELY(SB == INT64_MIN)) TRAP(TRAP_OVERFLOW);
    A = (uint64_t)-SB;
    NEXT;
op_i32_neg:
    if (UNLIKELY(WB == INT32_MIN)) TRAP(TRAP_OVERFLOW);
    A = (uint32_t)-WB;
    NEXT;
add_lt_jif: {
    uint64_t sum;
    if (UNLIKELY(__builtin_add_overflow(B, C, &sum))) TRAP(TRAP_OVERFLOW);
    A = sum;
    uint64_t less = AT(e, uint64_t) < AT(f, uint64_t);
    AT(d, uint64_t) = less;
    if (less) ENTER(ip->target);
    ENTER(ip + 1);
}

op_u64_and:
op_bool_and:
    A = B & C;
    NEXT;
op_u64_or:
op_bool_or:
    A = B | C;
    NEXT;
op_u64_xor:
op_bool_xor:
    A = B ^ C;
    NEXT;
op_bool_not:
    A = B ^ 1;
    NEXT;
op_bool_to_u64:
    A = B;
    NEXT;
op_u64_shl:
    if (UNLIKELY(C >= 64)) TRAP(TRAP_SHIFT);
    A = B << C;
    NEXT;
op_u64_shr:
    if (UNLIKELY(C >= 64)) TRAP(TRAP_SHIFT);
    A = B >> C;
    NEXT;

#define CAST(name, holds, value) \
    op_##name : if (UNLIKELY(!(holds))) TRAP(TRAP_CAST); \
    A = value; \
    NEXT;

CAST(u64_to_i64, B <= INT64_MAX, B)
CAST(u64_to_i32, B <= INT32_MAX, B)
CAST(i64_to_u64, SB >= 0, B)
CAST(i64_to_i32, SB >= INT32_MIN && SB <= INT32_MAX, (uint32_t)B)
CAST(i32_to_u64, WB >= 0, B)
CAST(i32_to_i64, 1, (uint64_t)(int64_t)WB)

#undef CAST
#undef CHECKED
#undef COMPARE
#undef INTEGER
