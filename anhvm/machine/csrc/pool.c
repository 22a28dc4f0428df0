/* The worker pool: one job at a time, its tiles in static ranges, one range a thread, so that what
   is computed never depends on timing.  Who does a range may: one whose worker has not woken when
   the caller is through with its own is done by the caller, so that nobody waits for a sleeper.  A
   second run that finds the pool busy works alone.  Threads are made at the first job, again in a
   forked child, and sleep when there is nothing to do. */
#define _GNU_SOURCE /* sched_getcpu, pthread_setaffinity_np */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "core.h"
#include "fpmode.h"

enum { MAX_THREADS = 256 };
/* How long threads look out for each other: a little longer than it takes to wake one, or a part of
   what they have just worked, since ranges that are alike end as much apart as others take from a
   processor.  Kernels of one step follow each other closely, but others may want the processor. */
static const long LEAST_SPIN = 50000, MOST_SPIN = 1000000, SPIN_PART = 4; /* nanoseconds */
/* Gas of a job below which threads cost more than they save, when awake and when asleep. */
static const uint64_t WORTH_SHARING = 10000, WORTH_WAKING = 40000;

typedef struct {
    atomic_uint_fast64_t open; /* the job whose range waits for this worker, or 0 */
    struct anh_pool *pool;
    int index;
    uint8_t apart[64]; /* two workers never write the same line */
} worker;

struct anh_pool {
    pthread_mutex_t busy, lock; /* a job holds busy; lock guards sleep and wake */
    pthread_cond_t wake, done;
    int threads;
    atomic_int started;
    worker workers[MAX_THREADS];
    pthread_t handles[MAX_THREADS];
    atomic_uint_fast64_t runs;
    atomic_uint_fast64_t job; /* counts jobs; workers wait for it to change */
    atomic_int pending, failed, stop, sleepers;
    anh_kernel_run *run;
    int64_t *block;
    int64_t tiles;
    int ranges;
    uint8_t *ws;
    uint64_t ws_each;
    struct anh_pool *next;
};

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct anh_pool *all;

static void reset(struct anh_pool *p) {
    pthread_mutex_init(&p->busy, NULL);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->done, NULL);
    p->started = 0;
    atomic_store(&p->sleepers, 0);
    atomic_store(&p->pending, 0);
    for (int i = 0; i < MAX_THREADS; i++) atomic_store(&p->workers[i].open, 0);
}

static void before_fork(void) { pthread_mutex_lock(&all_lock); }
static void after_fork(void) { pthread_mutex_unlock(&all_lock); }
/* Only the forking thread lives on: no worker exists, and locks may be anybody's. */
static void in_child(void) {
    pthread_mutex_init(&all_lock, NULL);
    for (struct anh_pool *p = all; p; p = p->next) reset(p);
}
static void install(void) { pthread_atfork(before_fork, after_fork, in_child); }

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void work(struct anh_pool *p, int range) {
    int64_t first = p->tiles * range / p->ranges, end = p->tiles * (range + 1) / p->ranges;
    int64_t ws = (int64_t)(uintptr_t)(p->ws + (uint64_t)range * p->ws_each);
    if (p->run(p->block, first, end, ws) != 1) atomic_store(&p->failed, 1);
}

/* Whether the range of `job` that waits for a worker is the asking thread's from now on.  Before,
   nothing of the job may be looked at: it may be over. */
static int claim(struct anh_pool *p, int range, uint_fast64_t job) {
    return atomic_compare_exchange_strong(&p->workers[range].open, &job, 0);
}

/* Until when to look out after work that began at `start`. */
static long lookout(long start) {
    long end = now(), spin = (end - start) / SPIN_PART;
    return end + (spin < LEAST_SPIN ? LEAST_SPIN : spin > MOST_SPIN ? MOST_SPIN : spin);
}

/* Waits until the job count is no longer `seen`, awake till `until`; 0 when the pool stops. */
static int await(struct anh_pool *p, uint_fast64_t seen, long until) {
    do {
        for (int i = 0; i < 64; i++) {
            if (atomic_load_explicit(&p->job, memory_order_acquire) != seen)
                return !atomic_load(&p->stop);
            __builtin_ia32_pause();
        }
    } while (now() < until);
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(&p->job) == seen) pthread_cond_wait(&p->wake, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->lock);
    return !atomic_load(&p->stop);
}

static void *serve(void *argument) {
    worker *w = argument;
    struct anh_pool *p = w->pool;
    fp_enter();
    long start = now();
    for (uint_fast64_t seen = 0; await(p, seen, lookout(start));) {
        seen = atomic_load(&p->job);
        start = now();
        if (!claim(p, w->index, seen)) continue;
        work(p, w->index);
        if (atomic_fetch_sub(&p->pending, 1) == 1) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_signal(&p->done);
            pthread_mutex_unlock(&p->lock);
        }
    }
    return NULL;
}

/* Workers may go where the caller may, but not beside it.  A virtual machine can take an idle
   processor for one that the host has taken away, and wake a worker on that of the caller, where it
   waits for the next tick: four milliseconds. */
static void spread(struct anh_pool *p) {
    cpu_set_t set;
    int here = sched_getcpu();
    if (here < 0 || sched_getaffinity(0, sizeof set, &set)) return;
    if (CPU_COUNT(&set) > 1) CPU_CLR(here, &set);
    for (int i = 1; i < p->started; i++) pthread_setaffinity_np(p->handles[i], sizeof set, &set);
}

/* As many threads as the host gives; signals are for the thread that Python runs in. */
static void start_workers(struct anh_pool *p) {
    sigset_t none, before;
    sigfillset(&none);
    pthread_sigmask(SIG_SETMASK, &none, &before);
    int made = 1;
    for (; made < p->threads; made++) {
        worker *w = &p->workers[made];
        w->pool = p;
        w->index = made;
        if (pthread_create(&p->handles[made], NULL, serve, w)) break;
    }
    atomic_store(&p->started, made);
    spread(p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void announce(struct anh_pool *p) {
    atomic_fetch_add(&p->job, 1);
    if (!atomic_load(&p->sleepers)) return;
    spread(p);
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

int pool_run(struct anh_pool *p, anh_kernel_run *kernel, int64_t *block, int64_t tiles, uint8_t *ws,
             uint64_t ws_each, int threads) {
    int ranges = threads < tiles ? threads : (int)tiles;
    if (ranges <= 1 || pthread_mutex_trylock(&p->busy))
        return kernel(block, 0, tiles, (int64_t)(uintptr_t)ws) != 1;
    if (!p->started) start_workers(p);
    p->run = kernel;
    p->block = block;
    p->tiles = tiles;
    p->ranges = ranges < p->started ? ranges : p->started;
    p->ws = ws;
    p->ws_each = ws_each;
    atomic_store(&p->failed, 0);
    uint_fast64_t job = atomic_load(&p->job) + 1;
    atomic_store(&p->pending, p->ranges - 1);
    for (int i = 1; i < p->ranges; i++) atomic_store(&p->workers[i].open, job);
    announce(p);
    long start = now();
    work(p, 0);
    for (int i = 1; i < p->ranges; i++) {
        if (!claim(p, i, job)) continue;
        work(p, i);
        atomic_fetch_sub(&p->pending, 1);
    }
    long until = lookout(start);
    while (atomic_load_explicit(&p->pending, memory_order_acquire) && now() < until)
        __builtin_ia32_pause();
    if (atomic_load(&p->pending)) {
        pthread_mutex_lock(&p->lock);
        while (atomic_load(&p->pending)) pthread_cond_wait(&p->done, &p->lock);
        pthread_mutex_unlock(&p->lock);
    }
    int failed = atomic_load(&p->failed);
    pthread_mutex_unlock(&p->busy);
    return failed;
}

int pool_threads(struct anh_pool *p, uint64_t cost) {
    int awake = atomic_load(&p->started) && !atomic_load(&p->sleepers);
    return cost >= (awake ? WORTH_SHARING : WORTH_WAKING) ? p->threads : 1;
}

void pool_count(struct anh_pool *p) { atomic_fetch_add_explicit(&p->runs, 1, memory_order_relaxed); }

uint64_t anh_pool_runs(const struct anh_pool *p) { return atomic_load(&p->runs); }

struct anh_pool *anh_pool_new(int threads) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    struct anh_pool *p = mem_zero(sizeof *p);
    if (!p) return NULL;
    p->threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
    reset(p);
    pthread_mutex_lock(&all_lock);
    p->next = all;
    all = p;
    pthread_mutex_unlock(&all_lock);
    return p;
}

void anh_pool_free(struct anh_pool *p) {
    if (!p) return;
    pthread_mutex_lock(&all_lock);
    struct anh_pool **at = &all;
    while (*at != p) at = &(*at)->next;
    *at = p->next;
    pthread_mutex_unlock(&all_lock);
    atomic_store(&p->stop, 1);
    announce(p);
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i < p->started; i++) pthread_join(p->handles[i], NULL);
    mem_free(p);
}
