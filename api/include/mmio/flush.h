/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/flush.h
 * @brief Making written bytes durable.
 *
 * What is written through a map is at once visible to all users of the file and outlives the
 * process. Flushing is about power loss only.
 */
#ifndef MMIO_FLUSH_H
#define MMIO_FLUSH_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Levels, for mmio_map_flush(), mmio_map_flush_range() and calls that write and flush
 * @{ */
/** The bytes, and what is needed to read them back, are on the device when the call returns. */
#define MMIO_FLUSH_DATA 0
/** Writing back has begun; nothing is promised. */
#define MMIO_FLUSH_START 1
/** As MMIO_FLUSH_DATA, with all of the file's metadata, and through the device's own cache even
 * where MMIO_FLUSH_DATA stops before it (macOS). */
#define MMIO_FLUSH_FULL 2
/** Nothing at all, for calls that write and then flush: mmio_file_write(), mmio_queue_write(). */
#define MMIO_FLUSH_NONE 3
/** @} */

/**
 * Flush the whole map.
 *
 * On an RW map it reaches the device whatever mmio_map_pending() says, since others may have
 * written. Levels DATA and FULL set pending to 0; bytes recorded while they run stay pending, and a
 * failed flush puts them back. On RO, COW, COW_RW and anonymous maps there is nothing to flush, and
 * the call succeeds. Views and writers go on meanwhile. Waits for the device; callers that wait at
 * the same time share one flush of it, which begins after the last of them came.
 *
 * **A loss is remembered.** Systems report a write-back that failed once, then take the bytes for
 * written: the next flush would succeed and the bytes be gone. So after the first failure, whoever
 * met it, every flush, write under a policy, mmio_map_evict() and mmio_map_into_handle() of every
 * writable map of that file in this process answers MMIO_ERR_LOST, with the first failure's system
 * code, and so does the mmio_map_shutdown() that ends the map. `error` has the whole map as the
 * range: systems do not say which of the file's bytes are lost. Such a flush still writes what it
 * can. It ends, map by map, with mmio_map_rewrite_lost() or mmio_map_acknowledge_loss(). It is
 * forgotten when no map of the file is left.
 *
 * @retval MMIO_ERR_NO_SPACE  Write-back failed: the file system is full behind a sparse file.
 * @retval MMIO_ERR_IO        Write-back failed; `error` has the system's code.
 * @retval MMIO_ERR_LOST      Write-back failed before.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_flush(mmio_map *map, uint32_t level, mmio_error *error);

/**
 * Flush a range, widened to whole pages.
 *
 * As mmio_map_flush(), but pending is left alone unless the range is the whole map. The range is
 * checked in every mode.
 *
 * @retval MMIO_ERR_RANGE  `error` carries offset, size and the present size.
 * @return As mmio_map_flush() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_flush_range(mmio_map *map, uint64_t offset, uint64_t size,
                                                    uint32_t level, mmio_error *error);

/**
 * Write again what may be lost, and flush.
 *
 * Every page of the map that the system still has in memory is written back once more, with what
 * it holds now, on a device that works again. Pages that the system has dropped since show what the
 * device has: after a long time, or short of memory, look at the bytes or write them again first.
 * Success: the map has lost nothing any more. Failure: it still has. Does nothing if nothing is
 * lost. Waits for the device.
 *
 * @param level  MMIO_FLUSH_DATA or MMIO_FLUSH_FULL.
 *
 * @retval MMIO_ERR_MODE   The map is protected against writing.
 * @retval MMIO_ERR_FAULT  A page cannot be written: its file was cut, or the disk has no room.
 * @retval MMIO_ERR_LOST   Meanwhile there was another loss.
 * @return As mmio_map_flush() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_rewrite_lost(mmio_map *map, uint32_t level,
                                                     mmio_error *error);

/**
 * Say that the caller knows of a loss, and sees to it by other means.
 *
 * From now on calls on the map succeed again, until the next loss. The bytes stay as they are: in
 * memory, not on the device, and not dirty.
 *
 * @retval MMIO_OK  Also if nothing was lost.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_acknowledge_loss(mmio_map *map, mmio_error *error);

/**
 * Bytes recorded as written to an RW map since its last whole flush.
 *
 * Counted: the length of each write; a writable view's size at release; the bytes a writable walk
 * handed out, at its end; a run of cells at release; 4 or 8 for each atomic operation that writes;
 * the map's size for mmio_map_data_mut(). It is a count of what was asked for, not of dirty pages.
 * 0 for all other maps, for NULL and after shutdown.
 *
 * @since 0.1
 */
MMIO_API uint64_t MMIO_CALL mmio_map_pending(const mmio_map *map);

/** @name Policies, for mmio_map_set_policy()
 * @{ */
/** Only mmio_map_flush() and mmio_map_flush_range() flush. */
#define MMIO_POLICY_MANUAL 0
/** Each write flushes before it returns. */
#define MMIO_POLICY_ALWAYS 1
/** The write that makes it so many bytes since the last flush flushes. */
#define MMIO_POLICY_EVERY_BYTES 2
/** The write that makes it so many writes since the last flush flushes. */
#define MMIO_POLICY_EVERY_WRITES 3
/** A thread of the library flushes so many milliseconds after something became pending. */
#define MMIO_POLICY_EVERY_MILLIS 4
/** @} */

/**
 * Have a map flushed by itself, at level DATA.
 *
 * Writes are the calls of copy.h that change bytes; a batch is as many as it has entries, and
 * flushes at most once, at its end. Views, cells and raw pointers count for EVERY_MILLIS only, when
 * they become pending. A policy flush that fails is reported by the write that asked for it,
 * although the bytes are in the map. One that fails on the library's thread, which is one for all
 * maps of the process, is a loss: see mmio_map_flush(). Closing does not flush.
 * Accepted without effect where nothing is ever pending. In the child of a fork() the policy goes
 * on with a thread of the child's own.
 *
 * @param policy  MMIO_POLICY_…
 * @param amount  Bytes, writes or milliseconds; 0 is the same as MMIO_POLICY_MANUAL. Must be 0 for
 *                MANUAL and ALWAYS.
 *
 * @retval MMIO_ERR_NO_MEMORY  No memory for the timer.
 * @retval MMIO_ERR_LIMIT      No thread to be had.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_set_policy(mmio_map *map, uint32_t policy, uint64_t amount,
                                                   mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
