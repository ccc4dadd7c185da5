/* SPDX-License-Identifier: Apache-2.0 */
/* What a map is made of, and how its bytes are held while they are used. */
#ifndef MMIO_MAP_INTERNAL_H
#define MMIO_MAP_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/range.h"
#include "lock.h"
#include "mmio/map.h"
#include "pin.h"
#include "region.h"
#include "stripe.h"

struct mmio_map {
    /* All that an access reads: one cache line that only resizing and closing write. */
    mmio__lock gate; /* Held while bytes are taken away or moved. */
    bool is_writable;
    bool counts_pending; /* A shared, writable file: what is written must be flushed. */
    _Atomic bool is_closed;
    _Atomic(uint8_t *) base;
    _Atomic uint64_t size;
    _Atomic(mmio__stripes *) stripes; /* NULL until the first write. */

    _Alignas(MMIO__CACHE_LINE) _Atomic uint64_t pending; /* Beside what the stripes count. */
    _Atomic uint32_t holders;
    mmio__lock resizing;  /* One resize at a time; held while it waits for views. */
    mmio__region *region; /* The present one; guarded by the gate. */
    mmio__region first_region;
    _Atomic uint32_t regions; /* Those still mapped. The last one to go closes the file. */
    _Atomic uint32_t lives;   /* The holders together, and each region: the last one frees. */
    uint32_t mode;
    uint32_t kind;
    bool allocates;
    intptr_t handle;
    mmio_map *next_live; /* In the list of live maps. */
    mmio_map **link_live;
    char path[];
};

/* Bytes pinned for the length of a call, or for a view's life. */
typedef struct mmio__hold {
    uint8_t *data;
    mmio__pin *pin; /* NULL if there was nothing to pin. */
} mmio__hold;

/* The last thing of a map to go frees it. */
void mmio__map_drop_life(mmio_map *map);
/* Hold all bytes of a map as long as it is now. */
mmio_status mmio__hold_take_all(const mmio__call *call, mmio_map *map, mmio__hold *out_hold,
                                uint64_t *out_size);
/* MMIO_OK if the map may be written, else MODE, or CLOSED. */
mmio_status mmio__check_writable(const mmio__call *call, const mmio_map *map);
/* MMIO_OK if the map is open, else CLOSED. For calls that do not end in mmio__hold_take(). */
mmio_status mmio__check_open(const mmio__call *call, const mmio_map *map);
/* Check a range and pin it, whatever it takes, or say why not. Size 0 is held without a pin, at
 * any offset. */
mmio_status mmio__hold_take(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                            mmio__hold *out_hold);
/* Hold a map's file open, whatever size the map has, or say why not: data is not to be read. */
mmio_status mmio__hold_file(const mmio__call *call, mmio_map *map, mmio__hold *out_hold);
/* Close the map for all holders and retire its region. */
void mmio__map_shut(mmio_map *map);

/* The quick way: one attempt. False if anything is unusual; mmio__hold_take() then finds out. */
static inline bool mmio__hold_try(mmio_map *map, uint64_t offset, uint64_t size,
                                  mmio__hold *out_hold)
{
    const uint32_t note = mmio__lock_note(&map->gate);
    const uint64_t limit = atomic_load_explicit(&map->size, memory_order_acquire);
    uint8_t *base = atomic_load_explicit(&map->base, memory_order_relaxed);
    mmio__pin *pin = mmio__pin_next();
    if (MMIO__UNLIKELY(!mmio__lock_is_free(note) || size == 0 ||
                       !mmio__range_fits(offset, size, limit) || pin == NULL)) {
        return false;
    }
    const uintptr_t start = (uintptr_t)base + offset;
    if (MMIO__UNLIKELY(!mmio__pin_announce(pin, &map->gate, note, start, start + size))) {
        if (mmio__pin_withdraw(pin)) {
            mmio__regions_reap();
        }
        return false;
    }
    *out_hold = (mmio__hold){base + offset, pin};
    return true;
}

static inline void mmio__hold_release(mmio__hold *hold)
{
    if (hold->pin != NULL && mmio__pin_withdraw(hold->pin)) {
        mmio__regions_reap();
    }
}

/* Record bytes as written, other than by mmio_map_write(). */
static inline void mmio__pending_add(mmio_map *map, uint64_t size)
{
    if (map->counts_pending) {
        atomic_fetch_add_explicit(&map->pending, size, memory_order_relaxed);
    }
}

#endif
