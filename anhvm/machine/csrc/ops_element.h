/* What opcodes do that are fused and are no arithmetic: branches, assertions, and elements of tensors
   with one axis, the others in ops_values.c. */

#define DO_jif(x) \
    { \
        if (x) ENTER(ip->target); \
        ENTER(ip + 1); \
    }
#define DO_jifnot(x) \
    { \
        if (!(x)) ENTER(ip->target); \
        ENTER(ip + 1); \
    }
#define DO_assert(x, y) \
    if (UNLIKELY(!(x))) { \
        r->message = as_value(y); \
        TRAP(TRAP_ASSERT); \
    }

#define PAY_ELEMENT(v) \
    if (UNLIKELY(!is_near(&r->program->gas, (v)->bytes))) CALL(pay_element, v);
#define BRING(v) \
    if (UNLIKELY((v)->away)) CALL(value_bring, v);

#define DO_t_get(d, t, i) \
    { \
        value *t_ = as_value(t); \
        uint64_t i_ = i; \
        if (UNLIKELY(!t_ || i_ >= t_->dims[0])) TRAP(TRAP_BOUNDS); \
        if (UNLIKELY(!t_->wide)) { \
            PAY_ELEMENT(t_) \
            BRING(t_) \
        } \
        d = element_at(t_, i_); \
    }
#define DO_t_put(t, same, i, x) \
    { \
        value *t_ = as_value(same); \
        uint64_t i_ = i, x_ = x; \
        if (UNLIKELY(!t_ || i_ >= t_->dims[0])) TRAP(TRAP_BOUNDS); \
        if (LIKELY(t_->counts == 1 && t_->direct)) \
            memcpy(t_->data + 4 * i_, &x_, 4); \
        else \
            CALL(element_put, &t, i_, (uint32_t)x_); \
        MARK(TRACE_VALUE); \
    }
