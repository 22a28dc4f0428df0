/* What a trace tells: its lines, and the registers as one checksum, see "Trace" in machine.md. */
#define _POSIX_C_SOURCE 199309L
#include <string.h>
#include <time.h>

#include "core.h"

/* The remainders of CRC-32 for four bits. */
static const uint32_t REMAINDERS[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

static uint32_t feed(uint32_t crc, const void *data, uint64_t size) {
    const uint8_t *bytes = data;
    for (uint64_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ REMAINDERS[crc & 15];
        crc = crc >> 4 ^ REMAINDERS[crc & 15];
    }
    return crc;
}

static uint32_t feed_word(uint32_t crc, uint64_t word) { return feed(crc, &word, 8); }

static uint32_t canonical(uint32_t bits) {
    return (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc00000u : bits;
}

static uint32_t feed_handle(uint32_t crc, uint8_t type, const value *v) { /* whose data is here */
    uint8_t rank = type == TYPE_BYTES ? 255 : (uint8_t)rank_of(type);
    crc = feed(crc, &rank, 1);
    if (type == TYPE_BYTES) crc = feed_word(crc, bytes_of(v));
    for (uint32_t axis = 0; axis < rank_of(type); axis++)
        crc = feed_word(crc, v ? v->dims[axis] : 0);
    if (type == TYPE_BYTES || dtype_of(type) != DTYPE_F32)
        return v ? feed(crc, v->data, v->bytes) : crc;
    for (uint64_t i = 0; i < bytes_of(v) / 4; i++) {
        uint32_t bits;
        memcpy(&bits, v->data + 4 * i, 4);
        bits = canonical(bits);
        crc = feed(crc, &bits, 4);
    }
    return crc;
}

static int registers(const run *r, uint32_t *sum) {
    const frame *top = &r->frames[r->depth - 1];
    const uint64_t *slots = r->stack + top->base;
    uint32_t crc = UINT32_MAX;
    for (uint32_t i = 0; i < top->fn->nregs; i++) {
        uint8_t type = top->fn->regs[i].type;
        value *v = is_handle(type) ? as_value(slots[i]) : NULL;
        int stop = v ? value_bring(r, v) : 0;
        if (stop) return stop;
        if (is_handle(type)) {
            crc = feed_handle(crc, type, v);
            continue;
        }
        /* Upper halves are taken as they are: to find one that is not 0. */
        uint64_t high = slots[i] >> 32 << 32;
        crc = feed_word(crc, type == TYPE_F32 ? high | canonical((uint32_t)slots[i]) : slots[i]);
    }
    *sum = ~crc;
    return 0;
}

static int add(run *r, uint64_t mark, uint32_t function, uint32_t pc, uint64_t last) {
    if (grow((void **)&r->trace, &r->trace_size, r->trace_used + 4, 8)) return STOP_NO_MEMORY;
    uint64_t *to = r->trace + r->trace_used;
    to[0] = mark;
    to[1] = function;
    to[2] = pc;
    to[3] = last;
    r->trace_used += 4;
    return 0;
}

int watch_step(run *r, uint32_t pc) {
    if (!r->depth) return 0;
    const function *fn = r->frames[r->depth - 1].fn;
    uint32_t sum;
    int stop = registers(r, &sum);
    return stop ? stop : add(r, TRACE_REGISTERS, (uint32_t)(fn - r->program->functions), pc, sum);
}

int watch_time(run *r, uint32_t function, uint32_t pc) {
    struct timespec now;
    if (!(r->program->mode & MODE_WATCH_TIMES)) return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return add(r, TRACE_TIME, function, pc, (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec);
}

int watch_mark(run *r, uint64_t mark, uint32_t function, uint32_t pc, uint64_t gas) {
    int stop = add(r, mark, function, pc, gas + r->reserve + r->kept);
    if (!stop) stop = watch_time(r, function, pc);
    if (stop || !(r->program->mode & MODE_WATCH_MARKS)) return stop;
    return watch_step(r, mark == TRACE_ENTER ? r->ip->pc : pc); /* there it numbers a function */
}
