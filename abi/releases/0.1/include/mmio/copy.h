/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/copy.h
 * @brief Copying bytes out of, into and within maps.
 *
 * Within one process and one map a read never sees half of a write, whatever their lengths;
 * filling, zeroing and copying are writes. To keep that promise a copy may wait for copies that are
 * under way on the same bytes, never for views, flushes or growth, and so never for its own caller.
 * Most are over in microseconds; mmio_map_read_within() and mmio_map_write_within() wait no longer
 * than they are told.
 */
#ifndef MMIO_COPY_H
#define MMIO_COPY_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Copy bytes out of a map.
 *
 * @param buffer  `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 *
 * @retval MMIO_ERR_RANGE      `error` carries offset, size and the present size.
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_read(mmio_map *map, uint64_t offset, void *buffer,
                                             size_t size, mmio_error *error);

/**
 * As mmio_map_read(), waiting no longer than a time-out.
 *
 * @param buffer      As of mmio_map_read().
 * @param timeout_ms  How long to wait for a write under way.
 *
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0 and such a write is in the way.
 * @retval MMIO_ERR_TIMEOUT  There still was one after `timeout_ms`.
 * @return As mmio_map_read() besides. After a failure the buffer's bytes are of no use.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_read_within(mmio_map *map, uint64_t offset, void *buffer,
                                                    size_t size, int64_t timeout_ms,
                                                    mmio_error *error);

/**
 * Copy bytes into a map. On an RW map they become pending and are at once visible to every user of
 * the file.
 *
 * Writing 0 bytes succeeds in every mode.
 *
 * @param data  `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 *
 * @retval MMIO_ERR_MODE       The map's mode is RO or COW. Checked before the range.
 * @retval MMIO_ERR_RANGE      `error` carries offset, size and the present size.
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire(); also on the first write of a map.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_write(mmio_map *map, uint64_t offset, const void *data,
                                              size_t size, mmio_error *error);

/**
 * As mmio_map_write(), waiting no longer than a time-out.
 *
 * @param data        As of mmio_map_write().
 * @param timeout_ms  How long to wait for a copy under way.
 *
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0 and such a copy is in the way.
 * @retval MMIO_ERR_TIMEOUT  There still was one after `timeout_ms`.
 * @return As mmio_map_write() besides. After these two nothing was written.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_write_within(mmio_map *map, uint64_t offset,
                                                     const void *data, size_t size,
                                                     int64_t timeout_ms, mmio_error *error);

/**
 * Copy bytes to the end of a map, which grows as needed: the way to write logs and records.
 *
 * Any number of threads append at once; each gets a place of its own behind all earlier ones. The
 * file grows in larger and larger steps, ahead of the bytes, so that mmio_map_size() is more than
 * what was appended; closing the map cuts the file to what was. A process that dies leaves the
 * rest, which reads as zero. The first append goes behind the map's present size, and so does the
 * next one after mmio_map_resize(), or after an mmio_map_refresh() that found another size. Append
 * to one file through one map only.
 *
 * @param data        `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 * @param out_offset  Where the bytes are. May be NULL.
 *
 * @retval MMIO_ERR_MODE       The map's mode is not RW, it is a window, or it is protected.
 * @retval MMIO_ERR_TOO_LARGE  The map would be longer than mmio_max_size().
 * @retval MMIO_ERR_RANGE      Somebody cut the map meanwhile.
 * @return As mmio_map_resize() and mmio_map_write() besides. After a failure nothing was appended,
 *         but for a policy's flush that failed: then the bytes are at `*out_offset`.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_append(mmio_map *map, const void *data, size_t size,
                                               uint64_t *out_offset, mmio_error *error);

/** One entry of a batch. */
typedef struct mmio_io {
    uint64_t offset;    /**< Place in the map. */
    uint64_t size;      /**< Bytes to copy. */
    void *data;         /**< `size` bytes of the caller's memory. Batches of writes only read it. */
    mmio_status status; /**< Out: what became of this entry. */
    int32_t reserved;   /**< 0. */
} mmio_io;

/**
 * Copy many ranges out of a map in one call.
 *
 * Each entry is a read of its own and has its own status: one that fails leaves the others alone.
 * Within the batch the map is pinned once, so that it is not shrunk between two entries.
 *
 * @return MMIO_OK if every entry was read, else the status of the first that was not, which `error`
 *         describes.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_read_batch(mmio_map *map, mmio_io *entries, size_t count,
                                                   mmio_error *error);

/** Copy many ranges into a map in one call; as mmio_map_read_batch(), each entry a write of its
 * own, in order. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_map_write_batch(mmio_map *map, mmio_io *entries, size_t count,
                                                    mmio_error *error);

/**
 * Set every byte of a range to `byte`.
 *
 * @retval MMIO_ERR_INVALID  Also: `byte` is above 255.
 * @return As mmio_map_write() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_fill(mmio_map *map, uint64_t offset, uint64_t size,
                                             uint32_t byte, mmio_error *error);

/**
 * Set every byte of a range to 0, giving whole blocks back to the file system where it can.
 *
 * A map opened with MMIO_OPEN_ALLOCATE keeps its blocks.
 *
 * @return As mmio_map_write().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_zero(mmio_map *map, uint64_t offset, uint64_t size,
                                             mmio_error *error);

/**
 * Copy bytes between two maps, or within one, where the ranges may overlap.
 *
 * @param from         Readable in every mode.
 * @param from_offset  Where in `from` the bytes are.
 * @param to           Writable: RW or COW_RW.
 * @param to_offset    Where in `to` the bytes go.
 *
 * @retval MMIO_ERR_MODE   `to` is not writable. Checked before the ranges.
 * @retval MMIO_ERR_RANGE  `error` carries the offset, size and map size of the range that is wrong;
 *                         its message names the map.
 * @return As mmio_map_write() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_copy(mmio_map *from, uint64_t from_offset, mmio_map *to,
                                             uint64_t to_offset, uint64_t size, mmio_error *error);

/**
 * Find the first place of some bytes in a range.
 *
 * Bytes that others write meanwhile may or may not be found. An empty pattern is at the range's
 * beginning.
 *
 * @param pattern       The bytes to find; may be NULL if `pattern_size` is 0.
 * @param pattern_size  How many they are.
 * @param out_offset    Offset in the map where the pattern begins; UINT64_MAX if it is not there.
 *
 * @retval MMIO_OK         Also when it was not found.
 * @retval MMIO_ERR_RANGE  `error` carries offset, size and the present size.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_find(mmio_map *map, uint64_t offset, uint64_t size,
                                             const void *pattern, size_t pattern_size,
                                             uint64_t *out_offset, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
