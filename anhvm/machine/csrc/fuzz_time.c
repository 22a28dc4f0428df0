/* How long the decoder and the verifier take for a byte, at worst, by size.  A record is measured
   again, so that it is not what another process did. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "fuzz.h"

enum { BUCKETS = 33, AGAIN = 5, LEAST = 64 };
static double worst[BUCKETS];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static int bucket_of(uint32_t size) {
    int bucket = 0;
    while (size >>= 1) bucket++;
    return bucket;
}

static double again(const blob *input, const anh_schedule *gas, int mode) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < AGAIN; i++) {
        program *p;
        refusal why;
        uint64_t start = now();
        anh_load(input->data, input->size, gas, mode, &p, &why);
        uint64_t taken = now() - start;
        anh_program_free(p);
        if (taken < least) least = taken;
    }
    return (double)least / input->size;
}

int timed_load(const blob *input, const anh_schedule *gas, int mode, program **out, refusal *why) {
    uint64_t start = now();
    int status = anh_load(input->data, input->size, gas, mode, out, why);
    double each = (double)(now() - start) / (input->size ? input->size : 1);
    int bucket = bucket_of(input->size);
    if (input->size >= LEAST && status != 2 && each > worst[bucket]) {
        each = again(input, gas, mode);
        if (each > worst[bucket]) worst[bucket] = each;
    }
    return status;
}

void print_worst(void) {
    printf("worst ns a byte, by size:");
    for (int i = 0; i < BUCKETS; i++)
        if (worst[i] > 0) printf(" %" PRIu64 ": %.1f", UINT64_C(1) << i, worst[i]);
    printf("\n");
}
