/* SPDX-License-Identifier: Apache-2.0 */
#include "region.h"

#include "append.h"
#include "base/memory.h"
#include "guard.h"

/* How often a resize looks again before it takes pins for views. */
#define LOOKS_FOR_CALLS 10

/* Guards the list, and the links of the regions in it. */
static mmio__lock retired_lock;
static mmio__region *retired;

/* For those who wait until a resize may go on: `reaps` changes when it may be worth a look. */
static _Atomic uint32_t reaps;
static _Atomic uint32_t sleeping_resizes;

int32_t mmio__region_map(mmio__region *region, mmio_map *map, uint64_t size, uint64_t reserve)
{
    const mmio__os_caps *caps = mmio__os_get_caps();
    const bool is_private = map->mode == MMIO_MODE_COW || map->mode == MMIO_MODE_COW_RW;
    const uint32_t flags = (atomic_load(&map->is_writable) ? MMIO__OS_MAP_WRITE : 0) |
                           (is_private ? MMIO__OS_MAP_PRIVATE : 0) |
                           (map->prefers_huge_pages ? MMIO__OS_MAP_HUGE_PAGES : 0) |
                           (map->file_unit > 1 ? MMIO__OS_MAP_BACKED : 0);
    const uint64_t start = mmio__round_down(map->origin, caps->map_granularity);
    const uint64_t lead = map->origin - start;
    const uint64_t exact = mmio__map_file_size(map, mmio__round_up(lead + size, caps->page_size));
    uint64_t length = exact;
    if (reserve > size && caps->maps_past_end) {
        const uint64_t wished = reserve <= UINT64_MAX - lead ? lead + reserve : UINT64_MAX;
        length = mmio__map_file_size(map, mmio__round_up(wished, caps->page_size));
    }

    void *base = NULL;
    int32_t code = mmio__os_map(map->handle, start, length, flags, &base);
    if (code != 0 && length > exact) {
        length = exact;
        code = mmio__os_map(map->handle, start, length, flags, &base);
    }
    if (code != 0) {
        return code;
    }
    *region = (mmio__region){.map = map, .base = base, .length = length, .lead = lead};
    code = mmio__guard_region(region);
    if (code != 0) {
        mmio__region_unmap(region);
    }
    return code;
}

void mmio__region_unmap(mmio__region *region)
{
    if (region->base != NULL) {
        mmio__os_absorb_end(&region->absorber);
        mmio__os_unmap(region->base, region->length);
        region->base = NULL;
    }
}

/* Unmap a region; the last one of a map closes the file. */
static void end(mmio__region *region)
{
    mmio_map *map = region->map;
    mmio__region_unmap(region);
    if (region != &map->first_region) {
        mmio__free(region);
    }
    if (atomic_fetch_sub(&map->regions, 1) == 1 && map->handle != MMIO__OS_NO_HANDLE) {
        (void)mmio__append_trim(map);
        mmio__os_file_close(map->handle);
    }
    mmio__map_drop_life(map);
}

/* Pins beyond `offset` bytes of a region. */
static mmio__pin_census census_of(const mmio__region *region, uint64_t offset, uint32_t which)
{
    if (region->base == NULL) {
        /* Nothing is mapped; whoever needs the file holds the struct instead. */
        return mmio__pins_count((uintptr_t)region, (uintptr_t)region + 1, which);
    }
    const uint64_t end = region->length - region->lead;
    if (offset >= end) {
        return (mmio__pin_census){0, 0};
    }
    const uintptr_t first = (uintptr_t)region->base + region->lead;
    return mmio__pins_count(first + offset, first + end, which);
}

static bool is_pinned(const mmio__region *region, uint32_t which)
{
    const mmio__pin_census census = census_of(region, 0, which);
    return census.own + census.others != 0;
}

static mmio__region *take_unpinned(void)
{
    mmio__region *unpinned = NULL;
    mmio__lock_take(&retired_lock);
    mmio__region **link = &retired;
    while (*link != NULL) {
        mmio__region *region = *link;
        /* Whatever keeps it on the list must report when it goes. */
        if (is_pinned(region, MMIO__PINS_AWAIT)) {
            link = &region->next_retired;
        } else {
            *link = region->next_retired;
            region->next_retired = unpinned;
            unpinned = region;
        }
    }
    mmio__unlock(&retired_lock);
    return unpinned;
}

void mmio__regions_wake(void)
{
    atomic_fetch_add(&reaps, 1);
    if (atomic_load(&sleeping_resizes) != 0) {
        mmio__os_wake_all(&reaps);
    }
}

void mmio__regions_reap(void)
{
    mmio__region *region = take_unpinned();
    while (region != NULL) {
        mmio__region *next = region->next_retired;
        end(region);
        region = next;
    }
    mmio__regions_wake();
}

void mmio__region_retire(mmio__region *region)
{
    if (!is_pinned(region, MMIO__PINS_ALL)) {
        end(region);
        return;
    }
    mmio__lock_take(&retired_lock);
    region->next_retired = retired;
    retired = region;
    mmio__unlock(&retired_lock);
    /* Marks the pins that keep it, or finds that they have gone meanwhile. */
    mmio__regions_reap();
}

/* Pins beyond `offset` in the present region and in those the map has moved away from. */
static mmio__pin_census census_of_all(mmio_map *map, uint64_t offset, uint32_t which)
{
    mmio__pin_census census = census_of(map->region, offset, which);
    if (atomic_load(&map->regions) > 1) {
        mmio__lock_take(&retired_lock);
        for (const mmio__region *region = retired; region != NULL; region = region->next_retired) {
            if (region->map == map && region != map->region) {
                const mmio__pin_census more = census_of(region, offset, which);
                census.own += more.own;
                census.others += more.others;
            }
        }
        mmio__unlock(&retired_lock);
    }
    return census;
}

uint64_t mmio__regions_pins(mmio_map *map, uint64_t *out_length)
{
    mmio__pin_census census = {0, 0};
    *out_length = 0;
    mmio__lock_take(&map->gate);
    if (!atomic_load(&map->is_closed)) {
        census = census_of_all(map, 0, MMIO__PINS_ALL);
        *out_length = map->region->length - map->region->lead;
    }
    mmio__unlock(&map->gate);
    return census.own + census.others;
}

void mmio__regions_visit_retired(mmio__region_visitor visit, void *context)
{
    mmio__lock_take(&retired_lock);
    for (const mmio__region *region = retired; region != NULL; region = region->next_retired) {
        visit(region, context);
    }
    mmio__unlock(&retired_lock);
}

void mmio__regions_before_fork(void)
{
    mmio__lock_take(&retired_lock);
}

void mmio__regions_after_fork(void)
{
    mmio__unlock(&retired_lock);
}

/* One look. With the gate locked nobody can pin anew, so that finding none is final; the gate then
 * stays locked. */
static mmio_status look_once(mmio_map *map, uint64_t offset, uint32_t which,
                             mmio__deadline deadline)
{
    mmio__lock_take(&map->gate);
    if (atomic_load(&map->is_closed)) {
        mmio__unlock(&map->gate);
        return MMIO_ERR_CLOSED;
    }
    mmio__pin_census census = census_of_all(map, offset, which);
    /* Calls under way are over in no time, and with the gate locked no others come in their place;
     * without this a resize would have to meet a moment between two calls of busy threads. */
    for (int looks = 0; census.others != 0 && looks < LOOKS_FOR_CALLS; looks++) {
        census = census_of_all(map, offset, which);
    }
    if (census.own + census.others != 0 && deadline != MMIO__NO_WAIT) {
        census = census_of_all(map, offset, which | MMIO__PINS_AWAIT);
    }
    if (census.own + census.others == 0) {
        return MMIO_OK;
    }
    mmio__unlock(&map->gate);
    return deadline == MMIO__NO_DEADLINE && census.others == 0 ? MMIO_ERR_DEADLOCK : MMIO_ERR_BUSY;
}

mmio_status mmio__regions_lock_clear(mmio_map *map, uint64_t offset, uint32_t which,
                                     mmio__deadline deadline)
{
    mmio_status status;
    atomic_fetch_add(&sleeping_resizes, 1);
    for (;;) {
        const uint32_t seen = atomic_load(&reaps);
        status = look_once(map, offset, which, deadline);
        if (status != MMIO_ERR_BUSY || deadline == MMIO__NO_WAIT) {
            break;
        }
        if (mmio__deadline_is_over(deadline)) {
            status = MMIO_ERR_TIMEOUT;
            break;
        }
        mmio__os_wait(&reaps, seen, deadline);
    }
    atomic_fetch_sub(&sleeping_resizes, 1);
    return status;
}
