/* SPDX-License-Identifier: Apache-2.0 */
#include "maps.h"

#include "append.h"

static mmio__lock maps_lock;
static mmio_map *newest_map;

void mmio__maps_add(mmio_map *map)
{
    mmio__lock_take(&maps_lock);
    map->next_live = newest_map;
    map->link_live = &newest_map;
    if (newest_map != NULL) {
        newest_map->link_live = &map->next_live;
    }
    newest_map = map;
    mmio__unlock(&maps_lock);
}

void mmio__maps_remove(mmio_map *map)
{
    mmio__lock_take(&maps_lock);
    *map->link_live = map->next_live;
    if (map->next_live != NULL) {
        map->next_live->link_live = map->link_live;
    }
    mmio__unlock(&maps_lock);
}

mmio_map *mmio__maps_lock(void)
{
    mmio__lock_take(&maps_lock);
    return newest_map;
}

void mmio__maps_unlock(void)
{
    mmio__unlock(&maps_lock);
}

/* Gates are held only while a map changes, never while anybody waits for views. */
void mmio__maps_before_fork(void)
{
    for (mmio_map *map = mmio__maps_lock(); map != NULL; map = map->next_live) {
        mmio__lock_take(&map->gate);
    }
    mmio__regions_before_fork();
}

void mmio__maps_after_fork(void)
{
    mmio__regions_after_fork();
    for (mmio_map *map = newest_map; map != NULL; map = map->next_live) {
        mmio__unlock(&map->gate);
    }
    mmio__maps_unlock();
}

/* A resize that another thread was waiting in, or a copy it was in the middle of, has no one left
 * to end it. */
void mmio__maps_forked(void)
{
    for (mmio_map *map = newest_map; map != NULL; map = map->next_live) {
        mmio__lock_reset(&map->gate);
        mmio__lock_reset(&map->resizing);
        mmio__lock_reset(&map->policy_lock);
        mmio__flights_forked(&map->flights);
        /* The room ahead is the parent's to cut off. */
        atomic_store(&map->append_end, MMIO__APPENDED_NOTHING);
        mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_relaxed);
        if (stripes != NULL) {
            mmio__stripes_reset(stripes);
        }
    }
    mmio__pins_forked();
    mmio__regions_after_fork();
    mmio__lock_reset(&maps_lock);
}
