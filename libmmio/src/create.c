/* SPDX-License-Identifier: Apache-2.0 */
/* From an open file, or memory that looks like one, to a map. */
#include <string.h>

#include "append.h"
#include "base/memory.h"
#include "fork.h"
#include "loss.h"
#include "maps.h"
#include "open.h"
#include "os/os.h"
#include "policy.h"
#include "system.h"
#include "touch.h"

#define RESERVE_FACTOR 4u
/* ext4 walks what is mapped beyond the end of a file whenever it changes length, so that a long
 * reservation makes growing slow: 10 us with 64 MiB, 19 us with 1 GiB. */
#define RESERVE_LEAST ((uint64_t)64 << 20)
/* Address space has 47 bits: so much for growth still lets thousands of large maps stand. */
#define RESERVE_GROWTH_MOST ((uint64_t)64 << 30)

static bool is_window(const mmio_open_options *options)
{
    return options->window_offset != 0 || options->window_size != 0;
}

/* Modes that do not grow their file take only what they are asked to: mmio_map_refresh() then
 * follows in place. */
static uint64_t reservation(const mmio_open_options *options, uint64_t size)
{
    if (mmio__os_address_space_is_limited()) {
        return size;
    }
    if (options->reserve != 0 || options->mode != MMIO_MODE_RW || is_window(options)) {
        return options->reserve > size ? options->reserve : size;
    }
    uint64_t growth = mmio__multiply_saturated(size, RESERVE_FACTOR) - size;
    if (growth > RESERVE_GROWTH_MOST) {
        growth = RESERVE_GROWTH_MOST;
    }
    return size + growth < RESERVE_LEAST ? RESERVE_LEAST : size + growth;
}

/* A map of nothing yet. On failure the backing is the caller's. */
static mmio_map *allocate_map(const char *path, const mmio_open_options *options, uint32_t kind)
{
    const size_t path_size = strlen(path) + 1;
    const size_t size = (size_t)mmio__round_up(sizeof(mmio_map) + path_size, MMIO__CACHE_LINE);
    mmio_map *map = mmio__allocate_lines(size);
    if (map == NULL) {
        return NULL;
    }
    const bool is_writable = options->mode == MMIO_MODE_RW || options->mode == MMIO_MODE_COW_RW;
    atomic_init(&map->is_writable, is_writable);
    map->counts_pending = options->mode == MMIO_MODE_RW && kind == MMIO_KIND_FILE;
    map->mode = options->mode;
    map->kind = kind;
    map->allocates = (options->flags & MMIO_OPEN_ALLOCATE) != 0;
    map->prefers_huge_pages = (options->flags & MMIO_OPEN_HUGE_PAGES) != 0;
    map->file_unit = 1;
    map->on_fault = options->on_fault;
    atomic_init(&map->fault_offset, MMIO__NO_FAULT);
    map->origin = options->window_offset;
    map->window_size = options->window_size;
    map->is_window = is_window(options);
    atomic_init(&map->append_end, MMIO__APPENDED_NOTHING);
    map->opened_ns = mmio__os_now_ns();
    map->region = &map->first_region;
    map->first_region.map = map;
    atomic_init(&map->holders, 1);
    atomic_init(&map->regions, 1);
    atomic_init(&map->lives, 2);
    memcpy(map->path, path, path_size);
    return map;
}

/* As much as can be. */
static void touch_all(const mmio_map *map, uint64_t size)
{
    const mmio__region *region = &map->first_region;
    mmio__touch touch = mmio__touch_begin(map, region->base, map->origin - region->lead,
                                          region->lead + size, false);
    (void)mmio__touch_until(&touch, touch.end);
}

/* Ends a map that nobody has seen, and leaves the backing to the caller. */
static void abandon(mmio_map *map)
{
    map->handle = MMIO__OS_NO_HANDLE;
    mmio_map_close(map);
}

mmio_status mmio__map_create(const mmio__call *call, const mmio_open_options *options,
                             uint32_t kind, const mmio__backing *file, mmio_map **out_map)
{
    mmio__fences_prepare();
    mmio_status status = mmio__forks_prepare(call);
    if (status != MMIO_OK) {
        return status;
    }
    mmio_map *map = allocate_map(call->path, options, kind);
    if (map == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for the map");
    }
    map->handle = file->handle;
    if (file->unit > 1) {
        /* Whoever touches a huge page that is missing dies when none is free. */
        map->file_unit = file->unit;
        map->allocates = true;
    }
    const bool is_deferred = (options->flags & MMIO_OPEN_DEFER) != 0;
    if (file->size != 0 && !is_deferred) {
        const int32_t code =
            mmio__region_map(&map->first_region, map, file->size, reservation(options, file->size));
        if (code != 0) {
            mmio__free(map);
            return mmio__fail_system(call, code, "cannot map the file");
        }
    }
    atomic_init(&map->base, mmio__region_first_byte(&map->first_region));
    mmio__map_set_size(map, file->size);
    if (options->touch == MMIO_TOUCH_EAGER && file->size != 0) {
        touch_all(map, file->size);
    }
    mmio__maps_add(map);
    mmio__loss_inherit(map);
    status = mmio__policy_set(call, map, options->policy, options->policy_amount);
    if (status != MMIO_OK) {
        abandon(map);
        return status;
    }
    *out_map = map;
    return MMIO_OK;
}
