/* SPDX-License-Identifier: Apache-2.0 */
/* Holding a cell, for what atomic.c and wait.c do with it. */
#ifndef MMIO_ATOMIC_INTERNAL_H
#define MMIO_ATOMIC_INTERNAL_H

#include "map.h"
#include "mmio/atomic.h"

/* Check mode, alignment and range, in this order, and hold the cell. */
mmio_status mmio__hold_cell(const mmio__call *call, mmio_map *map, uint64_t offset,
                            uint64_t cell_size, mmio__hold *out_hold);

#endif
