/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins: who is looking at which bytes.
 *
 * A pin is the address range of bytes in use, announced in a slot of the calling thread's own
 * table with plain stores: no two threads share a cache line, nobody waits. It may be withdrawn by
 * any thread. Whoever wants to take bytes away (a shrink, a close, a move) locks the map's gate,
 * fences all threads, and scans the tables:
 *
 *     the one who pins               the one who takes away
 *     ----------------               ----------------------
 *     note the gate                  lock the gate
 *     announce the range             fence all threads
 *     see that the gate is unchanged scan the tables
 *
 * Either the scan finds the range, or the gate has changed and the pin is withdrawn and tried
 * again. Who must wait for a pin marks it as awaited, fences and scans once more: either the scan
 * finds it gone, or the one who withdraws it sees the mark. Pins that nobody awaits stay cheap.
 */
#ifndef MMIO_PIN_H
#define MMIO_PIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "fence.h"
#include "lock.h"

/* Added to the end of bytes that may be written; no address of a process has this bit. */
#define MMIO__PIN_WRITES ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1))

/* One slot. It is free while `start` is 0. */
typedef struct mmio__pin {
    _Atomic uintptr_t start;
    _Atomic uintptr_t end; /* With MMIO__PIN_WRITES. */
    _Atomic bool is_awaited;
} mmio__pin;

/* Slots of one thread. A thread that holds more pins than fit owns a chain of tables. Tables are
 * never freed: a thread that ends leaves its own, with pins that may still be live, to the next
 * newcomer. */
typedef struct mmio__pin_table mmio__pin_table;
struct mmio__pin_table {
    mmio__pin *next; /* Where the owner looks first. */
    mmio__pin *slots;
    mmio__pin *abandoned; /* See mmio__pin_abandon(). */
    uint32_t slot_count;
    uint32_t number;       /* Of all tables, from 0 on. */
    _Atomic uint32_t used; /* Slots from here on were never used. */
    _Atomic bool is_owned;
    bool is_orphan;         /* Its owner stayed with the parent at a fork(). */
    mmio__pin_table *older; /* All tables of the process, newest first. */
    mmio__pin_table *chain; /* The owner's other tables. */
};

extern MMIO__THREAD_LOCAL mmio__pin_table *mmio__own_pins;

/* Whose pins lie in a range. */
typedef struct mmio__pin_census {
    uint64_t own; /* Announced by the calling thread, or by one that is gone for ever. */
    uint64_t others;
} mmio__pin_census;

/* In the child of a fork(). */
void mmio__pins_forked(void);
/* Make the calling thread's next slot a free one; false without memory. */
bool mmio__pin_make_room(void);
/* Withdraw the pin that a quick attempt abandoned; as mmio__pin_withdraw(). */
bool mmio__pin_settle(void);

#define MMIO__PINS_ALL 0x0u
#define MMIO__PINS_WRITING 0x1u /* Only those of bytes that may be written. */
#define MMIO__PINS_AWAIT 0x2u   /* Each pin counted will report its withdrawal. */

/* Count pins that reach into start .. end. Complete if the caller holds the gate that all of them
 * must pass, or if no new ones can come; gates are locked before this call. */
mmio__pin_census mmio__pins_count(uintptr_t start, uintptr_t end, uint32_t which);

/* Told of a pin's range, in no order. */
typedef void (*mmio__pin_visitor)(uintptr_t start, uintptr_t end, void *context);
/* Visit the pins of the process as they are about now. */
void mmio__pins_visit(mmio__pin_visitor visit, void *context);

/* The calling thread's next slot; NULL unless it is free: mmio__pin_make_room(). */
static inline mmio__pin *mmio__pin_next(void)
{
    mmio__pin_table *table = mmio__own_pins;
    if (MMIO__UNLIKELY(table == NULL)) {
        return NULL;
    }
    mmio__pin *pin = table->next;
    if (MMIO__UNLIKELY(atomic_load_explicit(&pin->start, memory_order_acquire) != 0)) {
        return NULL;
    }
    return pin;
}

/* Fill a free slot. False if the gate was locked when it was noted or has changed since: withdraw
 * and try again. */
static inline bool mmio__pin_announce(mmio__pin *pin, const mmio__lock *gate, uint32_t note,
                                      uintptr_t start, uintptr_t end)
{
    atomic_store_explicit(&pin->end, end, memory_order_relaxed);
    if (MMIO__UNLIKELY(mmio__must_fence_each())) {
        (void)atomic_exchange(&pin->start, start);
        return mmio__lock_unchanged(gate, note);
    }
    atomic_store_explicit(&pin->start, start, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
    return mmio__lock_unchanged(gate, note);
}

/* Free a slot, from any thread. True if somebody awaits that: call mmio__regions_reap(). */
static inline bool mmio__pin_withdraw(mmio__pin *pin)
{
    if (MMIO__UNLIKELY(mmio__must_fence_each())) {
        (void)atomic_exchange(&pin->start, 0);
    } else {
        atomic_store_explicit(&pin->start, 0, memory_order_release);
        atomic_signal_fence(memory_order_seq_cst);
    }
    if (MMIO__LIKELY(!atomic_load(&pin->is_awaited))) {
        return false;
    }
    atomic_store(&pin->is_awaited, false);
    return true;
}

/* Leave a pin that was announced in vain for mmio__pin_settle(), which the caller sees to: so that
 * the quick way calls nothing and saves no registers. */
static inline void mmio__pin_abandon(mmio__pin *pin)
{
    mmio__own_pins->abandoned = pin;
}

#endif
