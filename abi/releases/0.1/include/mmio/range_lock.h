/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/range_lock.h
 * @brief Locks on ranges of a map's file, against threads and processes alike.
 *
 * A lock excludes other locks only: reads and writes go on beside it. It belongs to the file, so it
 * meets locks taken through other maps of the same file, in this process and in others, also of
 * one thread. Two locks exclude each other if their ranges have a byte in common and one of them is
 * exclusive.
 *
 * The system ends a lock with its owner, however the process dies. A child made by fork() has none
 * of its parent's locks, and does not keep them alive. A lock takes one descriptor. It outlives the
 * map it was taken through, and does not keep the file from being shrunk below it.
 *
 * Linux: these are locks of open file descriptions. They exclude the record locks that other
 * programs take with fcntl(), and know nothing of flock(). Ending an exclusive lock closes a
 * descriptor opened for writing, which whoever watches the file is told.
 */
#ifndef MMIO_RANGE_LOCK_H
#define MMIO_RANGE_LOCK_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A range that is locked. Belongs to the process, not to a thread. */
typedef struct mmio_range_lock mmio_range_lock;

/** @name Flags, for mmio_range_lock_acquire()
 * @{ */
/** Exclude exclusive locks only; else all. */
#define MMIO_RANGE_LOCK_SHARED 0x1
/** @} */

/**
 * Lock a range of a map's file.
 *
 * Waits for locks in the way. If `timeout_ms` is negative it goes on as soon as they are released;
 * with a time-out, as soon as this process releases them, and up to 2 ms after another has done so:
 * the system has no such wait with a time-out, so that it is tried again and again.
 *
 * A range of size 0 locks nothing; its lock is released like any other.
 *
 * @param flags       0, or MMIO_RANGE_LOCK_SHARED.
 * @param timeout_ms  How long to wait for locks in the way.
 * @param out_lock    The caller ends it with mmio_range_lock_release().
 *
 * @retval MMIO_ERR_MODE         An exclusive lock needs an RW map. Checked before the range.
 * @retval MMIO_ERR_RANGE        `error` carries offset, size and the present size.
 * @retval MMIO_ERR_BUSY         `timeout_ms` is 0, and another lock is in the way.
 * @retval MMIO_ERR_TIMEOUT      Such a lock was still there after `timeout_ms`.
 * @retval MMIO_ERR_DEADLOCK     `timeout_ms` is negative, and the calling thread itself acquired
 *                               such a lock. Threads and processes that wait for each other are
 *                               not found out: give them time-outs.
 * @retval MMIO_ERR_ACCESS       The process may not open the file now, though it did once.
 * @retval MMIO_ERR_LIMIT        Too many descriptors or locks.
 * @retval MMIO_ERR_NO_MEMORY    No memory for the lock.
 * @retval MMIO_ERR_UNSUPPORTED  mmio_has() denies MMIO_FEATURE_RANGE_LOCKS, the file system has no
 *                               locks, or, on Linux, /proc is not there.
 * @retval MMIO_ERR_IO           The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_range_lock_acquire(mmio_map *map, uint64_t offset,
                                                       uint64_t size, uint32_t flags,
                                                       int64_t timeout_ms,
                                                       mmio_range_lock **out_lock,
                                                       mmio_error *error);

/**
 * End a lock, on any thread. Never waits; NULL is ignored.
 *
 * In a child process made by fork(), the parent's lock stays as it is.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_range_lock_release(mmio_range_lock *lock);

#ifdef __cplusplus
}
#endif

#endif
