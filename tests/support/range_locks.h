/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of range locks share. */
#ifndef MMIO_TEST_RANGE_LOCKS_H
#define MMIO_TEST_RANGE_LOCKS_H

#include <stdatomic.h>

#include "support.h"

enum { SHARED = MMIO_RANGE_LOCK_SHARED };

mmio_range_lock *lock_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags);
mmio_status try_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                      int64_t timeout_ms);

/* Whether all of "f" is free, asked by a process that has nothing of ours. */
bool is_free(void);

/* An acquisition on a thread of its own, of all of the file. */
typedef struct taker {
    mmio_map *map;
    int64_t timeout_ms;
    uintptr_t thread;
    _Atomic int id;
    mmio_status status;
    mmio_range_lock *lock;
} taker;

/* Returns when it is asleep: in the kernel's lock if it has no deadline. */
void start_taker(taker *t, mmio_map *map, int64_t timeout_ms);

#endif
