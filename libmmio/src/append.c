/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to the end of a map that grows. */
#include "append.h"

#include "exclusive.h"
#include "mmio/copy.h"
#include "os/os.h"
#include "resize.h"
#include "through.h"

/* The file grows by its own length, so that growing costs the same for each byte appended; but by
 * so much at least and at most. */
#define STEP_LEAST ((uint64_t)64 << 10)
#define STEP_MOST ((uint64_t)1 << 30)

uint64_t mmio__append_end(const mmio_map *map)
{
    const uint64_t end = atomic_load(&map->append_end);
    return end != MMIO__APPENDED_NOTHING ? end : mmio_map_size(map);
}

/* The first append goes behind the map's size, which does not change meanwhile. */
static uint64_t begin_at_size(mmio_map *map)
{
    mmio__lock_take(&map->resizing);
    uint64_t end = MMIO__APPENDED_NOTHING;
    const uint64_t size = mmio_map_size(map);
    if (atomic_compare_exchange_strong(&map->append_end, &end, size)) {
        end = size;
    }
    mmio__unlock(&map->resizing);
    return end;
}

static uint64_t size_with_room(uint64_t present, uint64_t needed)
{
    uint64_t step = present < STEP_LEAST ? STEP_LEAST : present;
    step = step > STEP_MOST ? STEP_MOST : step;
    const uint64_t size = mmio__round_up(needed + step, mmio_page_size());
    return size <= mmio_max_size() ? size : needed;
}

/* Room beyond what is needed is a wish: a full disk may have place for the record itself. */
static mmio_status grow(const mmio__call *call, mmio_map *map, uint64_t needed)
{
    const uint64_t present = mmio_map_size(map);
    if (present >= needed) {
        return MMIO_OK;
    }
    const mmio__call quiet = {call->name, call->path, NULL};
    const mmio_status status = mmio__resize_grow(&quiet, map, size_with_room(present, needed));
    return status == MMIO_OK ? status : mmio__resize_grow(call, map, needed);
}

static mmio_status make_room_ahead(const mmio__call *call, mmio_map *map, uint64_t needed)
{
    if (MMIO__LIKELY(needed <= mmio_map_size(map))) {
        return MMIO_OK;
    }
    if (needed > mmio_max_size()) {
        return mmio__fail_too_large(call, needed, mmio_max_size());
    }
    mmio__lock_take(&map->resizing);
    mmio__hold file;
    mmio_status status = mmio__hold_file(call, map, &file);
    if (status == MMIO_OK) {
        status = grow(call, map, needed);
        mmio__hold_release(&file);
    }
    mmio__unlock(&map->resizing);
    return status;
}

/* Claim the next place. Everything that can fail comes before, so that a failed append leaves no
 * hole between others. */
static mmio_status claim(const mmio__call *call, mmio_map *map, uint64_t size, uint64_t *out_offset,
                         mmio__hold *out_hold)
{
    for (;;) {
        uint64_t end = atomic_load(&map->append_end);
        if (MMIO__UNLIKELY(end == MMIO__APPENDED_NOTHING)) {
            end = begin_at_size(map);
        }
        if (size > UINT64_MAX - end) {
            return mmio__fail_too_large(call, size, mmio_max_size() - end);
        }
        mmio_status status = make_room_ahead(call, map, end + size);
        if (status == MMIO_OK) {
            status = mmio__hold_take_writable(call, map, end, size, out_hold);
        }
        if (status != MMIO_OK) {
            return status;
        }
        uint64_t expected = end;
        if (atomic_compare_exchange_strong(&map->append_end, &expected, end + size)) {
            *out_offset = end;
            return MMIO_OK;
        }
        mmio__hold_release(out_hold);
    }
}

/* A fault is met after the place is claimed; it stays as a hole if others have appended since. */
static void give_back_room(mmio_map *map, uint64_t offset, uint64_t size)
{
    uint64_t end = offset + size;
    (void)atomic_compare_exchange_strong(&map->append_end, &end, offset);
}

static mmio_status append(const mmio__call *call, mmio_map *map, const void *data, size_t size,
                          uint64_t *out_offset)
{
    if (mmio__exclusive_stripes(map) == NULL) {
        return mmio__exclusive_fail(call, MMIO_ERR_NO_MEMORY);
    }
    mmio__hold hold;
    mmio_status status = claim(call, map, size, out_offset, &hold);
    if (status != MMIO_OK) {
        return status;
    }
    status = mmio__exclusive_put(call, map, *out_offset, hold.data, data, size);
    if (status == MMIO_OK) {
        status = mmio__policy_wrote(call, map, 1, size);
    } else {
        give_back_room(map, *out_offset, size);
    }
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_map_append(mmio_map *map, const void *data, size_t size, uint64_t *out_offset,
                            mmio_error *error)
{
    const mmio__call call = {"mmio_map_append", mmio_map_path(map), error};
    uint64_t unwanted;
    uint64_t *offset = out_offset != NULL ? out_offset : &unwanted;
    *offset = 0;
    if (map == NULL || (data == NULL && size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or data is NULL");
    }
    const mmio_status status = mmio__check_resizable(&call, map);
    if (status != MMIO_OK) {
        return status;
    }
    if (size == 0) {
        *offset = mmio__append_end(map);
        return MMIO_OK;
    }
    return append(&call, map, data, size, offset);
}

int32_t mmio__append_trim(mmio_map *map)
{
    const uint64_t end = atomic_load(&map->append_end);
    if (end == MMIO__APPENDED_NOTHING) {
        return 0;
    }
    /* Never longer than others have cut it. */
    mmio__os_file_facts facts;
    const int32_t code = mmio__os_file_inspect(map->handle, &facts);
    return code == 0 && facts.size > end ? mmio__os_file_cut(map->handle, end) : code;
}
