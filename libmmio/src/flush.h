/* SPDX-License-Identifier: Apache-2.0 */
/* Flushing as the library does it for itself. */
#ifndef MMIO_FLUSH_INTERNAL_H
#define MMIO_FLUSH_INTERNAL_H

#include "map.h"
#include "os/os.h"

/* Flush the whole map, or the pages around a range of it, which is held. Returns the system's code:
 * what others know of losses is for mmio__flush_outcome(). */
int32_t mmio__flush_map(mmio_map *map, mmio__os_flush_level level);
int32_t mmio__flush_pages(mmio_map *map, uint8_t *data, uint64_t offset, uint64_t size,
                          mmio__os_flush_level level);

/* What a caller is told whose flush ended with `code`. The first to meet a loss hears of the error
 * itself, and everybody of the loss if the map `had_lost` before. */
mmio_status mmio__flush_outcome(const mmio__call *call, const mmio_map *map, bool had_lost,
                                int32_t code, const char *what);

#endif
