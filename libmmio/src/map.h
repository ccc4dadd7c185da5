/* SPDX-License-Identifier: Apache-2.0 */
/* What a map is made of, and how its bytes are held while they are used. */
#ifndef MMIO_MAP_INTERNAL_H
#define MMIO_MAP_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/range.h"
#include "flight.h"
#include "lock.h"
#include "mmio/flush.h"
#include "pin.h"
#include "region.h"
#include "stripe.h"

struct mmio_map {
    /* All that an access reads: one cache line that only resizing and closing write. */
    mmio__lock gate;          /* Held while bytes are taken away or moved. */
    _Atomic bool is_writable; /* Now: mmio_map_protect() changes it, with the gate locked. */
    _Atomic uint8_t policy;
    bool counts_pending; /* A shared, writable file: what is written must be flushed. */
    _Atomic bool is_closed;
    _Atomic(uint8_t *) base;
    _Atomic uint64_t size;
    _Atomic uint64_t limit;           /* For the quick way: the size; 0 if it is not to be taken. */
    uint64_t origin;                  /* Offset in the file of the map's first byte. */
    _Atomic(mmio__stripes *) stripes; /* NULL until the first write. */

    _Alignas(MMIO__CACHE_LINE) _Atomic uint64_t recorded; /* See pending.h; beside the stripes. */
    _Atomic uint64_t flushed;
    _Atomic uint32_t holders;
    mmio__lock resizing;  /* One resize at a time; held while it waits for views. */
    mmio__region *region; /* The present one; guarded by the gate. */
    mmio__region first_region;
    _Atomic uint32_t regions;    /* Those still mapped. The last one to go closes the file. */
    _Atomic uint32_t lives;      /* The holders together, each region, each watch. */
    _Atomic uint64_t append_end; /* See append.h. */
    _Atomic uint64_t flushes;    /* That reached the device. */
    _Atomic uint64_t policy_amount;
    _Atomic uint64_t policy_count; /* Bytes or writes since the policy last flushed. */
    _Atomic uint64_t loss;         /* See loss.h: how many there were, and the code of the first. */
    mmio__flights flights;         /* Flushes under way. */
    mmio__lock policy_lock;        /* One change of the policy at a time. */
    _Atomic uint32_t is_armed;     /* The timer will flush it. */
    bool is_timed;                 /* The timer serves it. */
    size_t timer_place;            /* In the timer's heap, from 1 on; 0: not there. */
    int64_t timer_due_ns;
    _Atomic uint64_t faults;       /* That were absorbed. */
    _Atomic uint64_t fault_offset; /* Of the first byte that was lost to them. */
    _Atomic uint32_t early_reads;  /* Before it was mapped: see defer.h. */
    uint32_t on_fault;
    uint32_t mode;
    uint32_t kind;
    bool allocates;
    bool prefers_huge_pages;
    _Atomic uint8_t through; /* Whether writes can go through the file: see through.c. */
    uint64_t file_unit;      /* The file is as long as a multiple of this: 1, or its huge page. */
    intptr_t handle;
    uint64_t window_size; /* As asked for: 0 is to the end of the file. */
    bool is_window;
    int64_t opened_ns;
    void *listed;        /* The inventory's, while it has the maps locked. */
    mmio_map *next_live; /* In the list of live maps. */
    mmio_map **link_live;
    char path[];
};

#define MMIO__NO_FAULT UINT64_MAX

/* Bytes pinned for the length of a call, or for a view's life. */
typedef struct mmio__hold {
    uint8_t *data;
    mmio__pin *pin; /* NULL if there was nothing to pin. */
} mmio__hold;

/* Size of mmio_map_info in the first release. */
#define MMIO__INFO_SIZE_LEAST 120

/* What is known of a map, but for its views and its reserve. */
void mmio__map_describe(mmio_map *map, mmio_map_info *out_info);
/* The last thing of a map to go frees it. */
void mmio__map_drop_life(mmio_map *map);
/* Hold all bytes of a map as long as it is now. */
mmio_status mmio__hold_take_all(const mmio__call *call, mmio_map *map, bool for_write,
                                mmio__hold *out_hold, uint64_t *out_size);
/* Hold what the map has now from `offset` on, at most `*size` bytes; `*size` becomes how many. */
mmio_status mmio__hold_take_up_to(const mmio__call *call, mmio_map *map, uint64_t offset,
                                  bool for_write, mmio__hold *out_hold, uint64_t *size);
/* MMIO_OK if the map may be written, else MODE, or CLOSED. */
mmio_status mmio__check_writable(const mmio__call *call, const mmio_map *map);
/* MMIO_OK if the map is open and has no zeros where bytes were, else CLOSED or FAULT. For calls
 * that do not end in mmio__hold_take(). */
mmio_status mmio__check_open(const mmio__call *call, const mmio_map *map);
/* Check a range and pin it, whatever it takes, or say why not. Size 0 is held without a pin, at
 * any offset. */
mmio_status mmio__hold_take(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                            mmio__hold *out_hold);
/* The same for writing; the mode is checked first. */
mmio_status mmio__hold_take_writable(const mmio__call *call, mmio_map *map, uint64_t offset,
                                     uint64_t size, mmio__hold *out_hold);
/* For calls that write: the mode and the range are checked, unless there is nothing to write. */
mmio_status mmio__hold_take_to_write(const mmio__call *call, mmio_map *map, uint64_t offset,
                                     uint64_t size, mmio__hold *out_hold);
/* Hold a map's file open, whatever size the map has, or say why not: data is not to be read. */
mmio_status mmio__hold_file(const mmio__call *call, mmio_map *map, mmio__hold *out_hold);
/* Have the timer flush the map when its policy's time is over. The map is held. False if it has no
 * thread and gets none: the caller flushes. */
bool mmio__timer_arm(mmio_map *map);
/* Close the map for all holders and retire its region. False if somebody has already. */
bool mmio__map_shut(mmio_map *map);

/* With the gate locked. */
static inline void mmio__map_set_size(mmio_map *map, uint64_t size)
{
    atomic_store(&map->size, size);
    atomic_store(&map->limit, atomic_load(&map->base) != NULL ? size : 0);
    /* A fault marks the map at any moment: first so, then by the limit. */
    if (MMIO__UNLIKELY(atomic_load(&map->faults) != 0)) {
        atomic_store(&map->limit, 0);
    }
}

/* How far into its page an address is. */
static inline uint64_t mmio__page_offset(const void *address)
{
    return (uintptr_t)address % mmio_page_size();
}

static inline bool mmio__is_writable(const mmio_map *map)
{
    return atomic_load_explicit(&map->is_writable, memory_order_relaxed);
}

/* Whether a cell at `offset` is aligned in memory, which is to say in the file. */
static inline bool mmio__is_aligned(const mmio_map *map, uint64_t offset, uint64_t cell_size)
{
    return (map->origin + offset) % cell_size == 0;
}

/* The quick way: one attempt. False if anything is unusual; the caller goes on to mmio__hold_take()
 * or mmio__hold_take_writable(), which find out, and put away what the attempt left. */
static inline bool mmio__hold_try(mmio_map *map, uint64_t offset, uint64_t size, bool for_write,
                                  mmio__hold *out_hold)
{
    const uint32_t note = mmio__lock_note(&map->gate);
    const uint64_t limit = atomic_load_explicit(&map->limit, memory_order_acquire);
    uint8_t *base = atomic_load_explicit(&map->base, memory_order_relaxed);
    mmio__pin *pin = mmio__pin_next();
    if (MMIO__UNLIKELY(pin == NULL || (for_write && !mmio__is_writable(map)))) {
        return false;
    }
    /* As mmio__range_fits(); size 0 wraps around. */
    if (MMIO__UNLIKELY(size - 1 >= limit || offset > limit - size)) {
        return false;
    }
    const uintptr_t start = (uintptr_t)base + offset;
    const uintptr_t end = (start + size) | (for_write ? MMIO__PIN_WRITES : 0);
    if (MMIO__UNLIKELY(!mmio__pin_announce(pin, &map->gate, note, start, end))) {
        mmio__pin_abandon(pin);
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

/* How long the file of a map of this size is. */
static inline uint64_t mmio__map_file_size(const mmio_map *map, uint64_t size)
{
    return mmio__round_up(size, map->file_unit);
}

#endif
