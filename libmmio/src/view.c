/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes: views, and raw pointers. */
#include "view.h"

#define ALL_FLAGS MMIO_VIEW_WRITE

/* A view's pin words: the slot, and the map if the view's bytes become pending at release. */
enum { PIN_SLOT, PIN_PENDING };

mmio_view mmio__view_of(const mmio__hold *hold, uint64_t size, mmio_map *map, bool counts)
{
    mmio_view view = {.data = hold->data, .size = size};
    view.pin[PIN_SLOT] = (uintptr_t)hold->pin;
    view.pin[PIN_PENDING] = counts && hold->pin != NULL ? (uintptr_t)map : 0;
    return view;
}

mmio_status mmio_view_acquire(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                              mmio_view *out_view, mmio_error *error)
{
    const mmio__call call = {"mmio_view_acquire", mmio_map_path(map), error};
    if (MMIO__UNLIKELY(out_view == NULL)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_view is NULL");
    }
    *out_view = (mmio_view){0};
    if (MMIO__UNLIKELY(map == NULL || (flags & ~(uint32_t)ALL_FLAGS) != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL, or flags 0x%x are unknown",
                          (unsigned)flags);
    }
    const bool is_write = (flags & MMIO_VIEW_WRITE) != 0;
    if (is_write) {
        const mmio_status status = mmio__check_writable(&call, map);
        if (MMIO__UNLIKELY(status != MMIO_OK)) {
            return status;
        }
    }
    mmio__hold hold;
    const mmio_status status = mmio__hold_take(&call, map, offset, size, &hold);
    if (MMIO__LIKELY(status == MMIO_OK)) {
        *out_view = mmio__view_of(&hold, size, map, is_write && map->counts_pending);
    }
    return status;
}

void mmio__view_release_counting(mmio_view *view, uint64_t written)
{
    mmio_map *map = (mmio_map *)(uintptr_t)view->pin[PIN_PENDING];
    mmio__hold hold = {view->data, (mmio__pin *)(uintptr_t)view->pin[PIN_SLOT]};
    *view = (mmio_view){0};
    if (map != NULL) {
        /* The pin keeps the map's memory, whoever closed it. */
        atomic_fetch_add_explicit(&map->pending, written, memory_order_relaxed);
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
    const mmio_status status = mmio__check_open(&call, map);
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
        mmio__pending_add(map, 0, mmio_map_size(map));
        *out_data = atomic_load_explicit(&map->base, memory_order_acquire);
    }
    return status;
}
