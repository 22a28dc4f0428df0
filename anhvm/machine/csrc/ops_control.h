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
op_ret: {
    const site *s = ip->at;
    const ins *resume = r->frames[r->depth - 1].resume;
    if (r->depth == 1) TRAP(frame_finish(r, s));
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
