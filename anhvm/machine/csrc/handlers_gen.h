/* Written by anhvm.machine.generate; do not edit. */
op_mov:
    DO_mov(AT(a), AT(b))
    NEXT;
op_u64_add:
    DO_u64_add(AT(a), AT(b), AT(c))
    NEXT;
op_u64_sub:
    DO_u64_sub(AT(a), AT(b), AT(c))
    NEXT;
op_u64_mul:
    DO_u64_mul(AT(a), AT(b), AT(c))
    NEXT;
op_u64_div:
    DO_u64_div(AT(a), AT(b), AT(c))
    NEXT;
op_u64_mod:
    DO_u64_mod(AT(a), AT(b), AT(c))
    NEXT;
op_u64_eq:
    DO_u64_eq(AT(a), AT(b), AT(c))
    NEXT;
op_u64_ne:
    DO_u64_ne(AT(a), AT(b), AT(c))
    NEXT;
op_u64_lt:
    DO_u64_lt(AT(a), AT(b), AT(c))
    NEXT;
op_u64_le:
    DO_u64_le(AT(a), AT(b), AT(c))
    NEXT;
op_u64_and:
    DO_u64_and(AT(a), AT(b), AT(c))
    NEXT;
op_u64_or:
    DO_u64_or(AT(a), AT(b), AT(c))
    NEXT;
op_u64_xor:
    DO_u64_xor(AT(a), AT(b), AT(c))
    NEXT;
op_u64_shl:
    DO_u64_shl(AT(a), AT(b), AT(c))
    NEXT;
op_u64_shr:
    DO_u64_shr(AT(a), AT(b), AT(c))
    NEXT;
op_i64_add:
    DO_i64_add(AT(a), AT(b), AT(c))
    NEXT;
op_i64_sub:
    DO_i64_sub(AT(a), AT(b), AT(c))
    NEXT;
op_i64_mul:
    DO_i64_mul(AT(a), AT(b), AT(c))
    NEXT;
op_i64_div:
    DO_i64_div(AT(a), AT(b), AT(c))
    NEXT;
op_i64_mod:
    DO_i64_mod(AT(a), AT(b), AT(c))
    NEXT;
op_i64_eq:
    DO_i64_eq(AT(a), AT(b), AT(c))
    NEXT;
op_i64_ne:
    DO_i64_ne(AT(a), AT(b), AT(c))
    NEXT;
op_i64_lt:
    DO_i64_lt(AT(a), AT(b), AT(c))
    NEXT;
op_i64_le:
    DO_i64_le(AT(a), AT(b), AT(c))
    NEXT;
op_i64_neg:
    DO_i64_neg(AT(a), AT(b))
    NEXT;
op_i32_add:
    DO_i32_add(AT(a), AT(b), AT(c))
    NEXT;
op_i32_sub:
    DO_i32_sub(AT(a), AT(b), AT(c))
    NEXT;
op_i32_mul:
    DO_i32_mul(AT(a), AT(b), AT(c))
    NEXT;
op_i32_div:
    DO_i32_div(AT(a), AT(b), AT(c))
    NEXT;
op_i32_mod:
    DO_i32_mod(AT(a), AT(b), AT(c))
    NEXT;
op_i32_eq:
    DO_i32_eq(AT(a), AT(b), AT(c))
    NEXT;
op_i32_ne:
    DO_i32_ne(AT(a), AT(b), AT(c))
    NEXT;
op_i32_lt:
    DO_i32_lt(AT(a), AT(b), AT(c))
    NEXT;
op_i32_le:
    DO_i32_le(AT(a), AT(b), AT(c))
    NEXT;
op_i32_neg:
    DO_i32_neg(AT(a), AT(b))
    NEXT;
op_f32_add:
    DO_f32_add(AT(a), AT(b), AT(c))
    NEXT;
op_f32_sub:
    DO_f32_sub(AT(a), AT(b), AT(c))
    NEXT;
op_f32_mul:
    DO_f32_mul(AT(a), AT(b), AT(c))
    NEXT;
op_f32_div:
    DO_f32_div(AT(a), AT(b), AT(c))
    NEXT;
op_f32_sqrt:
    DO_f32_sqrt(AT(a), AT(b))
    NEXT;
op_f32_neg:
    DO_f32_neg(AT(a), AT(b))
    NEXT;
op_f32_abs:
    DO_f32_abs(AT(a), AT(b))
    NEXT;
op_f32_max:
    DO_f32_max(AT(a), AT(b), AT(c))
    NEXT;
op_f32_min:
    DO_f32_min(AT(a), AT(b), AT(c))
    NEXT;
op_f32_eq:
    DO_f32_eq(AT(a), AT(b), AT(c))
    NEXT;
op_f32_ne:
    DO_f32_ne(AT(a), AT(b), AT(c))
    NEXT;
op_f32_lt:
    DO_f32_lt(AT(a), AT(b), AT(c))
    NEXT;
op_f32_le:
    DO_f32_le(AT(a), AT(b), AT(c))
    NEXT;
op_bool_and:
    DO_bool_and(AT(a), AT(b), AT(c))
    NEXT;
op_bool_or:
    DO_bool_or(AT(a), AT(b), AT(c))
    NEXT;
op_bool_xor:
    DO_bool_xor(AT(a), AT(b), AT(c))
    NEXT;
op_bool_not:
    DO_bool_not(AT(a), AT(b))
    NEXT;
op_u64_to_i64:
    DO_u64_to_i64(AT(a), AT(b))
    NEXT;
op_u64_to_i32:
    DO_u64_to_i32(AT(a), AT(b))
    NEXT;
op_u64_to_f32:
    DO_u64_to_f32(AT(a), AT(b))
    NEXT;
op_i64_to_u64:
    DO_i64_to_u64(AT(a), AT(b))
    NEXT;
op_i64_to_i32:
    DO_i64_to_i32(AT(a), AT(b))
    NEXT;
op_i64_to_f32:
    DO_i64_to_f32(AT(a), AT(b))
    NEXT;
op_i32_to_u64:
    DO_i32_to_u64(AT(a), AT(b))
    NEXT;
op_i32_to_i64:
    DO_i32_to_i64(AT(a), AT(b))
    NEXT;
op_i32_to_f32:
    DO_i32_to_f32(AT(a), AT(b))
    NEXT;
op_f32_to_u64:
    DO_f32_to_u64(AT(a), AT(b))
    NEXT;
op_f32_to_i64:
    DO_f32_to_i64(AT(a), AT(b))
    NEXT;
op_f32_to_i32:
    DO_f32_to_i32(AT(a), AT(b))
    NEXT;
op_bool_to_u64:
    DO_bool_to_u64(AT(a), AT(b))
    NEXT;
fused_u64_eq__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_u64_eq__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_u64_eq__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_u64_ne__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_u64_ne__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_u64_ne__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_u64_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_u64_lt__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_u64_lt__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_u64_le__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_u64_le__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_u64_le__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i64_eq__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i64_eq__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i64_eq__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i64_ne__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i64_ne__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i64_ne__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i64_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i64_lt__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i64_lt__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i64_le__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i64_le__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i64_le__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i32_eq__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i32_eq__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i32_eq__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i32_ne__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i32_ne__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i32_ne__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i32_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i32_lt__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i32_lt__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_i32_le__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_i32_le__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_i32_le__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_assert(v0, AT(d)) }
    NEXT;
}
fused_f32_eq__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_f32_eq__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_eq(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_f32_ne__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_f32_ne__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_ne(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_f32_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_f32_lt__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_lt(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_f32_le__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jif(v0) }
}
fused_f32_le__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_f32_le(v0, AT(b), AT(c)) AT(a) = v0; }
    { enum { PART = 1 }; DO_jifnot(v0) }
}
fused_u64_add__u64_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_add(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_u64_lt(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_i64_add__i64_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i64_add(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_i64_lt(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_i32_add__i32_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_i32_add(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_lt(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_mov__mov: {
    uint64_t v0;
    { enum { PART = 0 }; DO_mov(v0, AT(b)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_mov(v1, AT(d)) AT(c) = v1; }
    NEXT;
}
fused_u64_add__mov__mov: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_add(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_mov(v1, AT(e)) AT(d) = v1; }
    uint64_t v2;
    { enum { PART = 2 }; DO_mov(v2, v0) AT(f) = v2; }
    NEXT;
}
fused_u64_mul__u64_mod__u64_add: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_mul(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_u64_mod(v1, v0, AT(e)) AT(d) = v1; }
    uint64_t v2;
    { enum { PART = 2 }; DO_u64_add(v2, AT(f), v1) AT(f) = v2; }
    NEXT;
}
fused_u64_mul__u64_mod: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_mul(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_u64_mod(v1, v0, AT(e)) AT(d) = v1; }
    NEXT;
}
fused_u64_mul__u64_add__u64_mod_2: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_mul(v0, AT(b), AT(c)) AT(a) = v0; }
    uint64_t v1;
    { enum { PART = 1 }; DO_u64_add(v1, v0, AT(d)) AT(a) = v1; }
    uint64_t v2;
    { enum { PART = 2 }; DO_u64_mod_2(v2, v1, AT(e)) AT(a) = v2; }
    NEXT;
}
fused_u64_mod_2: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_mod_2(v0, AT(b), AT(c)) AT(a) = v0; }
    NEXT;
}
fused_u64_div_2: {
    uint64_t v0;
    { enum { PART = 0 }; DO_u64_div_2(v0, AT(b), AT(c)) AT(a) = v0; }
    NEXT;
}
fused_t_get: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    NEXT;
}
fused_t_put: {
    { enum { PART = 0 }; DO_t_put(AT(a), AT(a), AT(b), AT(c)) }
    NEXT;
}
fused_t_get__i32_eq__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_eq(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_t_get__i32_eq__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_eq(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jifnot(v1) }
}
fused_t_get__i32_ne__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_ne(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_t_get__i32_ne__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_ne(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jifnot(v1) }
}
fused_t_get__i32_lt__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_lt(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_t_get__i32_lt__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_lt(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jifnot(v1) }
}
fused_t_get__i32_le__jif: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_le(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jif(v1) }
}
fused_t_get__i32_le__jifnot: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_le(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_jifnot(v1) }
}
fused_t_get__i32_le__assert: {
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_le(v1, AT(e), v0) AT(d) = v1; }
    { enum { PART = 2 }; DO_assert(v1, AT(f)) }
    NEXT;
}
fused_t_get__i32_add__t_put: {
    uint64_t t0 = AT(b);
    uint64_t i0 = AT(c);
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, t0, i0) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_add(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_t_put(AT(b), t0, i0, v1) }
    NEXT;
}
fused_t_get__i32_sub__t_put: {
    uint64_t t0 = AT(b);
    uint64_t i0 = AT(c);
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, t0, i0) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_sub(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_t_put(AT(b), t0, i0, v1) }
    NEXT;
}
fused_t_get__i32_mul__t_put: {
    uint64_t t0 = AT(b);
    uint64_t i0 = AT(c);
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, t0, i0) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_i32_mul(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_t_put(AT(b), t0, i0, v1) }
    NEXT;
}
fused_t_get__f32_add__t_put: {
    uint64_t t0 = AT(b);
    uint64_t i0 = AT(c);
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, t0, i0) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_f32_add(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_t_put(AT(b), t0, i0, v1) }
    NEXT;
}
fused_t_get__f32_sub__t_put: {
    uint64_t t0 = AT(b);
    uint64_t i0 = AT(c);
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, t0, i0) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_f32_sub(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_t_put(AT(b), t0, i0, v1) }
    NEXT;
}
fused_t_get__f32_mul__t_put: {
    uint64_t t0 = AT(b);
    uint64_t i0 = AT(c);
    uint64_t v0;
    { enum { PART = 0 }; DO_t_get(v0, t0, i0) AT(a) = v0; MARK(TRACE_VALUE); }
    uint64_t v1;
    { enum { PART = 1 }; DO_f32_mul(v1, v0, AT(e)) AT(d) = v1; }
    { enum { PART = 2 }; DO_t_put(AT(b), t0, i0, v1) }
    NEXT;
}
fused_t_put__u64_add__u64_lt__jif: {
    { enum { PART = 0 }; DO_t_put(AT(a), AT(a), AT(b), AT(c)) }
    uint64_t v1;
    { enum { PART = 1 }; DO_u64_add(v1, AT(b), AT(d)) AT(b) = v1; }
    uint64_t v2;
    { enum { PART = 2 }; DO_u64_lt(v2, v1, AT(f)) AT(e) = v2; }
    { enum { PART = 3 }; DO_jif(v2) }
}
