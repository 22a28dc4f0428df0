/* The loop, written once and compiled twice: LOOP names it, TRACED says whether it keeps a trace.
   Direct-threaded: every prepared instruction holds the address of its handler.  Only the gas of
   the current slice is in a register; `run.reserve` holds the rest. */

#define AT(slot) (*(uint64_t *)(R + ip->slot))
#define A AT(a)
#define B AT(b)
#define C AT(c)

#define DISPATCH goto *ip->handler
#define NEXT \
    do { \
        ip++; \
        DISPATCH; \
    } while (0)
#define MARK(mark) MARK_AT(mark, ip->pc + PART)
#define MARK_AT(mark, pc) \
    do { \
        int stop_ = TRACED ? watch_mark(r, mark, running(r), pc, gas) : 0; \
        if (stop_) TRAP(stop_); \
    } while (0)
/* Begins the block whose charge is at `head`. */
#define ENTER(head) \
    do { \
        ip = (head); \
        if (UNLIKELY(gas < ip->cost)) goto short_of_gas; \
        gas -= ip->cost; \
        MARK_AT(TRACE_BLOCK, ip->pc); \
        NEXT; \
    } while (0)
/* PART: which instruction of a fused form is at work */
#define TRAP(kind) \
    do { \
        stop = (kind); \
        part = PART; \
        goto stopped; \
    } while (0)
#define CALL(operation, ...) \
    do { \
        r->gas = gas; \
        stop = operation(r, __VA_ARGS__); \
        gas = r->gas; \
        if (UNLIKELY(stop)) TRAP(stop); \
    } while (0)
#define SLOW(operation) CALL(operation, ip, R)

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("no-gcse", "no-crossjumping")))
#endif
static int LOOP(run *r, const void *const **labels) {
#define X(name, code) [code] = &&op_##name,
#define Y(label) &&fused_##label,
    static const void *const table[PREPARED_OPS] = {
        FOR_EACH_OP(X)[PREPARED_CHARGE] = &&charge,
        [PREPARED_STEP] = &&step,
        [PREPARED_FUSED] = FOR_EACH_FUSION(Y)
    };
#undef X
#undef Y
    enum { PART = 0 };
    if (labels) {
        *labels = table;
        return 0;
    }
    const ins *ip = r->ip;
    uint8_t *R = frame_registers(r);
    uint64_t gas = r->gas;
    int stop, part = 0;
    DISPATCH;

charge:
    ENTER(ip);
step:
    stop = TRACED ? watch_step(r, ip->pc) : 0;
    if (stop) TRAP(stop);
    NEXT;

#include "handlers_gen.h"
#include "ops_control.h"

op_bytes_len:
    A = bytes_of(as_value(B));
    NEXT;
op_bytes_at: {
    const value *v = as_value(B);
    if (UNLIKELY(C >= bytes_of(v))) TRAP(TRAP_BOUNDS);
    PAY_ELEMENT(v)
    A = v->data[C];
    MARK(TRACE_VALUE);
    NEXT;
}
op_t_dim: {
    const value *v = as_value(B);
    A = v ? v->dims[ip->c] : 0;
    NEXT;
}
op_bytes_eq:
    SLOW(op_bytes_eq);
    MARK(TRACE_VALUE);
    NEXT;
op_bytes_concat:
    SLOW(op_bytes_concat);
    MARK(TRACE_VALUE);
    NEXT;
op_bytes_slice:
    SLOW(op_bytes_slice);
    MARK(TRACE_VALUE);
    NEXT;
op_t_get:
    SLOW(op_t_get);
    MARK(TRACE_VALUE);
    NEXT;
op_t_set:
    SLOW(op_t_set);
    MARK(TRACE_VALUE);
    NEXT;
op_t_put:
    SLOW(op_t_put);
    MARK(TRACE_VALUE);
    NEXT;
op_kernel:
    SLOW(op_kernel);
    MARK(TRACE_KERNEL);
    NEXT;
op_s_load:
    SLOW(op_load);
    MARK(TRACE_STORAGE);
    NEXT;
op_s_store:
    SLOW(op_store);
    MARK(TRACE_STORAGE);
    NEXT;
op_emit:
    SLOW(op_emit);
    MARK(TRACE_EVENT);
    NEXT;

short_of_gas:
    r->gas = gas;
    stop = refill(r, ip->cost);
    gas = r->gas;
stopped:
    r->gas = gas;
    r->ip = ip;
    r->part = part;
    return stop;
}

#undef AT
#undef A
#undef B
#undef C
#undef DISPATCH
#undef NEXT
#undef MARK
#undef MARK_AT
#undef ENTER
#undef TRAP
#undef CALL
#undef SLOW
