/* Chance, the corpus, and mutations of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { KEPT = 1 << 15, LARGEST = 1 << 16 };
uint64_t state;
static blob *items;
static uint32_t count;

uint64_t next(void) {
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t below(uint64_t n) { return n ? (uint32_t)(next() % n) : 0; }

uint32_t corpus_size(void) { return count; }

blob corpus_item(uint32_t i) { return items[i]; }

static blob copy_of(const uint8_t *data, uint32_t size) {
    blob b = {malloc(size ? size : 1), size};
    check(b.data != NULL, "no memory");
    memcpy(b.data, data, size);
    return b;
}

void corpus_keep(blob input) {
    if (count < KEPT && input.size <= LARGEST) items[count++] = copy_of(input.data, input.size);
}

static void get(FILE *f, void *to, size_t size) {
    if (fread(to, 1, size, f) == size) return;
    fprintf(stderr, "the corpus is cut off\n");
    exit(2);
}

void corpus_read(const char *path, anh_schedule *gas) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "no corpus at %s\n", path);
        exit(2);
    }
    uint32_t given;
    get(f, gas, sizeof *gas);
    get(f, &given, 4);
    items = calloc((size_t)given + KEPT, sizeof *items);
    check(items != NULL, "no memory");
    for (count = 0; count < given; count++) {
        blob *b = &items[count];
        get(f, &b->size, 4);
        b->data = malloc(b->size ? b->size : 1);
        check(b->data != NULL, "no memory");
        get(f, b->data, b->size);
    }
    fclose(f);
}

static void mutate_once(uint8_t *data, uint32_t *size, uint32_t room) {
    static const uint8_t odd[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0xfe, 64};
    const blob *other = &items[below(count)];
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

blob mutated(void) {
    const blob *from = &items[below(count)];
    uint32_t room = from->size * 2 + 64, size = from->size;
    uint8_t *data = malloc(room);
    check(data != NULL, "no memory");
    memcpy(data, from->data, size);
    if (below(500) == 0) { /* noise behind a good head */
        size = below(300) + 6;
        if (size > room) size = room;
        for (uint32_t i = 6; i < size; i++) data[i] = (uint8_t)next();
    } else {
        for (uint32_t n = below(4) + (below(8) == 0 ? 8 : 0); n; n--) mutate_once(data, &size, room);
    }
    blob exact = copy_of(data, size);
    free(data);
    return exact;
}
