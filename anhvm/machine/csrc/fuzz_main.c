/* Attacks the core with broken containers, under sanitizers: python -m anhvm.fuzz.sanitize.

   fuzz CORPUS SEED FIRST COUNT.  A corpus is an anh_schedule, a u32 count, and for each container
   (without its digest) a u32 length and the bytes.  Trial i depends on SEED and i alone, so a crash
   is repeated by FIRST = i, COUNT = 1. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

typedef struct {
    uint8_t *data;
    uint32_t size;
} blob;

static blob *corpus;
static uint32_t corpus_size;
static anh_schedule gas;
static uint64_t state, trial, accepted, runs, ended, failures;
static volatile uint8_t sink;

static uint64_t next(void) {
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t below(uint64_t n) { return n ? (uint32_t)(next() % n) : 0; }

static void died(void) { fprintf(stderr, "trial %" PRIu64 " failed\n", trial); }
void __sanitizer_set_death_callback(void (*callback)(void));

static void check(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "trial %" PRIu64 ": %s\n", trial, what);
    abort();
}

/* ---- mutation ---- */

static void mutate_once(uint8_t *data, uint32_t *size, uint32_t room) {
    static const uint8_t odd[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0xfe, 64};
    const blob *other = &corpus[below(corpus_size)];
    uint32_t at = below(*size), n;
    if (!*size) return;
    switch (below(10)) {
    case 0: data[at] ^= (uint8_t)(1u << below(8)); break;
    case 1: data[at] = (uint8_t)next(); break;
    case 2: data[at] = odd[below(sizeof odd)]; break;
    case 3: data[at] = (uint8_t)(data[at] + 1 - 2 * below(2)); break;
    case 4: *size = at; break;
    case 5: /* a word of an edge */
        for (uint32_t i = 0; i < 4 && at + i < *size; i++) data[at + i] = below(2) ? 0xff : 0;
        break;
    case 6: /* the other one from here on */
        if (at < other->size) {
            n = other->size - at < room - at ? other->size - at : room - at;
            memcpy(data + at, other->data + at, n);
            *size = at + n;
        }
        break;
    case 7: /* some bytes of it, here */
        n = below(32) + 1;
        if (n <= other->size && at + n <= *size)
            memcpy(data + at, other->data + below(other->size - n + 1), n);
        break;
    case 8: /* some of its own bytes, here */
        n = below(32) + 1;
        if (at + n <= *size) memmove(data + at, data + below(*size - n + 1), n);
        break;
    default: /* an instruction's or register's field */
        data[at & ~1u] = (uint8_t)below(16);
        if ((at | 1u) < *size) data[at | 1u] = 0;
    }
}

static uint8_t *mutated(uint32_t *size) {
    const blob *from = &corpus[below(corpus_size)];
    uint32_t room = from->size * 2 + 64;
    uint8_t *data = malloc(room);
    check(data != NULL, "no memory");
    *size = from->size;
    memcpy(data, from->data, from->size);
    if (below(500) == 0) { /* noise behind a good head */
        *size = below(300) + 6;
        if (*size > room) *size = room;
        for (uint32_t i = 6; i < *size; i++) data[i] = (uint8_t)next();
        return data;
    }
    for (uint32_t n = below(4) + (below(8) == 0 ? 8 : 0); n; n--) mutate_once(data, size, room);
    uint8_t *exact = malloc(*size ? *size : 1); /* so that one byte too far is seen */
    check(exact != NULL, "no memory");
    memcpy(exact, data, *size);
    free(data);
    return exact;
}

/* ---- runs ---- */

static int32_t stub_plan(int64_t *block) {
    block[0] = 3;
    block[1] = 40;
    return 1;
}

static int64_t stub_check(int64_t *block) {
    (void)block;
    return below(8) ? -1 : 5;
}

/* Reads each input and writes each output, one byte an element. */
static int32_t stub_run(int64_t *block, int64_t first, int64_t end, int64_t workspace) {
    memset((void *)(uintptr_t)workspace, 1, 40);
    for (int64_t i = 0; i < block[2] && first < end; i++) {
        const int64_t *o = block + 4 + 8 * i;
        uint64_t n = 1;
        for (int d = 0; d < 6; d++) n *= (uint64_t)o[2 + d];
        uint8_t *bytes = (uint8_t *)(uintptr_t)o[0];
        if (i + 1 < block[2] && n) sink ^= bytes[n - 1];
        if (i + 1 == block[2]) memset(bytes, first == 0, n);
    }
    return 1;
}

static uint8_t room[4096];

/* A small value of a type; `dims` are fixed or NULL. */
static anh_value small(uint8_t type, const uint32_t *dims) {
    anh_value v = {.type = type, .bits = next() >> below(64), .data = room};
    if (type == TYPE_I32 || type == TYPE_F32) v.bits &= 0x3fffffff;
    if (type == TYPE_BOOL) v.bits &= 1;
    if (type == TYPE_BYTES) v.size = below(40);
    if (is_tensor(type)) {
        v.size = item_size(type);
        for (uint32_t i = 0; i < rank_of(type); i++) {
            v.dims[i] = dims ? dims[i] : below(4);
            v.size = v.size * v.dims[i] < sizeof room ? v.size * v.dims[i] : sizeof room + 1;
        }
    }
    return v;
}

static void touch(const anh_value *v) {
    for (uint64_t i = 0; i < v->size; i++) sink ^= v->data[i];
}

static void look(const anh_run *r) {
    anh_result out;
    anh_value v;
    uint32_t count;
    anh_result_of(r, &out);
    check(out.gas_used <= r->limit, "more gas used than there was");
    check(out.high_water <= MAX_MEMORY, "more memory than there is");
    for (uint64_t i = 0; i < out.returns; i++) {
        v = anh_return(r, i);
        touch(&v);
    }
    for (uint64_t i = 0; i < out.events; i++) {
        anh_event(r, i, &count);
        for (uint32_t j = 0; j < count; j++) {
            v = anh_event_value(r, i, j);
            touch(&v);
        }
    }
    for (uint64_t i = 0; i < out.writes; i++) {
        anh_cell c = anh_write(r, i, &v);
        touch(&v);
        for (uint32_t j = 0; j < c.path_size; j++) sink ^= c.path[j];
    }
    for (uint64_t i = 0; i < out.message_size; i++) sink ^= out.message[i];
}

static void answer(anh_run *r, int status) {
    if (below(20) == 0) {
        anh_abort(r);
    } else if (status == STOP_NEED_WRITE) {
        anh_permit(r);
    } else {
        const field *f = &r->program->fields[anh_needed(r).field];
        anh_value v = small(f->type, f->dims);
        while (anh_provide(r, below(2) && v.size <= sizeof room ? &v : NULL)) {}
    }
}

static void run_function(const program *p, anh_pool *pool, uint32_t index) {
    const function *f = &p->functions[index];
    const uint64_t numbers[3] = {next(), 7, 1000};
    const anh_value sender = small(TYPE_BYTES, NULL), self = small(TYPE_BYTES, NULL);
    anh_value *args = calloc(f->nparams + 1, sizeof *args);
    check(args != NULL, "no memory");
    for (uint32_t i = 0; i < f->nparams; i++) {
        args[i] = small(f->params[i], NULL);
        if (args[i].size > sizeof room) args[i] = small(f->params[i], (const uint32_t[6]){0});
    }
    anh_run *r = anh_start(p, pool, index, args, f->nparams, &sender, &self, numbers,
                           next() >> (44 + below(20)), next());
    free(args);
    if (!r) return;
    runs++;
    int status;
    while ((status = anh_resume(r)) == STOP_PAUSE || status == STOP_NEED_READ ||
           status == STOP_NEED_WRITE)
        if (status != STOP_PAUSE) answer(r, status);
    check(status <= STOP_DONE || status == STOP_NO_MEMORY, "a stop that should not be");
    ended += status == STOP_DONE;
    if (status <= STOP_DONE) look(r);
    anh_run_free(r);
}

static void attempt(anh_pool *pool) {
    uint32_t size;
    uint8_t *data = mutated(&size);
    anh_program *p;
    anh_refusal why;
    int starve = below(8) == 0;
    anh_fail_after(starve ? (int64_t)below(60) : -1);
    int status = anh_load(data, size, &gas, (int)below(16), &p, &why);
    check((status == 0) == (p != NULL) && (status != 1 || why.why), "a load that says nothing");
    check(status != 2 || starve, "out of memory for no reason");
    failures += status == 2;
    free(data);
    if (p) {
        accepted++;
        for (uint32_t id = 0; id < KERNEL_LIMIT; id++)
            anh_kernel_bind(p, id, (uintptr_t)stub_plan,
                            KERNEL_ROWS[id].flags & KERNEL_CHECKS ? (uintptr_t)stub_check : 0,
                            (uintptr_t)stub_run);
        for (uint32_t i = 0; i < p->nfunctions && i < 4; i++)
            if (p->functions[i].kind != KIND_INTERNAL) run_function(p, pool, i);
    }
    anh_program_free(p);
    anh_fail_after(-1);
}

static void get(FILE *f, void *to, size_t size) {
    if (fread(to, 1, size, f) == size) return;
    fprintf(stderr, "the corpus is cut off\n");
    exit(2);
}

int main(int argc, char **argv) {
    FILE *f = argc == 5 ? fopen(argv[1], "rb") : NULL;
    if (!f) {
        fprintf(stderr, "fuzz CORPUS SEED FIRST COUNT\n");
        return 2;
    }
    get(f, &gas, sizeof gas);
    get(f, &corpus_size, 4);
    corpus = calloc(corpus_size, sizeof *corpus);
    for (uint32_t i = 0; i < corpus_size; i++) {
        get(f, &corpus[i].size, 4);
        corpus[i].data = malloc(corpus[i].size + 1);
        get(f, corpus[i].data, corpus[i].size);
    }
    fclose(f);
    __sanitizer_set_death_callback(died);
    uint64_t seed = strtoull(argv[2], NULL, 10), first = strtoull(argv[3], NULL, 10);
    uint64_t count = strtoull(argv[4], NULL, 10);
    for (size_t i = 0; i < sizeof room; i++) room[i] = i % 4 == 3 ? (uint8_t)(i & 63) : (uint8_t)(i & 1);
    anh_pool *pool = anh_pool_new(2);
    int64_t before = anh_outstanding();
    for (trial = first; trial < first + count; trial++) {
        state = seed * UINT64_C(0xd1342543de82ef95) + trial;
        attempt(pool);
        check(anh_outstanding() == before, "memory was not given back");
    }
    anh_pool_free(pool);
    printf("%" PRIu64 " programs, %" PRIu64 " accepted, %" PRIu64 " runs, %" PRIu64
           " ended well, %" PRIu64 " out of memory on purpose, 0 faults\n",
           count, accepted, runs, ended, failures);
    return 0;
}
