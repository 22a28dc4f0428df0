/* Part of the loop: f32.  The mode of the thread rounds to nearest and flushes (law N2). */

#define FLOAT(name, result) \
    op_f32_##name : A = from_float(result); \
    NEXT;
#define COMPARE(name, op) \
    op_f32_##name : A = FB op FC; \
    NEXT;
#define CAST(name, holds, value) \
    op_##name : if (UNLIKELY(!(holds))) TRAP(TRAP_CAST); \
    A = value; \
    NEXT;

FLOAT(add, FB + FC)
FLOAT(sub, FB - FC)
FLOAT(mul, FB * FC)
FLOAT(div, FB / FC)
FLOAT(sqrt, root(FB))
FLOAT(max, larger(FB, FC))
FLOAT(min, smaller(FB, FC))
COMPARE(eq, ==)
COMPARE(ne, !=)
COMPARE(lt, <)
COMPARE(le, <=)
op_f32_neg:
    A = B ^ 0x80000000u;
    NEXT;
op_f32_abs:
    A = B & 0x7fffffffu;
    NEXT;

/* the bounds are exact in f32, and false for NaN */
CAST(f32_to_u64, FB > -1.0f && FB < 0x1p64f, (uint64_t)FB)
CAST(f32_to_i64, FB >= -0x1p63f && FB < 0x1p63f, (uint64_t)(int64_t)FB)
CAST(f32_to_i32, FB >= -0x1p31f && FB < 0x1p31f, (uint32_t)(int32_t)FB)
CAST(u64_to_f32, 1, from_float((float)B))
CAST(i64_to_f32, 1, from_float((float)SB))
CAST(i32_to_f32, 1, from_float((float)WB))

#undef FLOAT
#undef COMPARE
#undef CAST
