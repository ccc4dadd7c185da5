/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table whose entries are parts of what is kept in it.
 *
 * It knows hashes only: whoever looks something up compares the rest. Adding never fails; without
 * memory for more buckets the chains get longer. A zeroed table is empty.
 */
#ifndef MMIO_BASE_TABLE_H
#define MMIO_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define MMIO__TABLE_FEW 16u

typedef struct mmio__table_entry {
    struct mmio__table_entry *next;
    uint64_t hash;
} mmio__table_entry;

typedef struct mmio__table {
    mmio__table_entry **many; /* NULL: the few are enough. */
    mmio__table_entry *few[MMIO__TABLE_FEW];
    size_t many_count; /* A power of two. */
    size_t count;
} mmio__table;

void mmio__table_add(mmio__table *table, mmio__table_entry *entry, uint64_t hash);
void mmio__table_remove(mmio__table *table, mmio__table_entry *entry);
/* An entry with this hash, and the next one with the same; NULL at the end. */
mmio__table_entry *mmio__table_first(mmio__table *table, uint64_t hash);
mmio__table_entry *mmio__table_next(mmio__table_entry *entry);
/* Take some entry out; NULL if there is none. */
mmio__table_entry *mmio__table_take(mmio__table *table);

/* The hash of a number and a string together. */
uint64_t mmio__hash(uint64_t number, const char *text);

#endif
