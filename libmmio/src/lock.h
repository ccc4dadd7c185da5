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

#include "base/compiler.h"
#include "mmio/base.h"

/* Who waits is counted beside the word, so that an unlock is a plain store. */
typedef struct mmio__lock {
    _Atomic uint32_t word; /* Odd while it is locked; each lock and unlock adds one. */
    _Atomic uint32_t waiters;
} mmio__lock;

#define MMIO__LOCK_HELD 1u

/* When waiting ends: a time on the monotonic clock in ns, or one of these. */
typedef int64_t mmio__deadline;
#define MMIO__NO_WAIT 0
#define MMIO__NO_DEADLINE INT64_MAX

/* `timeout_ms` as the public functions take it. */
mmio__deadline mmio__deadline_after(int64_t timeout_ms);

/* What is answered when nothing came until then: MMIO_ERR_BUSY to those who would not wait. */
mmio_status mmio__deadline_status(mmio__deadline deadline);

/* Whether there is no time left to wait. */
bool mmio__deadline_is_over(mmio__deadline deadline);

/* False if the lock was not to be had by the deadline. */
bool mmio__lock_until(mmio__lock *lock, mmio__deadline deadline);
/* Wait until nobody holds it, without taking it. */
void mmio__lock_await(mmio__lock *lock);
/* Free a lock whose holder is gone for ever, and nobody waits for. */
void mmio__lock_reset(mmio__lock *lock);
/* Uses the address only. */
void mmio__lock_wake(mmio__lock *lock);

/* For readers: the word before reading, and whether it still stands for an undisturbed time. */
static inline uint32_t mmio__lock_note(const mmio__lock *lock)
{
    return atomic_load_explicit(&lock->word, memory_order_acquire);
}

static inline bool mmio__lock_is_free(uint32_t note)
{
    return (note & MMIO__LOCK_HELD) == 0;
}

/* The caller puts a fence between reading and this. False too if it was locked when noted. */
static inline bool mmio__lock_unchanged(const mmio__lock *lock, uint32_t note)
{
    return atomic_load_explicit(&lock->word, memory_order_acquire) == (note & ~MMIO__LOCK_HELD);
}

/* One attempt. */
static inline bool mmio__lock_try(mmio__lock *lock)
{
    uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    if (!mmio__lock_is_free(word) ||
        !atomic_compare_exchange_strong_explicit(&lock->word, &word, word + 1, memory_order_acquire,
                                                 memory_order_relaxed)) {
        return false;
    }
    /* The write that follows must not be seen before the lock is. */
    MMIO__FENCE_RELEASE();
    return true;
}

static inline void mmio__lock_take(mmio__lock *lock)
{
    if (!mmio__lock_try(lock)) {
        (void)mmio__lock_until(lock, MMIO__NO_DEADLINE);
    }
}

/* A plain store, and the last touch: whoever locks it next may free it. Who began to wait just
 * before looks again by itself: see sleep_on(). */
static inline void mmio__unlock(mmio__lock *lock)
{
    /* Nobody but the holder changes the word. */
    const uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    const bool is_awaited = atomic_load_explicit(&lock->waiters, memory_order_relaxed) != 0;
    MMIO_ASSERT(!mmio__lock_is_free(word));
    atomic_store_explicit(&lock->word, word + 1, memory_order_release);
    if (MMIO__UNLIKELY(is_awaited)) {
        mmio__lock_wake(lock);
    }
}

#endif
