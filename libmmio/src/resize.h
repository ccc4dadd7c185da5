/* SPDX-License-Identifier: Apache-2.0 */
/* What resizing, following and appending share. All with `resizing` locked and the file held. */
#ifndef MMIO_RESIZE_INTERNAL_H
#define MMIO_RESIZE_INTERNAL_H

#include "map.h"

/* MMIO_OK if the map may be resized and written, else why not. */
mmio_status mmio__check_resizable(const mmio__call *call, const mmio_map *map);

/* Extend the file and the map to `new_size`. Failure: both are as before. */
mmio_status mmio__resize_grow(const mmio__call *call, mmio_map *map, uint64_t new_size);

/* Make the map as long as its file is by now: in place if it can be, else in a new region with
 * address space for `reserve` bytes. */
mmio_status mmio__resize_follow(const mmio__call *call, mmio_map *map, uint64_t new_size,
                                uint64_t reserve);

#endif
