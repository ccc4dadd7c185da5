/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/paging.h
 * @brief Which pages of a map are in memory, and which should be.
 *
 * Ranges are widened to whole pages, within the map. Nothing here changes a byte of a shared map.
 */
#ifndef MMIO_PAGING_H
#define MMIO_PAGING_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Advice, for mmio_map_advise()
 * @{ */
/** No particular order of access. */
#define MMIO_ADVICE_NORMAL 0
/** Reading ahead would be wasted. */
#define MMIO_ADVICE_RANDOM 1
/** Read far ahead; pages behind may go soon. */
#define MMIO_ADVICE_SEQUENTIAL 2
/** Will be used soon: begin reading in. */
#define MMIO_ADVICE_WILL_NEED 3
/** Will not be used soon. On a COW_RW map this discards what was written to the range: it shows
 * the file's bytes again. */
#define MMIO_ADVICE_DONT_NEED 4
/** @} */

/**
 * Tell the system how a range will be used.
 *
 * @param advice  MMIO_ADVICE_… Systems without a kind of advice ignore it.
 *
 * @retval MMIO_ERR_RANGE  `error` carries offset, size and the present size.
 * @retval MMIO_ERR_IO     The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_advise(mmio_map *map, uint64_t offset, uint64_t size,
                                               uint32_t advice, mmio_error *error);

/**
 * Begin reading a range of the file into the system's cache, without waiting and without mapping
 * its pages. A no-op on anonymous maps.
 *
 * @return As mmio_map_advise().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_prefetch(mmio_map *map, uint64_t offset, uint64_t size,
                                                 mmio_error *error);

/**
 * Told how far a call has come, on the calling thread. It may use the map.
 *
 * @return 0 to go on, anything else to stop the call with MMIO_ERR_CANCELLED.
 */
typedef int32_t(MMIO_CALL *mmio_progress)(uint64_t done, uint64_t total, void *user);

/** @name Flags, for mmio_map_touch()
 * @{ */
/** Make the pages writable too, as writing to each would: no later store waits for that. Blocks of
 * a sparse file are not reserved by it. */
#define MMIO_POPULATE_WRITE 0x1
/** @} */

/**
 * Read every page of a range in and map it, waiting for the device.
 *
 * Holes of a sparse file, which read as zero without the device, are passed over: a touch takes the
 * time of the data alone, and pages of holes may not be resident after it. Not so with
 * MMIO_POPULATE_WRITE, on maps of mode COW or COW_RW, opened with MMIO_OPEN_HUGE_PAGES or not of a
 * file, and where the file system does not tell its holes or needs memory for a page of one, as
 * tmpfs does: there every page is read in.
 *
 * @param flags     0, or MMIO_POPULATE_WRITE.
 * @param progress  Called after each piece of some MiB; NULL for none. To show progress or to stop
 *                  without a callback, touch in pieces.
 * @param user      Handed to `progress`.
 *
 * @retval MMIO_ERR_MODE       MMIO_POPULATE_WRITE on a map of mode RO or COW.
 * @retval MMIO_ERR_RANGE      `error` carries offset, size and the present size.
 * @retval MMIO_ERR_FAULT      Bytes are gone from under the map: the file was cut, or the device
 *                             fails. `error` has the first offset that is gone, how many bytes of
 *                             the range are there before it, and the cause.
 * @retval MMIO_ERR_CANCELLED  `progress` asked to stop.
 * @retval MMIO_ERR_NO_MEMORY  Not enough memory for the pages.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_touch(mmio_map *map, uint64_t offset, uint64_t size,
                                              uint32_t flags, mmio_progress progress, void *user,
                                              mmio_error *error);

/** Pages of a range, counted. Set struct_size; the library writes no more than that. */
typedef struct mmio_residency {
    uint32_t struct_size; /**< sizeof(mmio_residency) as the caller compiled it; at least 48. */
    uint32_t has_dirty;   /**< 1 if `dirty` and `write_back` are known to this system, else 0. */
    uint64_t pages;       /**< Pages in the range. */
    uint64_t cached;      /**< Of these, in the system's cache, mapped or not. */
    uint64_t dirty;       /**< Changed since they were last written back. */
    uint64_t write_back;  /**< Being written back. */
    uint64_t reserved;    /**< 0. */
} mmio_residency;

/**
 * Count the cached, dirty and written-back pages of a range, as the system sees them now.
 *
 * What other processes cached or changed counts too. Pages written to a private map do not: they
 * are this map's own.
 *
 * @retval MMIO_ERR_RANGE  `error` carries offset, size and the present size.
 * @retval MMIO_ERR_IO     The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_residency(mmio_map *map, uint64_t offset, uint64_t size,
                                                  mmio_residency *out_residency, mmio_error *error);

/**
 * Say page by page whether it is cached.
 *
 * @param page_count  Pages that the range touches; MMIO_ERR_INVALID if it is another number.
 * @param out_pages   One byte for each of them: 1 if cached, else 0.
 *
 * @return As mmio_map_residency() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_resident_pages(mmio_map *map, uint64_t offset,
                                                       uint64_t size, size_t page_count,
                                                       uint8_t *out_pages, mmio_error *error);

/**
 * Write a range back and drop it from the system's cache, where nobody else keeps it mapped. Views
 * stay valid: their pages are read in again when used.
 *
 * @retval MMIO_ERR_MODE   The map is COW_RW or anonymous: its pages have no other place.
 * @retval MMIO_ERR_RANGE  `error` carries offset, size and the present size.
 * @retval MMIO_ERR_IO     Write-back failed; `error` has the system's code.
 * @retval MMIO_ERR_LOST   Write-back failed before: memory may be the only place of the bytes.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_evict(mmio_map *map, uint64_t offset, uint64_t size,
                                              mmio_error *error);

/**
 * Keep the pages of a range in memory.
 *
 * Locks do not nest: one unlock undoes any number of locks. They end with the map, and where growth
 * beyond the reservation moves it.
 *
 * @retval MMIO_ERR_LIMIT  The process may not lock so much memory (RLIMIT_MEMLOCK).
 * @retval MMIO_ERR_FAULT  As mmio_map_touch().
 * @retval MMIO_ERR_RANGE  `error` carries offset, size and the present size.
 * @retval MMIO_ERR_IO     The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_lock_memory(mmio_map *map, uint64_t offset, uint64_t size,
                                                    mmio_error *error);

/** Let the pages of a range leave memory again. Succeeds for pages that were never locked.
 * @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_map_unlock_memory(mmio_map *map, uint64_t offset, uint64_t size,
                                                      mmio_error *error);

/** @name States, of mmio_map_huge_pages()
 * @{ */
/** The system does not tell. */
#define MMIO_HUGE_PAGES_UNKNOWN 0
/** None is mapped. */
#define MMIO_HUGE_PAGES_NO 1
/** Some are. */
#define MMIO_HUGE_PAGES_YES 2
/** @} */

/**
 * Say whether huge pages really back any of a map now, whatever was asked for at open.
 *
 * Those of files, of shared and of private memory all count, once they are mapped. The answer costs
 * the same at any number of maps. Where the system has a quick way, the process's first call opens
 * one descriptor for it, which stays.
 *
 * @param out_state  MMIO_HUGE_PAGES_… UNKNOWN is no failure.
 *
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_huge_pages(mmio_map *map, uint32_t *out_state,
                                                   mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
