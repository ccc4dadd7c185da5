/* SPDX-License-Identifier: Apache-2.0 */
#include "lock.h"

#include "base/compiler.h"
#include "os/os.h"

/* Most holders are gone within a copy of a few cache lines: look that long before sleeping. */
#define LOOKS_BEFORE_SLEEP 100

mmio__deadline mmio__deadline_after(int64_t timeout_ms)
{
    if (timeout_ms == 0) {
        return MMIO__NO_WAIT;
    }
    const int64_t now = mmio__os_now_ns();
    if (timeout_ms < 0 || timeout_ms > (INT64_MAX - now) / 1000000) {
        return MMIO__NO_DEADLINE;
    }
    return now + timeout_ms * 1000000;
}

static bool try_lock(mmio__lock *lock)
{
    uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    while (mmio__lock_is_free(word)) {
        if (atomic_compare_exchange_weak_explicit(&lock->word, &word, word | MMIO__LOCK_HELD,
                                                  memory_order_acquire, memory_order_relaxed)) {
            /* The write that follows must not be seen before the lock is. */
            MMIO__FENCE_RELEASE();
            return true;
        }
    }
    return false;
}

/* Sleep until the lock may be free. Marks it awaited first, so that the holder knows to wake. */
static void sleep_on(mmio__lock *lock, mmio__deadline deadline)
{
    uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    while (!mmio__lock_is_free(word)) {
        const uint32_t marked = word | MMIO__LOCK_AWAITED;
        if (word == marked ||
            atomic_compare_exchange_weak_explicit(&lock->word, &word, marked, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            mmio__os_wait(&lock->word, marked, deadline);
            return;
        }
    }
}

bool mmio__lock_until(mmio__lock *lock, mmio__deadline deadline)
{
    for (int looks = 0; !try_lock(lock); looks++) {
        if (deadline == MMIO__NO_WAIT) {
            return false;
        }
        if (looks < LOOKS_BEFORE_SLEEP) {
            continue;
        }
        if (deadline != MMIO__NO_DEADLINE && mmio__os_now_ns() >= deadline) {
            return false;
        }
        sleep_on(lock, deadline);
    }
    return true;
}

void mmio__unlock(mmio__lock *lock)
{
    /* Nobody but the holder changes any bit but AWAITED. */
    uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    MMIO_ASSERT(!mmio__lock_is_free(word));
    const uint32_t unlocked =
        (word & ~(MMIO__LOCK_HELD | MMIO__LOCK_AWAITED)) + MMIO__LOCK_ONE_UNLOCK;
    word = atomic_exchange_explicit(&lock->word, unlocked, memory_order_release);
    if ((word & MMIO__LOCK_AWAITED) != 0) {
        mmio__os_wake_all(&lock->word);
    }
}

void mmio__lock_reset(mmio__lock *lock)
{
    const uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    if (!mmio__lock_is_free(word)) {
        atomic_store(&lock->word,
                     (word & ~(MMIO__LOCK_HELD | MMIO__LOCK_AWAITED)) + MMIO__LOCK_ONE_UNLOCK);
    }
}

void mmio__lock_await(mmio__lock *lock)
{
    for (int looks = 0; !mmio__lock_is_free(mmio__lock_note(lock)); looks++) {
        if (looks >= LOOKS_BEFORE_SLEEP) {
            sleep_on(lock, MMIO__NO_DEADLINE);
        }
    }
}
