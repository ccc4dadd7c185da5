/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on offsets and sizes that cannot overflow. */
#ifndef MMIO_BASE_RANGE_H
#define MMIO_BASE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"

/* Whether offset .. offset + size lies within 0 .. limit. */
static inline bool mmio__range_fits(uint64_t offset, uint64_t size, uint64_t limit)
{
    return size <= limit && offset <= limit - size;
}

/* `unit` is a power of two. */
static inline uint64_t mmio__round_down(uint64_t value, uint64_t unit)
{
    MMIO_ASSERT(unit != 0 && (unit & (unit - 1)) == 0);
    return value & ~(unit - 1);
}

/* As mmio__round_down(); the largest multiple of `unit` where rounding up would overflow. */
static inline uint64_t mmio__round_up(uint64_t value, uint64_t unit)
{
    const uint64_t down = mmio__round_down(value, unit);
    return down == value || down > UINT64_MAX - unit ? down : down + unit;
}

static inline uint64_t mmio__multiply_saturated(uint64_t a, uint64_t b)
{
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

#endif
