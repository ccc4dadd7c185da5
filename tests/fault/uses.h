/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that reads or writes mapped bytes itself, under one form. */
#ifndef MMIO_TEST_USES_H
#define MMIO_TEST_USES_H

#include "faults.h"

/* The longest range that is used at once. */
#define USE_SIZE_MOST 128

typedef struct use {
    const char *name; /* The public function. */
    /* Reads `size` bytes from `offset` on into `bytes`, or writes those. */
    mmio_status (*call)(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                        mmio_error *error);
    bool writes;
    bool moves; /* The bytes, and does not fill with the first of them, or look for others. */
} use;

/* Both end with a name of NULL. */
extern const use range_uses[];
/* Each uses the cell at the offset, which stays as it is or becomes 0; the size and the bytes do
 * not matter. */
extern const use cell_uses[];

/* ThreadSanitizer must see cells, so that a fault in one is the program's there. */
#if defined(__SANITIZE_THREAD__)
#define CELLS_ARE_GUARDED 0
#else
#define CELLS_ARE_GUARDED 1
#endif

#endif
