/* SPDX-License-Identifier: Apache-2.0 */
/* What workers do until they are killed, and what must be found then. */
#ifndef MMIO_TEST_KILL_LOADS_H
#define MMIO_TEST_KILL_LOADS_H

#include <mmio.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "dice.h"

#define THREADS 3
#define RECORDS 32768
#define SLOTS 255 /* As many for each thread. */

/* Something that gets one version after the other. What was begun and not done may be there, or
 * not, or in part. */
typedef struct versions {
    _Atomic uint64_t begun;
    _Atomic uint64_t done;
} versions;

/* Where a thread's records are. Those from `count` on are not promised. */
typedef struct records {
    _Atomic uint64_t count;
    uint64_t offsets[RECORDS];
} records;

/* What workers promise, in memory that outlives them. */
typedef struct ledger {
    _Alignas(64) _Atomic uint64_t promised[THREADS][8]; /* The first of each; the rest is room. */
    records appended[THREADS];
    uint64_t holes; /* So many of the bytes appended may be anything. */
    uint64_t rounds;
    versions slots[SLOTS];
    versions files[THREADS];
    versions counts[THREADS];
    versions size;         /* Of the file that is resized. */
    _Atomic uint64_t kept; /* So many of its bytes are right. */
} ledger;

/* One of the worker's threads. */
typedef struct worker {
    ledger *said;
    mmio_map *map;
    unsigned number;
    bool is_planted; /* Promises what is not so yet. */
    dice chance;
} worker;

typedef struct load {
    const char *name;
    long life_ns; /* Of a worker, at most. */
    mmio_map *(*open)(void);
    /* Until killed, on each thread. */
    void (*work)(worker *w);
    /* After the kill. Says what is wrong, or NULL, and makes all ready for the next worker. */
    const char *(*check)(ledger *said);
} load;

extern const load load_append;
extern const load load_slots;
extern const load load_resize;
extern const load load_publish;
extern const load load_locks;

/* Bytes that nothing else has; no 0 at the end. */
void bytes_of(uint64_t key, uint8_t *bytes, size_t size);

/* In a worker: the call has to succeed. */
void must(mmio_status status, const mmio_error *error);

/* In a worker: one more promise. */
void promise(worker *w);

/* A file of one's own, kept if it is there. */
mmio_status open_file(const char *path, uint64_t size, mmio_map **out_map, mmio_error *error);

/* In a check. */
#define DEMAND(condition)                                                                          \
    if (!(condition)) {                                                                            \
        return #condition;                                                                         \
    }

#endif
