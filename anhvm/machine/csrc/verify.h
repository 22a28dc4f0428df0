/* The verifier in three parts; the rules are those of anhvm/verifier, module by module. */
#pragma once
#include "core.h"

/* What an instruction needs to know of its site. */
typedef struct {
    uint8_t kind, type, reads, writes;
    uint16_t first; /* of an update: the register of its tensor */
} site_facts;

/* Each gives NULL, or the sentence that refuses. */
const char *verify_parts(const program *p);
const char *verify_frame(const program *p, const function *f);
const char *verify_sites(const program *p, const function *f, site_facts *facts);
const char *verify_code(const function *f, const site_facts *facts, uint32_t *pc);

int dims_within_limit(const uint32_t *dims, uint32_t rank);
