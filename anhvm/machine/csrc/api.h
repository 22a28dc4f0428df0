/* What Python calls.  The part between the marks is also the cdef of cffi. */
#pragma once
#include <stdint.h>

/* cdef begin */
typedef struct anh_program anh_program;
typedef struct anh_run anh_run;
typedef struct anh_pool anh_pool;

typedef int32_t anh_kernel_plan(int64_t *block);
typedef int64_t anh_kernel_check(int64_t *block);
typedef int32_t anh_kernel_run(int64_t *block, int64_t first, int64_t end, int64_t workspace);

/* Of a kernel on a device: 1 when it is done.  For each operand of the block the number of the copy
   of its data there, or 0; the kernel sets those that it has made since.  What it gives a number to
   among the results it has not written here.  `any`: the dtype of operands that may be of any;
   `counts`: how many trailing scalars there are. */
typedef int32_t anh_kernel_launch(int64_t *block, uint64_t *copies, uint32_t any, uint32_t counts);

typedef struct {
    anh_kernel_plan *plan;
    anh_kernel_check *check; /* may be NULL */
    anh_kernel_run *run;
    anh_kernel_launch *launch; /* then it is on a device, and plan and run are NULL */
} anh_kernel;

typedef int32_t anh_bring(uint64_t copy, uint8_t *to, uint64_t bytes); /* 1 when they are there */
typedef void anh_forget(uint64_t copy);

/* How a run stops; below 64 it ended with that trap. */
enum {
    STOP_DONE = 64,
    STOP_NEED_READ = 65,
    STOP_NEED_WRITE = 66,
    STOP_PAUSE = 67, /* resume: a chance to look at signals */
    STOP_NO_MEMORY = 68, /* the host's, never a trap */
    STOP_NO_KERNEL = 69,
    STOP_KERNEL_FAILED = 70,
    STOP_NEED_CALLEE = 71,
    STOP_BARE = 72, /* done, and there is nothing but gas, memory and words to be seen */
    STOP_MOVING = 73, /* another thread moves it: nothing was done */
    STOP_DEVICE = 74 /* it failed; it knows why */
};

enum { FEW_WORDS = 8 };

typedef struct {
    uint64_t base, madds, near, far, cache;
} anh_kernel_gas;

typedef struct {
    uint64_t step, levels, price;
} anh_steps;

/* Costs in the order of generate.CLASSES, generate.DYNAMIC and kernels.table.GAS_CLASSES. */
typedef struct {
    uint64_t op[32], rate[8], frame_register;
    anh_steps code, element;
    anh_kernel_gas kernel[48];
} anh_schedule; /* every number is below 2^32 */

/* A value at the boundary; data is not owned.  NULL where there are bytes: the device failed. */
typedef struct {
    uint8_t type;
    uint64_t bits, size;
    uint32_t dims[6];
    const uint8_t *data;
} anh_value;

typedef struct {
    const char *why;
    int decoded; /* 0: refused at byte `at`; 1: by the verifier, in `function` */
    uint32_t function, pc;
    uint64_t at;
} anh_refusal;

/* Contracts by number: 0 was started, the others in the order in which they were needed. */
typedef struct {
    uint32_t contract, field, type, path_size;
    uint8_t near[16]; /* of a short path, the path */
    const uint8_t *path;
} anh_cell;

/* Why a run stopped; what it needs; or how it ended.  Until it moves again. */
typedef struct {
    uint64_t gas_used, high_water;
    uint64_t words[8]; /* what it returned, if these are not more: scalars */
    int32_t trap;
    uint32_t contract, function, pc;
    uint64_t returns, events, writes, reads;
    uint64_t message_size;
    const uint8_t *message;
    anh_cell cell;
} anh_result;

typedef struct {
    anh_value sender, self;
    uint64_t value, height, time;
} anh_env;

/* load: 0, 1 refused, 2 out of memory.  mode, in bits: 1 with a trace, 2 unfused,
   4 registers with every mark, 8 before every instruction */
int anh_load(const uint8_t *body, uint64_t size, const anh_schedule *gas, int mode,
             anh_program **out, anh_refusal *why);
void anh_program_free(anh_program *p);
/* the first kernel that the program uses, of this id or a higher one; -1: none */
int anh_kernel_next(const anh_program *p, uint32_t id);
void anh_kernel_bind(anh_program *p, uint32_t id, uintptr_t plan, uintptr_t check, uintptr_t execute,
                     uintptr_t launch);
void anh_device_bind(anh_program *p, uintptr_t bring, uintptr_t forget);

anh_pool *anh_pool_new(int threads);
void anh_pool_free(anh_pool *pool);
uint64_t anh_pool_runs(const anh_pool *pool); /* how many were started */

/* open: a run of a function, to be started again and again; NULL when out of memory.  With `permits`
   no store asks.  start: anew, with arguments that fit: a scalar is its word, any other the address
   of an anh_value; 0, or STOP_NO_MEMORY.  resume: a status above.  go: resume, and the report is
   there.  give: provide a scalar, and go; nothing if none is needed.  call: start, and go; after STOP_BARE only it is of use */
anh_run *anh_open(const anh_program *p, anh_pool *pool, uint32_t function, const anh_env *env,
                  int permits, uint64_t seed);
void anh_run_free(anh_run *r);
int anh_start(anh_run *r, const uint8_t *words, uint64_t gas);
int anh_resume(anh_run *r);
const anh_result *anh_report(const anh_run *r);
int anh_go(anh_run *r);
int anh_give(anh_run *r, uint64_t bits);
int anh_call(anh_run *r, const uint8_t *words, uint64_t gas);
int anh_provide(anh_run *r, const anh_value *v); /* NULL: never written */
void anh_permit(anh_run *r);
anh_value anh_needed_address(const anh_run *r);
void anh_link(anh_run *r, const anh_program *p); /* NULL: no contract is alive there */
void anh_abort(anh_run *r);
uint64_t anh_gas_used(const anh_run *r);
anh_cell anh_needed(const anh_run *r);
anh_value anh_register(const anh_run *r, uint32_t index); /* of the frame that trapped; no data */

void anh_result_of(const anh_run *r, anh_result *out);
anh_value anh_return(const anh_run *r, uint64_t i);
anh_value anh_event_value(const anh_run *r, uint64_t i, uint32_t j);
anh_value anh_write_value(const anh_run *r, uint64_t i);
/* All of them, one after the other, until the next of these; NULL when out of memory.
   Cells: u32 contract, field, type, size of the path; u64 of a scalar that was written; the path.
   Events: u32 contract, index; u64 of each value */
const uint8_t *anh_cells(anh_run *r, int written, uint64_t *size);
const uint8_t *anh_events(anh_run *r, uint64_t *size);
const uint64_t *anh_trace(anh_run *r, uint64_t *words); /* since the last call */

void anh_fail_after(int64_t requests);
int64_t anh_outstanding(void);
/* cdef end */
