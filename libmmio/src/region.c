/* SPDX-License-Identifier: Apache-2.0 */
#include "region.h"

#include "base/memory.h"
#include "map.h"
#include "os/os.h"

/* Guards the list, and the links of the regions in it. */
static mmio__lock retired_lock;
static mmio__region *retired;

/* For those who wait until a resize may go on: `reaps` changes when it may be worth a look. */
static _Atomic uint32_t reaps;
static _Atomic uint32_t sleepers;

int32_t mmio__region_map(mmio__region *region, mmio_map *map, uint64_t size, uint64_t reserve)
{
    const mmio__os_caps *caps = mmio__os_get_caps();
    const bool is_private = map->mode == MMIO_MODE_COW || map->mode == MMIO_MODE_COW_RW;
    const uint32_t flags =
        (map->is_writable ? MMIO__OS_MAP_WRITE : 0) | (is_private ? MMIO__OS_MAP_PRIVATE : 0);
    const uint64_t exact = mmio__round_up(size, caps->page_size);
    uint64_t length = exact;
    if (reserve > size && caps->maps_past_end) {
        length = mmio__round_up(reserve, caps->page_size);
    }

    void *base = NULL;
    int32_t code = mmio__os_map(map->handle, length, flags, &base);
    if (code != 0 && length > exact) {
        length = exact;
        code = mmio__os_map(map->handle, length, flags, &base);
    }
    if (code == 0) {
        *region = (mmio__region){.map = map, .base = base, .length = length};
    }
    return code;
}

/* Unmap a region; the last one of a map closes the file. */
static void end(mmio__region *region)
{
    mmio_map *map = region->map;
    if (region->base != NULL) {
        mmio__os_unmap(region->base, region->length);
    }
    if (region != &map->first_region) {
        mmio__free(region);
    }
    if (atomic_fetch_sub(&map->regions, 1) == 1 && map->handle != MMIO__OS_NO_HANDLE) {
        mmio__os_file_close(map->handle);
    }
    mmio__map_drop_life(map);
}

static mmio__pin_census census_of(const mmio__region *region, uint64_t offset,
                                  mmio__pin_census (*scan)(uintptr_t start, uintptr_t end))
{
    if (region->base == NULL) {
        /* Nothing is mapped; whoever needs the file holds the struct instead. */
        return scan((uintptr_t)region, (uintptr_t)region + 1);
    }
    if (offset >= region->length) {
        return (mmio__pin_census){0, 0};
    }
    const uintptr_t base = (uintptr_t)region->base;
    return scan(base + offset, base + region->length);
}

static bool is_pinned(const mmio__region *region,
                      mmio__pin_census (*scan)(uintptr_t start, uintptr_t end))
{
    const mmio__pin_census census = census_of(region, 0, scan);
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
        if (is_pinned(region, mmio__pins_await)) {
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
    if (atomic_load(&sleepers) != 0) {
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
    if (!is_pinned(region, mmio__pins_count)) {
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
static mmio__pin_census census_of_all(mmio_map *map, uint64_t offset,
                                      mmio__pin_census (*scan)(uintptr_t start, uintptr_t end))
{
    mmio__pin_census census = census_of(map->region, offset, scan);
    if (atomic_load(&map->regions) > 1) {
        mmio__lock_take(&retired_lock);
        for (const mmio__region *region = retired; region != NULL; region = region->next_retired) {
            if (region->map == map && region != map->region) {
                const mmio__pin_census more = census_of(region, offset, scan);
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
        census = census_of_all(map, 0, mmio__pins_count);
        *out_length = map->region->length;
    }
    mmio__unlock(&map->gate);
    return census.own + census.others;
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
static mmio_status look(mmio_map *map, uint64_t offset, mmio__deadline deadline)
{
    mmio__lock_take(&map->gate);
    if (atomic_load(&map->is_closed)) {
        mmio__unlock(&map->gate);
        return MMIO_ERR_CLOSED;
    }
    mmio__pin_census census = census_of_all(map, offset, mmio__pins_count);
    if (census.own + census.others != 0 && deadline != MMIO__NO_WAIT) {
        census = census_of_all(map, offset, mmio__pins_await);
    }
    if (census.own + census.others == 0) {
        return MMIO_OK;
    }
    mmio__unlock(&map->gate);
    return deadline == MMIO__NO_DEADLINE && census.others == 0 ? MMIO_ERR_DEADLOCK : MMIO_ERR_BUSY;
}

mmio_status mmio__regions_lock_clear(mmio_map *map, uint64_t offset, mmio__deadline deadline)
{
    mmio_status status;
    atomic_fetch_add(&sleepers, 1);
    for (;;) {
        const uint32_t seen = atomic_load(&reaps);
        status = look(map, offset, deadline);
        if (status != MMIO_ERR_BUSY || deadline == MMIO__NO_WAIT) {
            break;
        }
        if (deadline != MMIO__NO_DEADLINE && mmio__os_now_ns() >= deadline) {
            status = MMIO_ERR_TIMEOUT;
            break;
        }
        mmio__os_wait(&reaps, seen, deadline);
    }
    atomic_fetch_sub(&sleepers, 1);
    return status;
}
