/* SPDX-License-Identifier: Apache-2.0 */
#include "touch.h"

#include "os/os.h"

/* Asking for holes costs as much as finding some pages in place. */
#define LOOK_LEAST ((uint64_t)256 << 10)

/* Private pages are the map's own, and memory that may be made of huge pages is to be whole. */
static bool looks_for_holes(const mmio_map *map, bool for_write)
{
    return !for_write && map->kind == MMIO_KIND_FILE && !map->prefers_huge_pages &&
           (map->mode == MMIO_MODE_RO || map->mode == MMIO_MODE_RW);
}

mmio__touch mmio__touch_begin(const mmio_map *map, uint8_t *base, uint64_t offset, uint64_t size,
                              bool for_write)
{
    return (mmio__touch){
        .map = map,
        .base = base,
        .offset = offset,
        .end = offset + size,
        .at = offset,
        .data_start = offset,
        .data_end = offset,
        .for_write = for_write,
        .looks_for_holes = looks_for_holes(map, for_write),
    };
}

/* Where nothing is known of holes, all is data. */
static void find_data(mmio__touch *t)
{
    const uint64_t rest = t->end - t->at;
    if (t->looks_for_holes && rest >= LOOK_LEAST &&
        mmio__os_file_find_data(t->map->handle, t->at, rest, &t->data_start, &t->data_end) == 0 &&
        t->data_end > t->at) {
        return;
    }
    t->looks_for_holes = false;
    t->data_start = t->at;
    t->data_end = t->end;
}

static int32_t read_in(const mmio__touch *t, uint64_t end)
{
    uint8_t *base = t->base + (t->at - t->offset);
    const uint64_t size = mmio__round_up(end - t->at, mmio_page_size());
    const int32_t code = mmio__os_populate(base, size, t->for_write);
    if (code == 0 && t->map->prefers_huge_pages) {
        mmio__os_gather_huge_pages(base, size);
    }
    return code;
}

int32_t mmio__touch_until(mmio__touch *t, uint64_t end)
{
    int32_t code = 0;
    while (code == 0 && t->at < end) {
        if (t->at >= t->data_end) {
            find_data(t);
        }
        const bool is_hole = t->at < t->data_start;
        const uint64_t known = is_hole ? t->data_start : t->data_end;
        const uint64_t stop = known < end ? known : end;
        code = is_hole ? 0 : read_in(t, stop);
        t->at = code == 0 ? stop : t->at;
    }
    return code;
}
