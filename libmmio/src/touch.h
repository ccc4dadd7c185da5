/* SPDX-License-Identifier: Apache-2.0 */
/* Reading pages of a map in. */
#ifndef MMIO_TOUCH_H
#define MMIO_TOUCH_H

#include "map.h"

/* Pages to read in, from the first to the last. Offsets are in the file. */
typedef struct mmio__touch {
    const mmio_map *map;
    uint8_t *base;       /* Of the first page. */
    uint64_t offset;     /* Of the first page. */
    uint64_t end;        /* Not rounded, so that it stays in the file. */
    uint64_t at;         /* All pages before it are done. */
    uint64_t data_start; /* What is between `at` and this is a hole, */
    uint64_t data_end;   /* and nothing is known from here on. */
    bool for_write;
    bool looks_for_holes;
} mmio__touch;

/* `base` is held and begins a page; `offset` is its place in the file. */
mmio__touch mmio__touch_begin(const mmio_map *map, uint8_t *base, uint64_t offset, uint64_t size,
                              bool for_write);

/* Go on until `end`, the range's or where a page ends. Holes of a file are passed over if the pages
 * are shared with it and to be read. Returns the system's code for the pages at `at`. */
int32_t mmio__touch_until(mmio__touch *touch, uint64_t end);

#endif
