/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remembering what was lost. The system reports a write-back that failed once and takes the pages
 * for clean afterwards, so that asking again succeeds. It names the file and not the bytes: what is
 * lost may be anywhere in it.
 */
#ifndef MMIO_LOSS_H
#define MMIO_LOSS_H

#include "map.h"

/* A flush of the map failed, which is held: have all maps of its file remember the code. */
void mmio__lose(mmio_map *map, int32_t code);
/* The same for a file that is open without a map. */
void mmio__lose_file(intptr_t handle, int32_t code);
/* A new map, already among the live ones, remembers what others of its file do. */
void mmio__loss_inherit(mmio_map *map);

/* LOST, with the code of the first loss of a map of that size. */
mmio_status mmio__fail_lost(const mmio__call *call, const mmio_map *map, uint64_t size);

/* The system's code of the first loss that was neither repaired nor acknowledged, or 0. */
static inline int32_t mmio__lost_code(const mmio_map *map)
{
    return (int32_t)(uint32_t)atomic_load(&map->loss);
}

#endif
