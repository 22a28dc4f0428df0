/* What the files of the fuzzer share; see fuzz_main.c. */
#pragma once
#include <stdint.h>

#include "core.h"

typedef struct {
    uint8_t *data;
    uint32_t size;
} blob;

/* fuzz_inputs.c: chance, the corpus, and what is made of it */
extern uint64_t state;
uint64_t next(void);
uint32_t below(uint64_t n);
void corpus_read(const char *path, anh_schedule *gas);
uint32_t corpus_size(void);
blob corpus_item(uint32_t i);
void corpus_keep(blob input); /* copies it, while there is room */
blob mutated(void);           /* allocated as large as it is: one byte too far is seen */

/* fuzz_cover.c: edges of the core that were taken for the first time since the last call */
uint64_t fresh_edges(void);
uint64_t all_edges(void);

/* fuzz_time.c: the time of a load, and the worst of all by size */
int timed_load(const blob *input, const anh_schedule *gas, int mode, program **out, refusal *why);
void print_worst(void);

/* fuzz_main.c */
void check(int holds, const char *what);
