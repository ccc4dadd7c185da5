/* SPDX-License-Identifier: Apache-2.0 */
/* What walks and runs of cells share with views. */
#ifndef MMIO_VIEW_INTERNAL_H
#define MMIO_VIEW_INTERNAL_H

#include "map.h"
#include "mmio/view.h"

/* A view's pin words: the slot, and the map if the view's bytes become pending at release. */
enum { MMIO__VIEW_SLOT, MMIO__VIEW_PENDING };

/* Make a view of what is held; if it `counts`, its bytes become pending at release. */
static inline mmio_view mmio__view_of(const mmio__hold *hold, uint64_t size, mmio_map *map,
                                      bool counts)
{
    mmio_view view = {.data = hold->data, .size = size};
    view.pin[MMIO__VIEW_SLOT] = (uintptr_t)hold->pin;
    view.pin[MMIO__VIEW_PENDING] = counts && hold->pin != NULL ? (uintptr_t)map : 0;
    return view;
}

/* Release a view of which so many bytes become pending, if it counts at all. */
void mmio__view_release_counting(mmio_view *view, uint64_t written);

#endif
