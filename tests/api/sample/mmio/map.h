/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/map.h
 * @brief Maps.
 *
 * Said for all.
 */
#ifndef MMIO_MAP_H
#define MMIO_MAP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A mapped file. Ends with mmio_map_close(). */
typedef struct mmio_map mmio_map;

/** How to open. */
typedef struct mmio_open_options {
    uint32_t struct_size; /**< Of this struct. */
    uint32_t mode;        /**< 0. */
    uint64_t reserve[2];  /**< Address space. */
} mmio_open_options;

/**
 * Map a file. It must exist.
 *
 * Nothing of it is read.
 *
 * @param path        Any bytes but NUL, as
 *                    the system has them.
 * @param timeout_ms  How long to wait.
 *
 * @retval MMIO_ERR_INVALID  `options` are wrong.
 * @retval MMIO_ERR_TIMEOUT  Not within `timeout_ms`.
 * @return Nothing else.
 * @since 0.2
 */
MMIO_API mmio_status MMIO_CALL mmio_map_open(const char *path, const mmio_open_options *options,
                                             int64_t timeout_ms, mmio_map **out_map,
                                             mmio_error *error);

/** Give it back. NULL is ignored. @since 0.1 */
MMIO_API void MMIO_CALL mmio_map_close(mmio_map *map);

/** Path it was opened with. @since 0.1 */
MMIO_API const char *MMIO_CALL mmio_map_path(const mmio_map *map);

#ifdef __cplusplus
}
#endif

#endif
