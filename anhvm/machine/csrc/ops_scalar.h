/* What opcodes on scalars do, as macros: d is what they compute, x and y the words of registers.
   Their handlers are generated, alone and fused, into fused_gen.h. */

#define DO_mov(d, x) d = x;

/* ---- checked integers ---- */

#define CHECKED(d, x, y, builtin, ctype, as) \
    { \
        ctype z_; \
        if (UNLIKELY(builtin((ctype)(x), (ctype)(y), &z_))) TRAP(TRAP_OVERFLOW); \
        d = (as)z_; \
    }
#define DIVIDED(d, x, y, op, ctype, as, least) \
    { \
        ctype n_ = (ctype)(x), m_ = (ctype)(y); \
        if (UNLIKELY(m_ == 0)) TRAP(TRAP_DIVISION); \
        if (UNLIKELY(least && m_ == (ctype)-1 && n_ == (ctype)least)) TRAP(TRAP_OVERFLOW); \
        d = (as)(ctype)(n_ op m_); \
    }
#define NEGATED(d, x, ctype, as, least) \
    { \
        if (UNLIKELY((ctype)(x) == least)) TRAP(TRAP_OVERFLOW); \
        d = (as) - (ctype)(x); \
    }

#define DO_u64_add(d, x, y) CHECKED(d, x, y, __builtin_add_overflow, uint64_t, uint64_t)
#define DO_u64_sub(d, x, y) CHECKED(d, x, y, __builtin_sub_overflow, uint64_t, uint64_t)
#define DO_u64_mul(d, x, y) CHECKED(d, x, y, __builtin_mul_overflow, uint64_t, uint64_t)
#define DO_u64_div(d, x, y) DIVIDED(d, x, y, /, uint64_t, uint64_t, 0)
#define DO_u64_mod(d, x, y) DIVIDED(d, x, y, %, uint64_t, uint64_t, 0)
#define DO_u64_div_2(d, x, y) d = (x) >> __builtin_ctzll(y);
#define DO_u64_mod_2(d, x, y) d = (x) & ((y)-1);
#define DO_u64_eq(d, x, y) d = (x) == (y);
#define DO_u64_ne(d, x, y) d = (x) != (y);
#define DO_u64_lt(d, x, y) d = (x) < (y);
#define DO_u64_le(d, x, y) d = (x) <= (y);

#define DO_i64_add(d, x, y) CHECKED(d, x, y, __builtin_add_overflow, int64_t, uint64_t)
#define DO_i64_sub(d, x, y) CHECKED(d, x, y, __builtin_sub_overflow, int64_t, uint64_t)
#define DO_i64_mul(d, x, y) CHECKED(d, x, y, __builtin_mul_overflow, int64_t, uint64_t)
#define DO_i64_div(d, x, y) DIVIDED(d, x, y, /, int64_t, uint64_t, INT64_MIN)
#define DO_i64_mod(d, x, y) DIVIDED(d, x, y, %, int64_t, uint64_t, INT64_MIN)
#define DO_i64_neg(d, x) NEGATED(d, x, int64_t, uint64_t, INT64_MIN)
#define DO_i64_eq(d, x, y) d = (x) == (y);
#define DO_i64_ne(d, x, y) d = (x) != (y);
#define DO_i64_lt(d, x, y) d = (int64_t)(x) < (int64_t)(y);
#define DO_i64_le(d, x, y) d = (int64_t)(x) <= (int64_t)(y);

#define DO_i32_add(d, x, y) CHECKED(d, x, y, __builtin_add_overflow, int32_t, uint32_t)
#define DO_i32_sub(d, x, y) CHECKED(d, x, y, __builtin_sub_overflow, int32_t, uint32_t)
#define DO_i32_mul(d, x, y) CHECKED(d, x, y, __builtin_mul_overflow, int32_t, uint32_t)
#define DO_i32_div(d, x, y) DIVIDED(d, x, y, /, int32_t, uint32_t, INT32_MIN)
#define DO_i32_mod(d, x, y) DIVIDED(d, x, y, %, int32_t, uint32_t, INT32_MIN)
#define DO_i32_neg(d, x) NEGATED(d, x, int32_t, uint32_t, INT32_MIN)
#define DO_i32_eq(d, x, y) d = (int32_t)(x) == (int32_t)(y);
#define DO_i32_ne(d, x, y) d = (int32_t)(x) != (int32_t)(y);
#define DO_i32_lt(d, x, y) d = (int32_t)(x) < (int32_t)(y);
#define DO_i32_le(d, x, y) d = (int32_t)(x) <= (int32_t)(y);

/* ---- bits and bools ---- */

#define SHIFTED(d, x, y, op) \
    { \
        if (UNLIKELY((y) >= 64)) TRAP(TRAP_SHIFT); \
        d = (x)op(y); \
    }

#define DO_u64_and(d, x, y) d = (x) & (y);
#define DO_u64_or(d, x, y) d = (x) | (y);
#define DO_u64_xor(d, x, y) d = (x) ^ (y);
#define DO_u64_shl(d, x, y) SHIFTED(d, x, y, <<)
#define DO_u64_shr(d, x, y) SHIFTED(d, x, y, >>)
#define DO_bool_and(d, x, y) d = (x) & (y);
#define DO_bool_or(d, x, y) d = (x) | (y);
#define DO_bool_xor(d, x, y) d = (x) ^ (y);
#define DO_bool_not(d, x) d = (x) ^ 1;
#define DO_bool_to_u64(d, x) d = x;

/* ---- f32: the mode of the thread rounds to nearest and flushes (law N2) ---- */

#define DO_f32_add(d, x, y) d = from_float(as_float(x) + as_float(y));
#define DO_f32_sub(d, x, y) d = from_float(as_float(x) - as_float(y));
#define DO_f32_mul(d, x, y) d = from_float(as_float(x) * as_float(y));
#define DO_f32_div(d, x, y) d = from_float(as_float(x) / as_float(y));
#define DO_f32_sqrt(d, x) d = from_float(root(as_float(x)));
#define DO_f32_max(d, x, y) d = from_float(larger(as_float(x), as_float(y)));
#define DO_f32_min(d, x, y) d = from_float(smaller(as_float(x), as_float(y)));
#define DO_f32_neg(d, x) d = (x) ^ 0x80000000u;
#define DO_f32_abs(d, x) d = (x) & 0x7fffffffu;
#define DO_f32_eq(d, x, y) d = as_float(x) == as_float(y);
#define DO_f32_ne(d, x, y) d = as_float(x) != as_float(y);
#define DO_f32_lt(d, x, y) d = as_float(x) < as_float(y);
#define DO_f32_le(d, x, y) d = as_float(x) <= as_float(y);

/* ---- casts: bounds are exact in f32, and false for NaN ---- */

#define CAST(d, holds, value) \
    { \
        if (UNLIKELY(!(holds))) TRAP(TRAP_CAST); \
        d = value; \
    }
#define CAST_FLOAT(d, x, low, f_, high, value) \
    { \
        float f_ = as_float(x); \
        CAST(d, low f_ && f_ < high, value) \
    }

#define DO_u64_to_i64(d, x) CAST(d, (x) <= INT64_MAX, x)
#define DO_u64_to_i32(d, x) CAST(d, (x) <= INT32_MAX, x)
#define DO_i64_to_u64(d, x) CAST(d, (int64_t)(x) >= 0, x)
#define DO_i64_to_i32(d, x) \
    CAST(d, (int64_t)(x) >= INT32_MIN && (int64_t)(x) <= INT32_MAX, (uint32_t)(x))
#define DO_i32_to_u64(d, x) CAST(d, (int32_t)(x) >= 0, x)
#define DO_i32_to_i64(d, x) d = (uint64_t)(int64_t)(int32_t)(x);
#define DO_f32_to_u64(d, x) CAST_FLOAT(d, x, -1.0f <, f_, 0x1p64f, (uint64_t)f_)
#define DO_f32_to_i64(d, x) CAST_FLOAT(d, x, -0x1p63f <=, f_, 0x1p63f, (uint64_t)(int64_t)f_)
#define DO_f32_to_i32(d, x) CAST_FLOAT(d, x, -0x1p31f <=, f_, 0x1p31f, (uint32_t)(int32_t)f_)
#define DO_u64_to_f32(d, x) d = from_float((float)(x));
#define DO_i64_to_f32(d, x) d = from_float((float)(int64_t)(x));
#define DO_i32_to_f32(d, x) d = from_float((float)(int32_t)(x));
