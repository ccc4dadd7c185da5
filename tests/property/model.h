/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the library should do, as plain arrays: the bytes of a file, who maps them how, and which
 * status a request must get. Knows the library's constants and calls nothing of it.
 */
#ifndef PROPERTY_MODEL_H
#define PROPERTY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmio.h"

/* Several stripes of the library's locks, and several reservations. Who has no time for so much
 * defines less. */
#ifndef SIZE_MOST
#define SIZE_MOST ((uint64_t)320 << 10)
#endif

/* In subject::append_end: the next append goes behind the map's size. */
#define APPENDED_NOTHING UINT64_MAX

/* A file, or the memory of an anonymous map. Bytes from `size` on are 0. */
typedef struct store {
    uint8_t *bytes; /* SIZE_MOST of them. */
    uint64_t size;
    bool is_file;
} store;

/* One opened map. It ends with its last holder and view. */
typedef struct subject subject;
struct subject {
    mmio_map *map;
    store *store;
    uint32_t mode;
    uint32_t kind;
    uint64_t origin;      /* Of its first byte in the store. */
    uint64_t window_size; /* As asked for. */
    bool is_window;
    bool is_protected;
    uint64_t size;
    uint64_t pending;
    uint32_t policy;
    uint64_t policy_amount;
    uint64_t policy_count; /* Bytes or writes since the last flush. */
    uint64_t append_end;
    uint64_t pins; /* Views held that are not empty. */
    uint32_t holders;
    uint32_t users; /* Holders and views: who keeps this struct. */
    bool is_shut;
    uint8_t *own_bytes; /* COW_RW: what was written, by whole pages. */
    bool *own_pages;    /* Which pages these are. */
    subject *next;
};

/* NULL without memory. */
store *store_create(uint64_t size, bool is_file);
void store_free(store *s);
/* What is cut off is gone. */
void store_resize(store *s, uint64_t new_size);

subject *subject_create(store *s, uint32_t mode, uint32_t kind);
/* With its store, unless that is a file. */
void subject_free(subject *s);

bool is_writable(const subject *s);
bool counts_pending(const subject *s);

/* Bytes as the map shows them, and as it writes them. The range lies within the subject. */
void model_read(const subject *s, uint64_t offset, uint8_t *bytes, uint64_t size);
void model_write(subject *s, uint64_t offset, const uint8_t *bytes, uint64_t size);
/* A write that became pending, as all do but those through views. */
void model_change(subject *s, uint64_t offset, const uint8_t *bytes, uint64_t size);
/* The same by a call that policies count. */
void model_copy_in(subject *s, uint64_t offset, const uint8_t *bytes, uint64_t size);
/* What the policy makes of writes. */
void model_count(subject *s, uint64_t writes, uint64_t bytes);
void model_flush(subject *s);
/* How long the map is once it looks at the file. */
uint64_t model_refreshed_size(const subject *s);
/* Pages around a range become the map's own, or cease to be. No-ops but on COW_RW. */
void model_own_pages(subject *s, uint64_t offset, uint64_t size);
void model_drop_pages(subject *s, uint64_t offset, uint64_t size);
void model_pend(subject *s, uint64_t size);
/* Where the pattern begins, or UINT64_MAX. */
uint64_t model_find(const subject *s, uint64_t offset, uint64_t size, const uint8_t *pattern,
                    size_t pattern_size);

/* Statuses. Those of a call that reads, one that writes (writing nothing is allowed to all), a
 * view, a cell, and a resize that waits for nobody. */
bool model_fits(uint64_t offset, uint64_t size, uint64_t limit);
mmio_status model_reading(const subject *s, uint64_t offset, uint64_t size);
mmio_status model_writing(const subject *s, uint64_t offset, uint64_t size);
mmio_status model_viewing(const subject *s, bool is_write, uint64_t offset, uint64_t size);
mmio_status model_cell(const subject *s, uint64_t offset, uint64_t cell_size);
mmio_status model_growing(const subject *s);
mmio_status model_resizing(const subject *s, uint64_t new_size, bool is_pinned);

#endif
