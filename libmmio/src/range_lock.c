/* SPDX-License-Identifier: Apache-2.0 */
/* Locks on ranges of a map's file. */
#include "range_lock.h"

#include "base/memory.h"
#include "map.h"
#include "mmio/range_lock.h"
#include "os/os.h"
#include "system.h"

/* Between two looks whether another process has released what is in the way, which nothing reports
 * before a deadline: soon at first, then at the pace that the header promises. */
#define PAUSE_LEAST_NS ((int64_t)50 * 1000)
#define PAUSE_MOST_NS ((int64_t)2 * 1000000)

/* The system's lock belongs to a handle opened for it alone, so that it excludes other locks of the
 * same process and thread too, and ends when the process does. */
struct mmio_range_lock {
    intptr_t handle; /* None if nothing is locked. */
    uint64_t file[2];
    uint64_t offset;
    uint64_t size;
    uint64_t owner;
    bool is_shared;
    mmio_range_lock *next; /* In the list. */
    mmio_range_lock **link;
};

/* The locks of this process that have a handle, those not yet granted among them. Handles come and
 * go with the list locked, so that a fork() knows them all. */
static mmio__lock range_locks_lock;
static mmio_range_lock *newest_range_lock;

/* For those who wait: changes when this process has released a lock. */
static _Atomic uint32_t releases;
static _Atomic uint32_t sleeping_lockers;

/* A number that no other thread of the process ever has; identifiers of the system are used again,
 * while locks stay that a thread left behind. */
static uint64_t calling_thread(void)
{
    static _Atomic uint64_t latest;
    static _Thread_local uint64_t own;
    if (own == 0) {
        own = atomic_fetch_add(&latest, 1) + 1;
    }
    return own;
}

static int32_t open_own_handle(mmio_range_lock *lock, intptr_t handle)
{
    mmio__os_file_facts facts;
    const int32_t code = mmio__os_file_inspect(handle, &facts);
    if (code != 0) {
        return code;
    }
    lock->file[0] = facts.identity[0];
    lock->file[1] = facts.identity[1];
    return mmio__os_file_reopen(handle, !lock->is_shared, &lock->handle);
}

static int32_t enlist(mmio_range_lock *lock, intptr_t handle)
{
    mmio__lock_take(&range_locks_lock);
    const int32_t code = open_own_handle(lock, handle);
    if (code == 0) {
        lock->next = newest_range_lock;
        lock->link = &newest_range_lock;
        if (newest_range_lock != NULL) {
            newest_range_lock->link = &lock->next;
        }
        newest_range_lock = lock;
    }
    mmio__unlock(&range_locks_lock);
    return code;
}

static void delist(mmio_range_lock *lock)
{
    mmio__lock_take(&range_locks_lock);
    if (lock->handle != MMIO__OS_NO_HANDLE) {
        *lock->link = lock->next;
        if (lock->next != NULL) {
            lock->next->link = lock->link;
        }
        /* Said, and not left to closing: a process that another thread is just starting may have a
         * copy of the handle until it runs its program. */
        mmio__os_range_unlock(lock->handle, lock->offset, lock->size);
        mmio__os_file_close(lock->handle);
    }
    mmio__unlock(&range_locks_lock);
}

/* With the range held while its file is opened. */
static mmio_status prepare(const mmio__call *call, mmio_map *map, mmio_range_lock *lock)
{
    mmio__hold hold;
    const mmio_status status = mmio__hold_take(call, map, lock->offset, lock->size, &hold);
    if (status != MMIO_OK || lock->size == 0) {
        return status;
    }
    const int32_t code = enlist(lock, map->handle);
    mmio__hold_release(&hold);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot open the file for a lock");
}

static bool excludes(const mmio_range_lock *a, const mmio_range_lock *b)
{
    return a->file[0] == b->file[0] && a->file[1] == b->file[1] &&
           a->offset < b->offset + b->size && b->offset < a->offset + a->size &&
           !(a->is_shared && b->is_shared);
}

/* A thread asks for one lock at a time: others of its own are granted. */
static bool waits_for_itself(const mmio_range_lock *lock)
{
    mmio__lock_take(&range_locks_lock);
    const mmio_range_lock *other = newest_range_lock;
    while (other != NULL &&
           (other == lock || other->owner != lock->owner || !excludes(lock, other))) {
        other = other->next;
    }
    mmio__unlock(&range_locks_lock);
    return other != NULL;
}

static int32_t ask_system(const mmio_range_lock *lock, bool waits)
{
    return mmio__os_range_lock(lock->handle, lock->offset, lock->size, lock->is_shared, waits);
}

static int32_t ask_until(const mmio_range_lock *lock, mmio__deadline deadline)
{
    int32_t code;
    int64_t pause = PAUSE_LEAST_NS;
    atomic_fetch_add(&sleeping_lockers, 1);
    for (;;) {
        const uint32_t seen = atomic_load(&releases);
        code = ask_system(lock, false);
        const int64_t now = mmio__os_now_ns();
        if (code != MMIO__OS_LOCKED) {
            break;
        }
        if (now >= deadline) {
            code = MMIO__OS_TIMED_OUT;
            break;
        }
        mmio__os_wait(&releases, seen, now + pause < deadline ? now + pause : deadline);
        pause = 2 * pause < PAUSE_MOST_NS ? 2 * pause : PAUSE_MOST_NS;
    }
    atomic_fetch_sub(&sleeping_lockers, 1);
    return code;
}

static mmio_status lock_until(const mmio__call *call, const mmio_range_lock *lock,
                              mmio__deadline deadline)
{
    int32_t code = ask_system(lock, false);
    if (code == MMIO__OS_LOCKED && deadline == MMIO__NO_DEADLINE) {
        if (waits_for_itself(lock)) {
            return mmio__fail(call, MMIO_ERR_DEADLOCK,
                              "the calling thread itself holds a lock on these bytes");
        }
        code = ask_system(lock, true);
    } else if (code == MMIO__OS_LOCKED && deadline != MMIO__NO_WAIT) {
        code = ask_until(lock, deadline);
    }
    if (code == MMIO__OS_LOCKED || code == MMIO__OS_TIMED_OUT) {
        return mmio__fail(call, mmio__os_status(code), "these bytes are locked");
    }
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot lock the range");
}

static mmio_status check_mode(const mmio__call *call, const mmio_map *map, bool is_shared)
{
    if (is_shared || map->mode == MMIO_MODE_RW) {
        return MMIO_OK;
    }
    const mmio_status status = mmio__check_open(call, map);
    return status != MMIO_OK ? status
                             : mmio__fail(call, MMIO_ERR_MODE, "an exclusive lock needs an RW map");
}

mmio_status mmio_range_lock_acquire(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                                    int64_t timeout_ms, mmio_range_lock **out_lock,
                                    mmio_error *error)
{
    const mmio__call call = {"mmio_range_lock_acquire", mmio_map_path(map), error};
    if (out_lock != NULL) {
        *out_lock = NULL;
    }
    if (map == NULL || out_lock == NULL || (flags & ~(uint32_t)MMIO_RANGE_LOCK_SHARED) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "the map or out_lock is NULL, or flags 0x%x are unknown",
                          (unsigned)flags);
    }
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    const bool is_shared = (flags & MMIO_RANGE_LOCK_SHARED) != 0;
    mmio_status status = check_mode(&call, map, is_shared);
    if (status != MMIO_OK) {
        return status;
    }
    mmio_range_lock *lock = mmio__allocate(sizeof *lock);
    if (lock == NULL) {
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for one more lock");
    }
    *lock = (mmio_range_lock){.handle = MMIO__OS_NO_HANDLE,
                              .offset = offset,
                              .size = size,
                              .owner = calling_thread(),
                              .is_shared = is_shared};
    status = prepare(&call, map, lock);
    if (status == MMIO_OK && lock->handle != MMIO__OS_NO_HANDLE) {
        status = lock_until(&call, lock, deadline);
    }
    if (status != MMIO_OK) {
        mmio_range_lock_release(lock);
        return status;
    }
    *out_lock = lock;
    return MMIO_OK;
}

void mmio_range_lock_release(mmio_range_lock *lock)
{
    if (lock == NULL) {
        return;
    }
    delist(lock);
    mmio__free(lock);
    atomic_fetch_add(&releases, 1);
    if (atomic_load(&sleeping_lockers) != 0) {
        mmio__os_wake_all(&releases);
    }
}

void mmio__range_locks_before_fork(void)
{
    mmio__lock_take(&range_locks_lock);
}

void mmio__range_locks_after_fork(void)
{
    mmio__unlock(&range_locks_lock);
}

/* The parent's locks live as long as any copy of their handles does. */
void mmio__range_locks_forked(void)
{
    for (mmio_range_lock *lock = newest_range_lock; lock != NULL; lock = lock->next) {
        mmio__os_file_close(lock->handle);
        lock->handle = MMIO__OS_NO_HANDLE;
    }
    newest_range_lock = NULL;
    mmio__unlock(&range_locks_lock);
}
