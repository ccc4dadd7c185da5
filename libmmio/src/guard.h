/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Using mapped bytes that may be gone: their file cut, the disk full, the device failing.
 *
 * Everything the library reads and writes of them itself goes through these, and through the cells
 * of os.h. The bytes may also change beside a copy, by other processes or by a writer whose stripe
 * makes the reader try again; that race is the design.
 */
#ifndef MMIO_GUARD_H
#define MMIO_GUARD_H

#include "map.h"
#include "mmio/fault.h"
#include "os/os.h"

/* The process's guard: MMIO_GUARD_… */
extern _Atomic uint32_t mmio__guard;

static inline bool mmio__guard_is(uint32_t guard)
{
    return atomic_load_explicit(&mmio__guard, memory_order_relaxed) == guard;
}

/* Each returns how many bytes, from the end, were not done: they are gone. */

static inline uint64_t mmio__copy_out(void *to, const void *mapped, uint64_t size)
{
    return MMIO__LIKELY(!mmio__guard_is(MMIO_GUARD_SYSCALL))
               ? mmio__os_copy_out(to, mapped, (size_t)size)
               : mmio__os_copy_out_by_system(to, mapped, (size_t)size);
}

static inline uint64_t mmio__copy_in(void *mapped, const void *from, uint64_t size)
{
    return MMIO__LIKELY(!mmio__guard_is(MMIO_GUARD_SYSCALL))
               ? mmio__os_copy_in(mapped, from, (size_t)size)
               : mmio__os_copy_in_by_system(mapped, from, (size_t)size);
}

uint64_t mmio__fill(uint8_t *mapped, int byte, uint64_t size);

/* Asks the system for a cell. */
bool mmio__cell_can_be_had(uint8_t *cell);

/* Before a cell is used; false if it is gone. With system calls only the asking is safe: a cell
 * that goes between the two still ends the process. */
static inline bool mmio__cell_is_there(uint8_t *cell)
{
    return MMIO__LIKELY(!mmio__guard_is(MMIO_GUARD_SYSCALL)) || mmio__cell_can_be_had(cell);
}

/* A use of `size` bytes from `offset` on met a fault, with `left` of them not done. The map is
 * held. Finds the cause, and tells. */
mmio_status mmio__fail_fault(const mmio__call *call, const mmio_map *map, uint64_t offset,
                             uint64_t size, uint64_t left, bool for_write);
/* The answer of a map that has zeros where bytes were. */
mmio_status mmio__fail_absorbed(const mmio__call *call, const mmio_map *map);

/* A region was mapped: take part in its faults. A code if there is no memory for that. */
int32_t mmio__guard_region(mmio__region *region);

#endif
