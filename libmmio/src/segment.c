/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: a range of a map, checked anew at each use. */
#include "mmio/segment.h"

#include "base/memory.h"
#include "exclusive.h"
#include "policy.h"
#include "view.h"

#define ALL_FLAGS MMIO_VIEW_WRITE

struct mmio_segment {
    mmio_map *map;
    uint64_t offset;
    uint64_t size;
};

static mmio__call segment_call(const char *name, const mmio_segment *segment, mmio_error *error)
{
    return (mmio__call){name, segment != NULL ? mmio_map_path(segment->map) : NULL, error};
}

/* MMIO_OK if the range lies within the map now. */
static mmio_status check_range(const mmio__call *call, mmio_map *map, uint64_t offset,
                               uint64_t size)
{
    const uint64_t limit = mmio_map_size(map);
    const mmio_status status = mmio__check_open(call, map);
    return status == MMIO_OK && size != 0 && !mmio__range_fits(offset, size, limit)
               ? mmio__fail_range(call, offset, size, limit)
               : status;
}

mmio_status mmio_segment_open(mmio_map *map, uint64_t offset, uint64_t size,
                              mmio_segment **out_segment, mmio_error *error)
{
    const mmio__call call = {"mmio_segment_open", mmio_map_path(map), error};
    if (out_segment != NULL) {
        *out_segment = NULL;
    }
    if (map == NULL || out_segment == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_segment is NULL");
    }
    const mmio_status status = check_range(&call, map, offset, size);
    if (status != MMIO_OK) {
        return status;
    }
    mmio_segment *segment = mmio__allocate(sizeof *segment);
    if (segment == NULL) {
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for one more segment");
    }
    *segment = (mmio_segment){mmio_map_retain(map), offset, size};
    *out_segment = segment;
    return MMIO_OK;
}

void mmio_segment_close(mmio_segment *segment)
{
    if (segment != NULL) {
        mmio_map_close(segment->map);
        mmio__free(segment);
    }
}

int32_t mmio_segment_is_valid(const mmio_segment *segment)
{
    const mmio__call call = {"mmio_segment_is_valid", NULL, NULL};
    return segment != NULL &&
           check_range(&call, segment->map, segment->offset, segment->size) == MMIO_OK;
}

uint64_t mmio_segment_offset(const mmio_segment *segment)
{
    return segment != NULL ? segment->offset : 0;
}

uint64_t mmio_segment_size(const mmio_segment *segment)
{
    return segment != NULL ? segment->size : 0;
}

/* Hold the whole segment, whatever part of it is asked for: so it is valid while it is used. The
 * hold's data is the segment's first byte. Nothing is held for size 0. */
static mmio_status hold_for(const mmio__call *call, const mmio_segment *segment, uint64_t offset,
                            uint64_t size, bool for_write, mmio__hold *out_hold)
{
    if (size != 0 && !mmio__range_fits(offset, size, segment->size)) {
        const mmio_status status = mmio__check_open(call, segment->map);
        return status != MMIO_OK
                   ? status
                   : mmio__fail_range_of(call, "the segment", offset, size, segment->size);
    }
    const uint64_t held = size != 0 ? segment->size : 0;
    return for_write ? mmio__hold_take_writable(call, segment->map, segment->offset, held, out_hold)
                     : mmio__hold_take(call, segment->map, segment->offset, held, out_hold);
}

mmio_status mmio_segment_read(mmio_segment *segment, uint64_t offset, void *buffer, size_t size,
                              mmio_error *error)
{
    const mmio__call call = segment_call("mmio_segment_read", segment, error);
    if (segment == NULL || (buffer == NULL && size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the segment or buffer is NULL");
    }
    mmio__hold hold;
    mmio_status status = hold_for(&call, segment, offset, size, false, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    const uint64_t place = segment->offset + offset;
    const uint64_t left =
        mmio__shared_copy(segment->map, place, buffer, hold.data + offset, size, MMIO__NO_DEADLINE);
    status = mmio__copy_status(&call, segment->map, place, size, left, false);
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_segment_write(mmio_segment *segment, uint64_t offset, const void *data,
                               size_t size, mmio_error *error)
{
    const mmio__call call = segment_call("mmio_segment_write", segment, error);
    if (segment == NULL || (data == NULL && size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the segment or data is NULL");
    }
    mmio__hold hold;
    mmio_status status = size != 0 ? mmio__check_writable(&call, segment->map) : MMIO_OK;
    if (status == MMIO_OK) {
        status = hold_for(&call, segment, offset, size, size != 0, &hold);
    }
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    status = mmio__exclusive_put(&call, segment->map, segment->offset + offset, hold.data + offset,
                                 data, size);
    if (status == MMIO_OK) {
        status = mmio__policy_wrote(&call, segment->map, 1, size);
    }
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_segment_view(mmio_segment *segment, uint32_t flags, mmio_view *out_view,
                              mmio_error *error)
{
    const mmio__call call = segment_call("mmio_segment_view", segment, error);
    if (out_view != NULL) {
        *out_view = (mmio_view){0};
    }
    if (segment == NULL || out_view == NULL || (flags & ~(uint32_t)ALL_FLAGS) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "the segment or out_view is NULL, or flags 0x%x are unknown",
                          (unsigned)flags);
    }
    mmio_map *map = segment->map;
    const bool is_write = (flags & MMIO_VIEW_WRITE) != 0;
    mmio__hold hold;
    const uint64_t offset = segment->offset;
    const mmio_status status =
        is_write ? mmio__hold_take_writable(&call, map, offset, segment->size, &hold)
                 : mmio__hold_take(&call, map, offset, segment->size, &hold);
    if (status == MMIO_OK) {
        *out_view = mmio__view_of(&hold, segment->size, map, is_write && map->counts_pending);
    }
    return status;
}
