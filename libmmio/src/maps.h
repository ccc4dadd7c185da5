/* SPDX-License-Identifier: Apache-2.0 */
/* The live maps of the process: from opening until their memory is freed. */
#ifndef MMIO_MAPS_H
#define MMIO_MAPS_H

#include "map.h"

void mmio__maps_add(mmio_map *map);
void mmio__maps_remove(mmio_map *map);

/* While they are locked, none comes or goes. The first one; the next is map->next_live. */
mmio_map *mmio__maps_lock(void);
void mmio__maps_unlock(void);

/* Around fork(): no map is caught in the middle of a change. */
void mmio__maps_before_fork(void);
void mmio__maps_after_fork(void);
/* In the child, where all other threads are gone with what they held. */
void mmio__maps_forked(void);

#endif
