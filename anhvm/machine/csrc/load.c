/* A program from its bytes to what the loop runs. */
#include "core.h"

int anh_load(const uint8_t *body, uint64_t size, const anh_schedule *gas, int mode,
             anh_program **out, anh_refusal *why) {
    *why = (anh_refusal){0};
    *out = NULL;
    program *p = mem_zero(sizeof *p);
    if (!p) return 2;
    p->gas = *gas;
    p->mode = mode;
    atomic_init(&p->users, 1);
    p->bytes = size + DIGEST_SIZE;
    int stop = decode(p, body, size, why);
    why->decoded = !stop;
    if (!stop) stop = verify(p, why);
    if (!stop && prepare(p)) stop = 2;
    if (stop) {
        anh_program_free(p);
        return stop;
    }
    *out = p;
    return 0;
}

void anh_program_free(anh_program *p) {
    if (!p || atomic_fetch_sub(&p->users, 1) > 1) return;
    run_discard(atomic_load(&p->spare));
    for (uint32_t i = 0; i < p->nconsts; i++) value_forget(p, p->consts[i].held);
    arena_free(&p->memory);
    mem_free(p);
}

int anh_kernel_next(const anh_program *p, uint32_t id) {
    while (id < KERNEL_LIMIT && !p->kernel_used[id]) id++;
    return id < KERNEL_LIMIT ? (int)id : -1;
}

void anh_kernel_bind(anh_program *p, uint32_t id, uintptr_t plan, uintptr_t check,
                     uintptr_t execute, uintptr_t launch) {
    p->kernels[id] = (anh_kernel){(anh_kernel_plan *)plan, (anh_kernel_check *)check,
                                  (anh_kernel_run *)execute, (anh_kernel_launch *)launch};
}

void anh_device_bind(anh_program *p, uintptr_t bring, uintptr_t forget) {
    p->device = (device){(anh_bring *)bring, (anh_forget *)forget};
}

void anh_fail_after(int64_t requests) { mem_fail_after(requests); }

int64_t anh_outstanding(void) { return mem_outstanding(); }
