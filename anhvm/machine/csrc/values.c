/* Values of a run: who owns them, what is counted, and gas that is paid at an instruction. */
#include <string.h>

#include "core.h"

int grow(void **items, uint64_t *size, uint64_t need, uint64_t item) {
    if (LIKELY(need <= *size)) return 0;
    uint64_t more_room = *size + *size / 4; /* little, since gas pays for what is held */
    uint64_t want = more_room > need ? more_room : need;
    if (want < 16) want = 16;
    void *more = mem_resize(*items, want * item);
    if (!more) return STOP_NO_MEMORY;
    *items = more;
    *size = want;
    return 0;
}

/* Gas between two looks at signals; a trace is fetched as often. */
enum { SLICE = 200000000, SLICE_TRACED = 100000 };

void take_slice(run *r, uint64_t least) {
    uint64_t left = r->gas + r->reserve;
    uint64_t slice = r->program->mode & MODE_TRACED ? SLICE_TRACED : SLICE;
    if (slice < least) slice = least;
    r->gas = left < slice ? left : slice;
    r->reserve = left - r->gas;
}

/* A saturated cost is never payable, not even by a saturated limit.  What a slice does not cover
   ends it, so that the next block looks at signals however dear the instructions are. */
int pay(run *r, uint64_t cost) {
    if (LIKELY(cost <= r->gas && cost != UINT64_MAX)) {
        r->gas -= cost;
        return 0;
    }
    uint64_t left = r->gas + r->reserve;
    int enough = cost <= left && cost != UINT64_MAX;
    r->gas = 0;
    r->reserve = enough ? left - cost : 0;
    return enough ? 0 : TRAP_OUT_OF_GAS;
}

int count_memory(run *r, uint64_t bytes, uint64_t values) {
    uint64_t live = r->live + bytes + values * VALUE_OVERHEAD;
    if (live <= r->high) return 0;
    const anh_schedule *gas = &r->program->gas;
    int trap = pay(r, by_bytes(gas, RATE_MEMORY, live) - by_bytes(gas, RATE_MEMORY, r->high));
    if (trap) return trap;
    if (live > MAX_MEMORY) return TRAP_MEMORY;
    r->high = live;
    return 0;
}

/* A large block that a run gives back waits for the next value of about its size: from the host it
   would come back as pages that cost more than most kernels.  What a run holds stays below the
   high-water mark that it has paid for. */
static const uint64_t LARGE = 1 << 20;
enum { AROUND = sizeof(value) + 64 }; /* the data */

/* What a value that fills the block counts. */
static uint64_t weight(const value *v) { return v->room - AROUND + VALUE_OVERHEAD; }

static value *spare_take(run *r, uint64_t size) {
    value **best = NULL;
    for (value **at = &r->spare; *at; at = &(*at)->next)
        if ((*at)->room >= size && (*at)->room - size <= size / 4 && (!best || (*at)->room < (*best)->room))
            best = at;
    if (!best) return NULL;
    value *v = *best;
    *best = v->next;
    r->spare_bytes -= weight(v);
    return v;
}

static void spare_free(run *r, uint64_t most) {
    while (r->spare && r->spare_bytes > most) {
        value *v = r->spare;
        r->spare = v->next;
        r->spare_bytes -= weight(v);
        mem_free(v);
    }
}

static void block_free(run *r, value *v) {
    if (v->room < LARGE || r->live + r->spare_bytes + weight(v) > r->high) {
        mem_free(v);
        return;
    }
    v->next = r->spare;
    r->spare = v;
    r->spare_bytes += weight(v);
}

static value *block_make(run *r, uint64_t size, int zero) {
    value *v = size < LARGE || zero ? NULL : spare_take(r, size);
    if (v) return v;
    uint64_t room = r->high - r->live; /* the new value is not yet live */
    if (size >= LARGE) spare_free(r, room < size ? 0 : room - size);
    v = zero ? mem_zero(size) : mem_get(size);
    if (v) v->room = size;
    return v;
}

/* Data of kernels starts at a cache line. */
value *value_make(run *r, uint8_t type, uint64_t bytes, int zero) {
    value *v = block_make(r, AROUND + bytes, zero);
    if (!v) return NULL;
    uint64_t room = v->room;
    memset(v, 0, sizeof(value));
    v->room = room;
    v->type = type;
    v->wide = v->direct = is_wide(&r->program->gas, type, bytes);
    v->bytes = bytes;
    v->data = (uint8_t *)(((uintptr_t)(v + 1) + 63) & ~(uintptr_t)63);
    v->owners = 1;
    v->next = r->values;
    if (v->next) v->next->before = v;
    r->values = v;
    return v;
}

value *value_view(run *r, value *base) {
    value *v = value_make(r, base->type, 0, 0);
    if (!v) return NULL;
    v->bytes = base->bytes;
    memcpy(v->dims, base->dims, sizeof v->dims);
    v->data = base->data;
    v->wide = base->wide;
    v->away = base->away;
    v->direct = 0;
    v->base = base->base ? base->base : base;
    value_pin(v->base);
    return v;
}

void value_count(run *r, value *v) { r->live += v->bytes + VALUE_OVERHEAD; }

void value_keep(value *v) {
    if (!v->fixed) v->owners++;
}

static void value_free(run *r, value *v) {
    if (v->before) v->before->next = v->next;
    if (!v->before) r->values = v->next;
    if (v->next) v->next->before = v->before;
    value *base = v->base;
    value_forget(r->home, v);
    block_free(r, v);
    if (base) value_unpin(r, base); /* a base has no base: this ends */
}

void value_drop(run *r, value *v) {
    if (v->fixed || --v->owners) return;
    r->live -= v->bytes + VALUE_OVERHEAD;
    if (!v->pins) value_free(r, v);
}

void value_pin(value *v) {
    if (!v->fixed) v->pins++;
}

void value_unpin(run *r, value *v) {
    if (v->fixed || --v->pins || v->owners) return;
    value_free(r, v);
}

void values_free(run *r, value *last) {
    spare_free(r, 0);
    while (r->values != last) {
        value *v = r->values;
        r->values = v->next;
        value_forget(r->home, v);
        mem_free(v);
    }
    if (last) last->before = NULL;
}
