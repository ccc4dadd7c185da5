/* SPDX-License-Identifier: Apache-2.0 */
/* Walks: one view over the whole map, handed out in chunks. */
#include "view.h"

#define ALL_FLAGS MMIO_VIEW_WRITE

mmio_status mmio_walk_begin(mmio_map *map, uint64_t chunk_size, uint32_t flags, mmio_walk *out_walk,
                            mmio_error *error)
{
    const mmio__call call = {"mmio_walk_begin", mmio_map_path(map), error};
    if (out_walk != NULL) {
        *out_walk = (mmio_walk){0};
    }
    if (map == NULL || out_walk == NULL || (flags & ~(uint32_t)ALL_FLAGS) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "the map or out_walk is NULL, or flags 0x%x are unknown",
                          (unsigned)flags);
    }
    const bool is_write = (flags & MMIO_VIEW_WRITE) != 0;
    mmio__hold hold;
    uint64_t size = 0;
    const mmio_status status = mmio__hold_take_all(&call, map, is_write, &hold, &size);
    if (status == MMIO_OK) {
        out_walk->view = mmio__view_of(&hold, size, map, is_write && map->counts_pending);
        out_walk->chunk_size = chunk_size;
        out_walk->chunk_count = chunk_size == 0 ? 0 : size / chunk_size + (size % chunk_size != 0);
    }
    return status;
}

int32_t mmio_walk_next(mmio_walk *walk, void **out_data, uint64_t *out_size)
{
    if (MMIO__UNLIKELY(walk == NULL || out_data == NULL || out_size == NULL)) {
        return 0;
    }
    if (walk->next >= walk->chunk_count) {
        *out_data = NULL;
        *out_size = 0;
        return 0;
    }
    const uint64_t offset = walk->next * walk->chunk_size;
    const uint64_t rest = walk->view.size - offset;
    *out_data = (uint8_t *)walk->view.data + offset;
    *out_size = rest < walk->chunk_size ? rest : walk->chunk_size;
    walk->next++;
    return 1;
}

void mmio_walk_end(mmio_walk *walk)
{
    if (walk != NULL) {
        const uint64_t handed_out = mmio__multiply_saturated(walk->next, walk->chunk_size);
        const uint64_t size = walk->view.size;
        mmio__view_release_counting(&walk->view, handed_out < size ? handed_out : size);
        *walk = (mmio_walk){0};
    }
}
