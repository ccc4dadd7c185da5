/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regions: the stretches of address space a map lives in.
 *
 * A map has one present region. One that was moved away from or closed is retired: it stays mapped
 * until nobody has a pin in it. Both regions map the same file, so old views stay coherent.
 */
#ifndef MMIO_REGION_H
#define MMIO_REGION_H

#include <stdint.h>

#include "lock.h"
#include "mmio/map.h"
#include "os/os.h"
#include "pin.h"

typedef struct mmio__region mmio__region;
struct mmio__region {
    mmio_map *map;
    uint8_t *base;   /* NULL for an empty file. */
    uint64_t length; /* Mapped, with what is reserved beyond the file's end. */
    uint64_t lead;   /* Bytes mapped before the map's first one: offsets are rounded down. */
    mmio__region *next_retired;
    mmio__os_absorber absorber; /* See guard.h. */
};

static inline uint8_t *mmio__region_first_byte(const mmio__region *region)
{
    return region->base != NULL ? region->base + region->lead : NULL;
}

/* Map the map's file: `size` bytes, and `reserve` if that is more and can be had. Fills base and
 * length; returns the system's code. */
int32_t mmio__region_map(mmio__region *region, mmio_map *map, uint64_t size, uint64_t reserve);

/* Undo that. */
void mmio__region_unmap(mmio__region *region);

/* End the use of a region as soon as nobody has a pin in it: at once, or when the last one goes.
 * The map's gate has been locked and changed since the region was published. */
void mmio__region_retire(mmio__region *region);

/* Called when an awaited pin was withdrawn: unmap what can be, wake who waits. */
void mmio__regions_reap(void);

/* Lock the map's gate at a time when no such pin (MMIO__PINS_…) reaches beyond `offset` in any of
 * its regions.
 *
 * Not locked: CLOSED; BUSY or TIMEOUT: such pins were there at the deadline; DEADLOCK: there is no
 * deadline, and all such pins are the calling thread's own. */
mmio_status mmio__regions_lock_clear(mmio_map *map, uint64_t offset, uint32_t which,
                                     mmio__deadline deadline);

/* Wake resizes that wait, to look at the map again. */
void mmio__regions_wake(void);

typedef void (*mmio__region_visitor)(const mmio__region *region, void *context);
/* Visit the regions that were left but are still mapped. */
void mmio__regions_visit_retired(mmio__region_visitor visit, void *context);

/* Around fork(); in the child too. */
void mmio__regions_before_fork(void);
void mmio__regions_after_fork(void);

/* Pins in all regions of a map, and the length of the present one; 0 if it is closed. */
uint64_t mmio__regions_pins(mmio_map *map, uint64_t *out_length);

#endif
