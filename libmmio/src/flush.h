/* SPDX-License-Identifier: Apache-2.0 */
/* Flushing as the library does it for itself. */
#ifndef MMIO_FLUSH_INTERNAL_H
#define MMIO_FLUSH_INTERNAL_H

#include "map.h"

/* Flush the whole map at level DATA, with the map held. Returns the system's code. */
int32_t mmio__flush_map(mmio_map *map);

/* The code of a flush that failed on the timer's thread and that nobody was told yet, or 0. */
int32_t mmio__flush_take_kept(mmio_map *map);

#endif
