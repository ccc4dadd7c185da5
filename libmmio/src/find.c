/* SPDX-License-Identifier: Apache-2.0 */
/* Finding bytes. */
#include "map.h"
#include "mmio/copy.h"
#include "os/os.h"

mmio_status mmio_map_find(mmio_map *map, uint64_t offset, uint64_t size, const void *pattern,
                          size_t pattern_size, uint64_t *out_offset, mmio_error *error)
{
    const mmio__call call = {"mmio_map_find", mmio_map_path(map), error};
    if (out_offset != NULL) {
        *out_offset = UINT64_MAX;
    }
    if (map == NULL || out_offset == NULL || (pattern == NULL && pattern_size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map, pattern or out_offset is NULL");
    }
    mmio__hold hold;
    const mmio_status status = mmio__hold_take(&call, map, offset, size, &hold);
    if (status != MMIO_OK) {
        return status;
    }
    if (pattern_size == 0) {
        *out_offset = offset;
    } else if (size != 0) {
        const uint8_t *found = mmio__os_find_bytes(hold.data, (size_t)size, pattern, pattern_size);
        *out_offset = found != NULL ? offset + (uint64_t)(found - hold.data) : UINT64_MAX;
    }
    mmio__hold_release(&hold);
    return MMIO_OK;
}
