/* SPDX-License-Identifier: Apache-2.0 */
/* The room that appending makes ahead of itself. */
#ifndef MMIO_APPEND_H
#define MMIO_APPEND_H

#include "map.h"

/* In mmio_map::append_end: the file is as long as it is meant to be. */
#define MMIO__APPENDED_NOTHING UINT64_MAX

/* Where the next append goes. */
uint64_t mmio__append_end(const mmio_map *map);
/* Cut the file to what was appended, when nobody uses the map any more. */
int32_t mmio__append_trim(mmio_map *map);

#endif
