/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes: views, and raw pointers. */
#include "view.h"

#include "defer.h"
#include "pending.h"

#define ALL_FLAGS MMIO_VIEW_WRITE

/* Finds out what stands in the way of the quick path, and answers it. */
static MMIO__NOINLINE mmio_status acquire_slowly(mmio_map *map, uint64_t offset, uint64_t size,
                                                 uint32_t flags, mmio_view *out_view,
                                                 mmio_error *error)
{
    const mmio__call call = {"mmio_view_acquire", mmio_map_path(map), error};
    if (out_view != NULL) {
        *out_view = (mmio_view){0};
    }
    if (map == NULL || out_view == NULL || (flags & ~(uint32_t)ALL_FLAGS) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "the map or out_view is NULL, or flags 0x%x are unknown",
                          (unsigned)flags);
    }
    const bool is_write = (flags & MMIO_VIEW_WRITE) != 0;
    mmio__hold hold;
    const mmio_status status = is_write ? mmio__hold_take_writable(&call, map, offset, size, &hold)
                                        : mmio__hold_take(&call, map, offset, size, &hold);
    if (status == MMIO_OK) {
        *out_view = mmio__view_of(&hold, size, map, is_write && map->counts_pending);
    }
    return status;
}

/* Every way out but the quick one is a tail call with the same arguments, so that no register need
 * be saved for it. */
mmio_status mmio_view_acquire(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                              mmio_view *out_view, mmio_error *error)
{
    if (MMIO__UNLIKELY(map == NULL || out_view == NULL || flags > MMIO_VIEW_WRITE)) {
        return acquire_slowly(map, offset, size, flags, out_view, error);
    }
    mmio__hold hold;
    if (MMIO__UNLIKELY(!mmio__hold_try(map, offset, size, flags != 0, &hold))) {
        return acquire_slowly(map, offset, size, flags, out_view, error);
    }
    *out_view = mmio__view_of(&hold, size, map, flags != 0 && map->counts_pending);
    return MMIO_OK;
}

void mmio__view_release_counting(mmio_view *view, uint64_t written)
{
    mmio_map *map = (mmio_map *)(uintptr_t)view->pin[MMIO__VIEW_PENDING];
    mmio__hold hold = {view->data, (mmio__pin *)(uintptr_t)view->pin[MMIO__VIEW_SLOT]};
    *view = (mmio_view){0};
    if (map != NULL) {
        /* The pin keeps the map's memory, whoever closed it. */
        mmio__pending_add(map, written);
    }
    mmio__hold_release(&hold);
}

void mmio_view_release(mmio_view *view)
{
    if (view != NULL) {
        mmio__view_release_counting(view, view->size);
    }
}

mmio_status mmio_map_data(mmio_map *map, const void **out_data, mmio_error *error)
{
    const mmio__call call = {"mmio_map_data", mmio_map_path(map), error};
    if (out_data != NULL) {
        *out_data = NULL;
    }
    if (map == NULL || out_data == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_data is NULL");
    }
    mmio_status status = mmio__check_open(&call, map);
    if (status == MMIO_OK && mmio__is_deferred(map)) {
        status = mmio__map_deferred(&call, map);
    }
    if (status == MMIO_OK) {
        *out_data = atomic_load_explicit(&map->base, memory_order_acquire);
    }
    return status;
}

mmio_status mmio_map_data_mut(mmio_map *map, void **out_data, mmio_error *error)
{
    const mmio__call call = {"mmio_map_data_mut", mmio_map_path(map), error};
    if (out_data != NULL) {
        *out_data = NULL;
    }
    if (map == NULL || out_data == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_data is NULL");
    }
    mmio_status status = mmio__check_open(&call, map);
    if (status == MMIO_OK) {
        status = mmio__check_writable(&call, map);
    }
    if (status == MMIO_OK) {
        mmio__pending_add(map, mmio_map_size(map));
        *out_data = atomic_load_explicit(&map->base, memory_order_acquire);
    }
    return status;
}
