/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One word that is a lock and a sequence number: the only lock of the library.
 *
 * Writers lock it. Readers do not: they note the word, read what it guards, and see by the word
 * whether a writer came between. Used without readers it is a plain lock.
 */
#ifndef MMIO_LOCK_H
#define MMIO_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Bit 0: locked. Bit 1: somebody sleeps until it is unlocked. The rest counts unlocks. */
typedef struct mmio__lock {
    _Atomic uint32_t word;
} mmio__lock;

#define MMIO__LOCK_HELD 1u
#define MMIO__LOCK_AWAITED 2u
#define MMIO__LOCK_ONE_UNLOCK 4u

/* When waiting ends: a time on the monotonic clock in ns, or one of these. */
typedef int64_t mmio__deadline;
#define MMIO__NO_WAIT 0
#define MMIO__NO_DEADLINE INT64_MAX

/* `timeout_ms` as the public functions take it. */
mmio__deadline mmio__deadline_after(int64_t timeout_ms);

/* False if the lock was not to be had by the deadline. */
bool mmio__lock_until(mmio__lock *lock, mmio__deadline deadline);
void mmio__unlock(mmio__lock *lock);
/* Free a lock whose holder is gone for ever, and nobody waits for. */
void mmio__lock_reset(mmio__lock *lock);
/* Wait until nobody holds it, without taking it. */
void mmio__lock_await(mmio__lock *lock);

static inline void mmio__lock_take(mmio__lock *lock)
{
    (void)mmio__lock_until(lock, MMIO__NO_DEADLINE);
}

/* For readers: the word before reading, and whether it still stands for an undisturbed time. */
static inline uint32_t mmio__lock_note(const mmio__lock *lock)
{
    return atomic_load_explicit(&lock->word, memory_order_acquire);
}

static inline bool mmio__lock_is_free(uint32_t note)
{
    return (note & MMIO__LOCK_HELD) == 0;
}

/* The caller puts a fence between reading and this. */
static inline bool mmio__lock_unchanged(const mmio__lock *lock, uint32_t note)
{
    const uint32_t now = atomic_load_explicit(&lock->word, memory_order_acquire);
    return ((now ^ note) & ~MMIO__LOCK_AWAITED) == 0;
}

#endif
