/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include "compiler.h"
#include "memory.h"

static size_t bucket_count(const mmio__table *table)
{
    return table->many != NULL ? table->many_count : MMIO__TABLE_FEW;
}

static mmio__table_entry **bucket_of(mmio__table *table, uint64_t hash)
{
    const size_t place = (size_t)hash & (bucket_count(table) - 1);
    return table->many != NULL ? &table->many[place] : &table->few[place];
}

static void push(mmio__table_entry **bucket, mmio__table_entry *entry)
{
    entry->next = *bucket;
    *bucket = entry;
}

static mmio__table_entry *pop(mmio__table_entry **bucket)
{
    mmio__table_entry *entry = *bucket;
    if (entry != NULL) {
        *bucket = entry->next;
    }
    return entry;
}

/* Twice as many buckets, if there is memory for them. */
static void spread(mmio__table *table)
{
    const size_t old_count = bucket_count(table);
    mmio__table_entry **wide = mmio__allocate(2 * old_count * sizeof(mmio__table_entry *));
    if (wide == NULL) {
        return;
    }
    mmio__table_entry **old = table->many != NULL ? table->many : table->few;
    for (size_t i = 0; i < old_count; i++) {
        for (mmio__table_entry *entry = pop(&old[i]); entry != NULL; entry = pop(&old[i])) {
            push(&wide[entry->hash & (2 * old_count - 1)], entry);
        }
    }
    mmio__free(table->many);
    table->many = wide;
    table->many_count = 2 * old_count;
}

void mmio__table_add(mmio__table *table, mmio__table_entry *entry, uint64_t hash)
{
    if (table->count == bucket_count(table)) {
        spread(table);
    }
    entry->hash = hash;
    push(bucket_of(table, hash), entry);
    table->count++;
}

void mmio__table_remove(mmio__table *table, mmio__table_entry *entry)
{
    mmio__table_entry **link = bucket_of(table, entry->hash);
    while (*link != entry) {
        MMIO_ASSERT(*link != NULL);
        link = &(*link)->next;
    }
    *link = entry->next;
    table->count--;
    if (table->count == 0) {
        mmio__free(table->many);
        table->many = NULL;
    }
}

static mmio__table_entry *find_entry(mmio__table_entry *entry, uint64_t hash)
{
    while (entry != NULL && entry->hash != hash) {
        entry = entry->next;
    }
    return entry;
}

mmio__table_entry *mmio__table_first(mmio__table *table, uint64_t hash)
{
    return find_entry(*bucket_of(table, hash), hash);
}

mmio__table_entry *mmio__table_next(mmio__table_entry *entry)
{
    return find_entry(entry->next, entry->hash);
}

mmio__table_entry *mmio__table_take(mmio__table *table)
{
    for (size_t place = 0; place < bucket_count(table); place++) {
        mmio__table_entry *entry = *bucket_of(table, place);
        if (entry != NULL) {
            mmio__table_remove(table, entry);
            return entry;
        }
    }
    return NULL;
}

/* FNV-1a, and the last steps of MurmurHash3, so that the low bits depend on all. */
uint64_t mmio__hash(uint64_t number, const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u ^ number;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    }
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    return hash ^ hash >> 33;
}
