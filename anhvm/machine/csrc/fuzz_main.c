/* Attacks the core with broken containers: python -m anhvm.fuzz.sanitize, and anhvm.fuzz.modes.

   fuzz CORPUS FAULT SEED COUNT WHAT.  A corpus is an anh_schedule, a u32 count, and for each
   container (without its digest) a u32 length and the bytes.  What takes a new edge of the core joins
   the corpus, so a trial depends on those before it: the container of one that fails is written to the
   file FAULT.  COUNT 0 tries each container of the corpus as it is.

   WHAT is "loads": decoder and verifier, and a run now and then; "runs": with every kind of trace, and
   with memory that runs out; or "modes": every mode of the loop does the same, at any gas. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static anh_schedule gas;
static uint64_t trial, accepted, runs, ended, failures, digest, lines_digest, compared;
static uint64_t given_gas = UINT64_MAX, used_gas;
static uint64_t earlier, bare; /* gas of a call before, or none; how many of these ended so */
static const char *fault;
static blob input;
static volatile uint8_t sink;

static void died(void) {
    FILE *f = fopen(fault, "wb");
    fprintf(stderr, "trial %" PRIu64 " failed; its container is in %s\n", trial, fault);
    if (!f) return;
    fwrite(input.data, 1, input.size, f);
    fclose(f);
}

#ifdef SANITIZED
void __sanitizer_set_death_callback(void (*callback)(void));
size_t __sanitizer_get_current_allocated_bytes(void);
static uint64_t in_use(void) { return __sanitizer_get_current_allocated_bytes(); }
#else
static uint64_t in_use(void) { return 0; }
#endif

void check(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "trial %" PRIu64 ": %s\n", trial, what);
    died();
    abort();
}

/* ---- runs ---- */

static int32_t stub_plan(int64_t *block) {
    block[BLOCK_TILES] = 3;
    block[BLOCK_WORKSPACE] = 40;
    block[BLOCK_SHARED] = below(2) ? 24 : 0;
    return 1;
}

static int64_t stub_check(int64_t *block) {
    (void)block;
    return below(8) ? -1 : 5;
}

/* Reads each input and writes each output, one byte an element. */
static int32_t stub_run(int64_t *block, int64_t first, int64_t end, int64_t workspace) {
    memset((void *)(uintptr_t)workspace, 1, 40);
    if (block[BLOCK_SHARED] && end == 3) memset((void *)(uintptr_t)block[BLOCK_SHARED_AT], 1, 24);
    for (int64_t i = 0; i < block[BLOCK_OPERANDS] && first < end; i++) {
        const int64_t *o = block + BLOCK_HEADER + BLOCK_OPERAND * i;
        uint64_t n = 1;
        for (int d = 0; d < 6; d++) n *= (uint64_t)o[2 + d];
        uint8_t *bytes = (uint8_t *)(uintptr_t)o[0];
        if (i + 1 < block[BLOCK_OPERANDS] && n) sink ^= bytes[n - 1];
        if (i + 1 == block[BLOCK_OPERANDS] && first == 0) memset(bytes, 1, n);
    }
    return 1;
}

/* What a run may hold of the host's memory; a trace is not the run's. */
enum { BYTES_PER_GAS = 5, ROOM = 1 << 16 };
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

static void fold(uint64_t word) { digest = (digest ^ word) * UINT64_C(0x100000001b3); }

static void touch(const anh_value *v) {
    fold(v->size);
    if (!is_handle(v->type)) fold(v->bits);
    for (uint64_t i = 0; i < v->size; i++) fold(v->data[i]);
}

static void look(anh_run *r) {
    anh_result out;
    anh_value v;
    anh_result_of(r, &out);
    check(out.gas_used <= r->limit, "more gas used than there was");
    check(out.high_water <= MAX_MEMORY, "more memory than there is");
    fold(out.gas_used);
    fold(out.high_water);
    fold((uint64_t)out.trap << 32 | out.pc);
    fold(out.function);
    used_gas = out.gas_used;
    uint64_t words, so_far = digest;
    const uint64_t *lines = anh_trace(r, &words);
    digest = lines_digest;
    for (uint64_t i = 0; i < words; i++) fold(lines[i]);
    lines_digest = digest;
    digest = so_far;
    for (uint64_t i = 0; i < out.returns; i++) {
        v = anh_return(r, i);
        touch(&v);
    }
    uint64_t size = 0; /* the host may be out of memory here too */
    const uint8_t *packed = anh_events(r, &size);
    check(!packed || size >= 8 * out.events, "events without heads");
    for (uint64_t i = 0; i < out.events; i++) {
        fold(r->events[i].contract);
        for (uint32_t j = 0; j < r->events[i].count; j++) {
            v = anh_event_value(r, i, j);
            touch(&v);
        }
    }
    for (uint64_t i = 0; i < out.writes; i++) {
        v = anh_write_value(r, i);
        touch(&v);
    }
    for (int written = 0; written < 2; written++) {
        const uint8_t *cells = anh_cells(r, written, &size);
        for (uint64_t at = 0; cells && at < size;) { /* without the words: they may be addresses */
            uint32_t path;
            memcpy(&path, cells + at + 12, 4);
            for (uint32_t j = 0; j < 16; j++) fold(cells[at + j]);
            for (uint32_t j = 0; j < path; j++) fold(cells[at + 24 + j]);
            at += 24 + path;
        }
    }
    for (uint64_t i = 0; i < out.message_size; i++) fold(out.message[i]);
}

static void answer(anh_run *r, int status) {
    if (below(20) == 0) {
        anh_abort(r);
    } else if (status == STOP_NEED_WRITE) {
        anh_permit(r);
    } else if (status == STOP_NEED_CALLEE) { /* anyone but the caller is its twin */
        anh_value address = anh_needed_address(r);
        touch(&address);
        anh_link(r, below(4) ? r->contracts[0].program : NULL);
    } else {
        const field *f = &r->program->fields[anh_needed(r).field];
        anh_value v = small(f->type, f->dims);
        while (anh_provide(r, below(2) && v.size <= sizeof room ? &v : NULL)) {}
    }
}

/* Mostly little: a loop that runs long tells nothing new. */
static uint64_t chosen_gas(void) {
    uint64_t chosen = next() >> ((below(16) ? 52 : 44) + below(12));
    return given_gas < UINT64_MAX ? given_gas : chosen;
}

/* What an earlier call leaves in a run is not for the next one to see: not even chance. */
static void call_before(anh_run *r, const uint64_t *words) {
    uint64_t chance = state;
    if (earlier && anh_call(r, (const uint8_t *)words, earlier) == STOP_BARE) bare++;
    state = chance;
}

static void run_function(const program *p, anh_pool *pool, uint32_t index) {
    const function *f = &p->functions[index];
    const anh_env env = {small(TYPE_BYTES, NULL), small(TYPE_BYTES, NULL), next(), 7, 1000};
    anh_value *args = calloc(f->nparams + 1, sizeof *args);
    uint64_t *words = calloc(f->nparams + 1, sizeof *words);
    check(args && words, "no memory");
    for (uint32_t i = 0; i < f->nparams; i++) {
        args[i] = small(f->params[i], NULL);
        if (args[i].size > sizeof room) args[i] = small(f->params[i], (const uint32_t[6]){0});
        words[i] = is_handle(f->params[i]) ? (uintptr_t)&args[i] : args[i].bits;
    }
    uint64_t before = in_use(), seed = next(), chosen = chosen_gas();
    anh_run *r = anh_open(p, pool, index, &env, 0, seed);
    if (r) call_before(r, words);
    int status = !r || anh_start(r, (uint8_t *)words, chosen);
    free(args);
    free(words);
    if (status) {
        anh_run_free(r);
        return;
    }
    runs++;
    while ((status = anh_resume(r)) == STOP_PAUSE || status == STOP_NEED_READ ||
           status == STOP_NEED_WRITE || status == STOP_NEED_CALLEE)
        if (status != STOP_PAUSE) answer(r, status);
    check(status <= STOP_DONE || status == STOP_NO_MEMORY, "a stop that should not be");
    uint64_t after = in_use(), paid = BYTES_PER_GAS * anh_gas_used(r) + ROOM;
    check(after <= before || after - before <= paid || p->mode & MODE_TRACED,
          "more memory than was paid for");
    ended += status == STOP_DONE;
    if (status <= STOP_DONE) look(r);
    anh_run_free(r);
}

static program *load(int mode, int starve) {
    program *p;
    anh_refusal why;
    anh_fail_after(starve ? (int64_t)below(60) : -1);
    int status = starve ? anh_load(input.data, input.size, &gas, mode, &p, &why)
                        : timed_load(&input, &gas, mode, &p, &why);
    check((status == 0) == (p != NULL) && (status != 1 || why.why), "a load that says nothing");
    check(status != 2 || starve, "out of memory for no reason");
    failures += status == 2;
    for (uint32_t id = 0; p && id < KERNEL_LIMIT; id++)
        anh_kernel_bind(p, id, (uintptr_t)stub_plan,
                        KERNEL_ROWS[id].flags & KERNEL_CHECKS ? (uintptr_t)stub_check : 0,
                        (uintptr_t)stub_run, 0);
    return p;
}

static void run_all(const program *p, anh_pool *pool) {
    for (uint32_t i = 0; i < p->nfunctions && i < 4; i++)
        if (p->functions[i].kind != KIND_INTERNAL) run_function(p, pool, i);
}

static void attempt(anh_pool *pool, int often, int starve) {
    int watched = below(8) == 0 ? MODE_WATCH_MARKS | MODE_WATCH_STEPS : 0;
    earlier = below(4) ? 0 : next() >> (44 + below(12));
    program *p = load((int)(below(4) | (below(16) & (uint32_t)watched)), starve);
    accepted += p != NULL;
    if (p && (often || below(8) == 0)) run_all(p, pool);
    anh_program_free(p);
    anh_fail_after(-1);
}

/* The digest of what a program shows, from the same chance each time. */
static uint64_t shown(const program *p, anh_pool *pool, uint64_t chance, uint64_t with) {
    state = chance;
    digest = lines_digest = 0;
    given_gas = with;
    run_all(p, pool);
    given_gas = UINT64_MAX;
    compared++;
    return digest;
}

enum { MODES = 4, SCANNED = 300 }; /* gas up to which each amount that does not suffice is tried */

static void agree(program **p, anh_pool *one, anh_pool *two, uint64_t chance, uint64_t with) {
    earlier = 0;
    uint64_t wanted = shown(p[0], one, chance, with), traced = 0;
    for (int i = 1; i < MODES; i++) {
        earlier = i & 1 ? chance >> 44 : 0;
        check(shown(p[i], two, chance, with) == wanted, "modes differ");
        if (!(p[i]->mode & MODE_TRACED)) continue;
        check(!traced || lines_digest == traced, "traces differ");
        traced = lines_digest;
    }
}

static void compare_modes(anh_pool *one, anh_pool *two) {
    static const int modes[MODES] = {0, MODE_UNFUSED, MODE_TRACED, MODE_TRACED | MODE_UNFUSED};
    program *p[MODES] = {load(0, 0)};
    if (!p[0]) return;
    accepted++;
    int watched = below(8) ? 0 : MODE_WATCH_MARKS;
    for (int i = 1; i < MODES; i++) {
        p[i] = load(modes[i] | (modes[i] & MODE_TRACED ? watched : 0), 0);
        check(p[i] != NULL, "what one mode accepts another refuses");
    }
    uint64_t chance = next();
    agree(p, one, two, chance, UINT64_MAX);
    if (used_gas < SCANNED)
        for (uint64_t used = used_gas, less = 0; less < used; less++)
            agree(p, one, two, chance, less);
    for (int i = 0; i < MODES; i++) anh_program_free(p[i]);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "fuzz CORPUS FAULT SEED COUNT loads|runs|modes\n");
        return 2;
    }
    corpus_read(argv[1], &gas);
    fault = argv[2];
    uint64_t chance = strtoull(argv[3], NULL, 10), count = strtoull(argv[4], NULL, 10);
    int as_it_is = count == 0, modes = !strcmp(argv[5], "modes"), often = !strcmp(argv[5], "runs");
    if (as_it_is) count = corpus_size();
#ifdef SANITIZED
    __sanitizer_set_death_callback(died);
#endif
    for (size_t i = 0; i < sizeof room; i++) room[i] = i % 4 == 3 ? (uint8_t)(i & 63) : (uint8_t)(i & 1);
    anh_pool *one = anh_pool_new(1), *two = anh_pool_new(2);
    int64_t before = anh_outstanding();
    for (trial = 0; trial < count; trial++) {
        state = chance * UINT64_C(0xd1342543de82ef95) + trial;
        input = as_it_is ? corpus_item((uint32_t)trial) : mutated();
        if (modes)
            compare_modes(one, two);
        else
            attempt(two, often || as_it_is, !as_it_is && below(8) == 0);
        check(anh_outstanding() == before, "memory was not given back");
        if (fresh_edges() && !as_it_is) corpus_keep(input);
        if (!as_it_is) free(input.data);
        if (trial % 1000000 == 999999) fprintf(stderr, "%" PRIu64 " trials\n", trial + 1);
    }
    anh_pool_free(one);
    anh_pool_free(two);
    print_worst();
    printf("%" PRIu64 " containers, %" PRIu64 " accepted, %" PRIu64 " runs, %" PRIu64
           " ended well, %" PRIu64 " compared, %" PRIu64
           " after a bare call, %" PRIu64 " out of memory on purpose, %u in the corpus, %" PRIu64
           " edges, 0 faults\n",
           count, accepted, runs, ended, compared, bare, failures, corpus_size(), all_edges());
    return 0;
}
