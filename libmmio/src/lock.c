/* SPDX-License-Identifier: Apache-2.0 */
#include "lock.h"

#include "os/os.h"

/* Most holders are gone within a copy of a few cache lines: look that long before sleeping. */
#define LOOKS_BEFORE_SLEEP 100
#define LONGEST_SLEEP_NS 1000000

mmio__deadline mmio__deadline_after(int64_t timeout_ms)
{
    if (timeout_ms == 0) {
        return MMIO__NO_WAIT;
    }
    if (timeout_ms < 0) {
        return MMIO__NO_DEADLINE;
    }
    const int64_t now = mmio__os_now_ns();
    return timeout_ms <= (INT64_MAX - now) / 1000000 ? now + timeout_ms * 1000000
                                                     : MMIO__NO_DEADLINE;
}

mmio_status mmio__deadline_status(mmio__deadline deadline)
{
    return deadline == MMIO__NO_WAIT ? MMIO_ERR_BUSY : MMIO_ERR_TIMEOUT;
}

bool mmio__deadline_is_over(mmio__deadline deadline)
{
    return deadline != MMIO__NO_DEADLINE && mmio__os_now_ns() >= deadline;
}

/* Sleep until the lock may be free. Its holder may have looked for waiters just before this one
 * came, and so not wake it: no sleep is long. */
static void sleep_on_lock(mmio__lock *lock, mmio__deadline deadline)
{
    const mmio__deadline next_look = mmio__os_now_ns() + LONGEST_SLEEP_NS;
    atomic_fetch_add(&lock->waiters, 1);
    const uint32_t word = atomic_load(&lock->word);
    if (!mmio__lock_is_free(word)) {
        mmio__os_wait(&lock->word, word, deadline < next_look ? deadline : next_look);
    }
    atomic_fetch_sub(&lock->waiters, 1);
}

bool mmio__lock_until(mmio__lock *lock, mmio__deadline deadline)
{
    for (int looks = 0; !mmio__lock_try(lock); looks++) {
        if (deadline == MMIO__NO_WAIT) {
            /* Lost to another one in between: only a lock that is held is not to be had. */
            if (!mmio__lock_is_free(mmio__lock_note(lock))) {
                return false;
            }
            continue;
        }
        if (looks < LOOKS_BEFORE_SLEEP) {
            continue;
        }
        if (mmio__deadline_is_over(deadline)) {
            return false;
        }
        sleep_on_lock(lock, deadline);
    }
    return true;
}

void mmio__lock_wake(mmio__lock *lock)
{
    mmio__os_wake_all(&lock->word);
}

void mmio__lock_reset(mmio__lock *lock)
{
    const uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    atomic_store(&lock->word, mmio__lock_is_free(word) ? word : word + 1);
    atomic_store(&lock->waiters, 0);
}

void mmio__lock_await(mmio__lock *lock)
{
    for (int looks = 0; !mmio__lock_is_free(mmio__lock_note(lock)); looks++) {
        if (looks >= LOOKS_BEFORE_SLEEP) {
            sleep_on_lock(lock, MMIO__NO_DEADLINE);
        }
    }
}
