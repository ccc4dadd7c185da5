/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages of a map are in memory, and which should be. */
#include "mmio/paging.h"

#include <string.h>

#include "base/options.h"
#include "flush.h"
#include "guard.h"
#include "loss.h"
#include "system.h"
#include "touch.h"

/* Size of mmio_residency in the first release. */
#define RESIDENCY_SIZE_LEAST 48

/* What is read in between two calls of the progress function. */
#define TOUCH_PIECE ((uint64_t)32 << 20)

/* Whole pages around a range that is held. */
typedef struct page_range {
    uint8_t *base;   /* Of the first page. */
    uint64_t offset; /* Of the first page, in the file. */
    uint64_t lead;   /* Bytes of it that are before the range. */
    uint64_t size;   /* To the end of the range; not rounded, so that it stays in the file. */
} page_range;

typedef int32_t (*page_call)(const mmio_map *map, const page_range *range, uint32_t detail);

static page_range pages_around(const mmio_map *map, const mmio__hold *hold, uint64_t offset,
                               uint64_t size)
{
    const uint64_t before = mmio__page_offset(hold->data);
    return (page_range){hold->data - before, map->origin + offset - before, before, size + before};
}

static mmio_status hold_pages(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                              mmio__hold *out_hold)
{
    return map != NULL ? mmio__hold_take(call, map, offset, size, out_hold)
                       : mmio__fail(call, MMIO_ERR_INVALID, "the map is NULL");
}

/* Holds the range, does one system call on its pages, and says what failed. */
static mmio_status on_pages(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                            page_call system_call, uint32_t detail, const char *what)
{
    mmio__hold hold;
    const mmio_status status = hold_pages(call, map, offset, size, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    const page_range range = pages_around(map, &hold, offset, size);
    const int32_t code = system_call(map, &range, detail);
    mmio__hold_release(&hold);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, what);
}

/* The range's own bytes. */
static uint64_t own_size(const page_range *range)
{
    return range->size - range->lead;
}

/* Memory of huge pages that are exhausted is gone, too. */
static bool is_fault(const mmio_map *map, int32_t code)
{
    const mmio_status status = mmio__os_status(code);
    return status == MMIO_ERR_FAULT || (status == MMIO_ERR_NO_MEMORY && map->file_unit > 1);
}

/* Some pages from `from` on, for `size` bytes, could not be had: says which is the first of them.
 * MMIO_OK if all can be had by now. */
static mmio_status tell_gap(const mmio__call *call, const mmio_map *map, const page_range *range,
                            uint64_t from, uint64_t size, bool for_write)
{
    const uint64_t end = from + size;
    uint64_t gap = from;
    int32_t code = 0;
    while (code == 0 && gap < end) {
        code = mmio__os_populate(range->base + gap, mmio_page_size(), for_write);
        gap += code == 0 ? mmio_page_size() : 0;
    }
    if (!is_fault(map, code)) {
        return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot read the pages in");
    }
    const uint64_t offset = range->offset + range->lead - map->origin;
    const uint64_t done = gap > range->lead ? gap - range->lead : 0;
    return mmio__fail_fault(call, map, offset, own_size(range), own_size(range) - done, for_write);
}

/* Advice is for whole pages, and those of such a map may be huge. */
static int32_t advise(const mmio_map *map, const page_range *range, uint32_t advice)
{
    const uint64_t before = range->offset % map->file_unit;
    return mmio__os_advise(range->base - before, mmio__map_file_size(map, before + range->size),
                           (mmio__os_advice)advice);
}

static int32_t prefetch(const mmio_map *map, const page_range *range, uint32_t detail)
{
    (void)detail;
    return map->kind == MMIO_KIND_FILE ? mmio__os_prefetch(map->handle, range->offset, range->size)
                                       : 0;
}

static int32_t unlock_pages(const mmio_map *map, const page_range *range, uint32_t detail)
{
    (void)map;
    (void)detail;
    return mmio__os_unlock_memory(range->base, range->size);
}

mmio_status mmio_map_advise(mmio_map *map, uint64_t offset, uint64_t size, uint32_t advice,
                            mmio_error *error)
{
    const mmio__call call = {"mmio_map_advise", mmio_map_path(map), error};
    if (advice > MMIO_ADVICE_DONT_NEED) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "advice %u is unknown", (unsigned)advice);
    }
    return on_pages(&call, map, offset, size, advise, advice, "cannot advise");
}

mmio_status mmio_map_prefetch(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    const mmio__call call = {"mmio_map_prefetch", mmio_map_path(map), error};
    return on_pages(&call, map, offset, size, prefetch, 0, "cannot prefetch");
}

static mmio_status lock_pages(const mmio__call *call, const mmio_map *map, const page_range *range)
{
    bool is_limit;
    const int32_t code = mmio__os_lock_memory(range->base, range->size, &is_limit);
    if (is_limit) {
        return mmio__fail_system_as(call, MMIO_ERR_LIMIT, code,
                                    "the limit on locked memory is reached");
    }
    mmio_status status = MMIO_OK;
    if (code != 0 && mmio__os_status(code) == MMIO_ERR_FAULT) {
        status = tell_gap(call, map, range, 0, range->size, false);
    }
    return code == 0 || status != MMIO_OK ? status
                                          : mmio__fail_system(call, code, "cannot lock memory");
}

mmio_status mmio_map_lock_memory(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    const mmio__call call = {"mmio_map_lock_memory", mmio_map_path(map), error};
    mmio__hold hold;
    mmio_status status = hold_pages(&call, map, offset, size, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    const page_range range = pages_around(map, &hold, offset, size);
    status = lock_pages(&call, map, &range);
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_map_unlock_memory(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    const mmio__call call = {"mmio_map_unlock_memory", mmio_map_path(map), error};
    return on_pages(&call, map, offset, size, unlock_pages, 0, "cannot unlock memory");
}

/* What was lost is in the cache and nowhere else, and must stay there. */
static mmio_status evict(const mmio__call *call, mmio_map *map, const mmio__hold *hold,
                         uint64_t offset, uint64_t size)
{
    if (map->counts_pending) {
        const bool had_lost = mmio__lost_code(map) != 0;
        const int32_t code =
            had_lost ? 0 : mmio__flush_pages(map, hold->data, offset, size, MMIO__OS_FLUSH_DATA);
        const mmio_status status =
            mmio__flush_outcome(call, map, had_lost, code, "cannot flush before evicting");
        if (status != MMIO_OK) {
            return status;
        }
    }
    const page_range range = pages_around(map, hold, offset, size);
    const int32_t code = mmio__os_evict(map->handle, range.base, range.offset, range.size);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot evict");
}

mmio_status mmio_map_evict(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    const mmio__call call = {"mmio_map_evict", mmio_map_path(map), error};
    if (map != NULL && (map->mode == MMIO_MODE_COW_RW || map->kind != MMIO_KIND_FILE)) {
        const mmio_status status = mmio__check_open(&call, map);
        return status != MMIO_OK
                   ? status
                   : mmio__fail(&call, MMIO_ERR_MODE, "the pages have no place but memory");
    }
    mmio__hold hold;
    mmio_status status = hold_pages(&call, map, offset, size, &hold);
    if (status == MMIO_OK && size != 0) {
        status = evict(&call, map, &hold, offset, size);
        mmio__hold_release(&hold);
    }
    return status;
}

/* Touching. */

/* `size` bytes from `from` on could not be touched. */
static mmio_status fail_touch(const mmio__call *call, const mmio_map *map, const page_range *range,
                              uint64_t from, uint64_t size, bool for_write, int32_t code)
{
    return is_fault(map, code) ? tell_gap(call, map, range, from, size, for_write)
                               : mmio__fail_system(call, code, "cannot read the pages in");
}

static mmio_status touch_pieces(const mmio__call *call, const mmio_map *map,
                                const page_range *range, bool for_write, mmio_progress progress,
                                void *user)
{
    mmio__touch touch = mmio__touch_begin(map, range->base, range->offset, range->size, for_write);
    while (touch.at < touch.end) {
        /* Pieces end where huge pages do. */
        const uint64_t most = TOUCH_PIECE - touch.at % TOUCH_PIECE;
        const uint64_t end = touch.end - touch.at < most ? touch.end : touch.at + most;
        const int32_t code = mmio__touch_until(&touch, end);
        if (code != 0) {
            const mmio_status status = fail_touch(call, map, range, touch.at - range->offset,
                                                  end - touch.at, for_write, code);
            if (status != MMIO_OK) {
                return status;
            }
            touch.at = end;
        }
        if (progress != NULL && progress(end - range->offset, range->size, user) != 0) {
            return mmio__fail(call, MMIO_ERR_CANCELLED, "the progress function asked to stop");
        }
    }
    return MMIO_OK;
}

mmio_status mmio_map_touch(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                           mmio_progress progress, void *user, mmio_error *error)
{
    const mmio__call call = {"mmio_map_touch", mmio_map_path(map), error};
    if (map == NULL || (flags & ~(uint32_t)MMIO_POPULATE_WRITE) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL, or flags 0x%x are unknown",
                          (unsigned)flags);
    }
    const bool for_write = (flags & MMIO_POPULATE_WRITE) != 0;
    mmio__hold hold;
    mmio_status status = for_write ? mmio__hold_take_writable(&call, map, offset, size, &hold)
                                   : mmio__hold_take(&call, map, offset, size, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    const page_range range = pages_around(map, &hold, offset, size);
    status = touch_pieces(&call, map, &range, for_write, progress, user);
    mmio__hold_release(&hold);
    return status;
}

/* Residency. */

static uint64_t count_pages(uint64_t size)
{
    return mmio__round_up(size, mmio_page_size()) / mmio_page_size();
}

static mmio_status count_residency(const mmio__call *call, mmio_map *map, uint64_t offset,
                                   uint64_t size, mmio_residency *residency)
{
    mmio__hold hold;
    const mmio_status status = hold_pages(call, map, offset, size, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    const page_range range = pages_around(map, &hold, offset, size);
    mmio__os_residency counts;
    const int32_t code =
        mmio__os_count_cached(map->handle, range.base, range.offset, range.size, &counts);
    mmio__hold_release(&hold);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot count cached pages");
    }
    residency->has_dirty = counts.has_dirty;
    residency->pages = count_pages(range.size);
    residency->cached = counts.cached;
    residency->dirty = counts.dirty;
    residency->write_back = counts.write_back;
    return MMIO_OK;
}

mmio_status mmio_map_residency(mmio_map *map, uint64_t offset, uint64_t size,
                               mmio_residency *out_residency, mmio_error *error)
{
    const mmio__call call = {"mmio_map_residency", mmio_map_path(map), error};
    if (out_residency == NULL || out_residency->struct_size < RESIDENCY_SIZE_LEAST) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "out_residency is NULL or its struct_size too small");
    }
    mmio_residency residency;
    memset(&residency, 0, sizeof residency);
    const mmio_status status = count_residency(&call, map, offset, size, &residency);
    mmio__info_copy(out_residency, out_residency->struct_size, &residency, sizeof residency);
    return status;
}

mmio_status mmio_map_resident_pages(mmio_map *map, uint64_t offset, uint64_t size,
                                    size_t page_count, uint8_t *out_pages, mmio_error *error)
{
    const mmio__call call = {"mmio_map_resident_pages", mmio_map_path(map), error};
    mmio__hold hold;
    mmio_status status = hold_pages(&call, map, offset, size, &hold);
    if (status != MMIO_OK) {
        return status;
    }
    page_range range = {NULL, 0, 0, 0};
    if (size != 0) {
        range = pages_around(map, &hold, offset, size);
    }
    if (page_count != count_pages(range.size) || (out_pages == NULL && page_count != 0)) {
        status =
            mmio__fail(&call, MMIO_ERR_INVALID,
                       "out_pages is NULL, or the range touches %llu pages and not %llu",
                       (unsigned long long)count_pages(range.size), (unsigned long long)page_count);
    } else if (size != 0) {
        const int32_t code = mmio__os_list_cached(range.base, range.size, out_pages);
        status = code == 0 ? MMIO_OK : mmio__fail_system(&call, code, "cannot list cached pages");
    }
    mmio__hold_release(&hold);
    return status;
}

/* Huge pages. */

static uint32_t huge_pages_of(const mmio_map *map, const mmio__hold *hold, uint64_t size)
{
    bool found = false;
    if (map->file_unit > 1) {
        return MMIO_HUGE_PAGES_YES; /* All of it is, mapped by now or not. */
    }
    if (size != 0 && mmio__os_find_huge_pages(hold->data, size, &found) != 0) {
        return MMIO_HUGE_PAGES_UNKNOWN;
    }
    return found ? MMIO_HUGE_PAGES_YES : MMIO_HUGE_PAGES_NO;
}

mmio_status mmio_map_huge_pages(mmio_map *map, uint32_t *out_state, mmio_error *error)
{
    const mmio__call call = {"mmio_map_huge_pages", mmio_map_path(map), error};
    if (out_state != NULL) {
        *out_state = MMIO_HUGE_PAGES_UNKNOWN;
    }
    if (map == NULL || out_state == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_state is NULL");
    }
    mmio__hold hold;
    uint64_t size;
    const mmio_status status = mmio__hold_take_all(&call, map, false, &hold, &size);
    if (status == MMIO_OK) {
        *out_state = huge_pages_of(map, &hold, size);
        mmio__hold_release(&hold);
    }
    return status;
}
