/* SPDX-License-Identifier: Apache-2.0 */
/* What walks and runs of cells share with views. */
#ifndef MMIO_VIEW_INTERNAL_H
#define MMIO_VIEW_INTERNAL_H

#include "map.h"
#include "mmio/view.h"

/* Make a view of what is held; if it `counts`, its bytes become pending at release. */
mmio_view mmio__view_of(const mmio__hold *hold, uint64_t size, mmio_map *map, bool counts);

/* Release a view of which so many bytes become pending, if it counts at all. */
void mmio__view_release_counting(mmio_view *view, uint64_t written);

#endif
