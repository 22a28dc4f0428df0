/* Part of the loop: flow, moves, handles. */

op_jmp:
    ENTER(ip->target);
op_jif:
    DO_jif(A)
op_jifnot:
    DO_jifnot(A)
op_call: {
    const site *s = ip->at;
    const function *callee = &r->program->functions[s->target];
    if (UNLIKELY(r->depth >= MAX_DEPTH)) TRAP(TRAP_DEPTH);
    MARK(TRACE_CALL);
    stop = frame_push(r, callee, s, ip + 1);
    if (UNLIKELY(stop)) goto stopped;
    R = frame_registers(r);
    ENTER(callee->prepared);
}
op_call_ext:
op_try_ext:
    r->gas = gas;
    stop = external_call(r, ip);
    gas = r->gas;
    if (UNLIKELY(stop)) {
        ip = r->ip;
        goto stopped;
    }
    R = frame_registers(r);
    ENTER(r->ip);
op_ret: {
    const site *s = ip->at;
    const ins *resume = r->frames[r->depth - 1].resume;
    if (UNLIKELY(r->depth == r->floor)) {
        r->gas = gas;
        stop = r->ncallers ? external_return(r, s) : frame_finish(r, s);
        gas = r->gas;
        if (UNLIKELY(stop)) goto stopped;
        R = frame_registers(r);
        ENTER(r->ip);
    }
    frame_pop(r, s);
    R = frame_registers(r);
    ENTER(resume);
}
op_assert:
    DO_assert(A, B)
    NEXT;
op_gas:
    A = gas + r->reserve;
    ENTER(ip + 1);
op_copy: {
    value *v = as_value(B);
    if (v) value_keep(v);
    slot_write(r, &A, v);
    NEXT;
}
op_drop:
    slot_write(r, &A, NULL);
    NEXT;
