/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/copy.h
 * @brief Copying bytes out of and into a map.
 *
 * Within one process and one map a read never sees half of a write, whatever their lengths. To
 * keep that promise a copy may wait for copies that are under way on the same bytes, never for
 * views, flushes or growth, and so never for its own caller.
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

/** As mmio_map_read(), but MMIO_ERR_BUSY instead of waiting for a write under way. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_map_try_read(mmio_map *map, uint64_t offset, void *buffer,
                                                 size_t size, mmio_error *error);

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

/** As mmio_map_write(), but MMIO_ERR_BUSY instead of waiting for a copy under way. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_map_try_write(mmio_map *map, uint64_t offset, const void *data,
                                                  size_t size, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
