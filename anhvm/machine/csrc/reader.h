/* A cursor over bytes that nobody vouches for: it never moves past the end, and every count is
   compared with what is left before anything is made for it. */
#pragma once
#include <string.h>

#include "core.h"

typedef struct {
    const uint8_t *data;
    uint64_t at, end;
    const char *why; /* the first fault, or NULL */
    int no_memory;
    arena *memory;
} reader;

static inline int bad(const reader *r) { return r->why || r->no_memory; }

static inline void refuse(reader *r, const char *why) {
    if (!bad(r)) r->why = why;
}

/* The next `size` bytes, or NULL. */
static inline const uint8_t *take(reader *r, uint64_t size) {
    if (bad(r)) return NULL;
    if (size > r->end - r->at) {
        refuse(r, "the bytes end too early");
        return NULL;
    }
    r->at += size;
    return r->data + r->at - size;
}

static inline uint32_t number(reader *r, int bytes) {
    const uint8_t *p = take(r, (uint64_t)bytes);
    uint32_t n = 0;
    for (int i = 0; p && i < bytes; i++) n |= (uint32_t)p[i] << 8 * i;
    return n;
}

/* The count of a list whose items take at least `least` bytes each, and room for them. */
static inline uint32_t list(reader *r, uint64_t least, uint64_t size, void *items) {
    uint32_t count = number(r, 4);
    void *room = NULL;
    if (!bad(r) && count > (r->end - r->at) / least) refuse(r, "the bytes end too early");
    if (bad(r)) count = 0;
    if (count && !(room = arena_get(r->memory, count, size))) {
        r->no_memory = 1;
        count = 0;
    }
    memcpy(items, &room, sizeof room);
    return count;
}

static inline uint8_t code_of_type(reader *r) {
    uint8_t code = (uint8_t)number(r, 1);
    if (!bad(r) && !is_type(code)) refuse(r, "no such type");
    return code;
}

static inline uint8_t one_of(reader *r, uint32_t first, uint32_t last, const char *why) {
    uint32_t code = number(r, 1);
    if (!bad(r) && (code < first || code > last)) refuse(r, why);
    return (uint8_t)code;
}
