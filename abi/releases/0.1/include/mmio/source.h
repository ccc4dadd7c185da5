/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/source.h
 * @brief Always having the present file of a path mapped.
 *
 * A source maps what a path names and follows it: when the file there was replaced, grown, cut or
 * written anew, it maps it again and publishes the new map as its next generation. Maps it gave out
 * before stay as they are until their holders close them, views of them until they are released.
 *
 * What counts is device, inode and change time of the file and the map's size, never size and
 * modification time alone. So any change of the file counts, such as of its permissions; bytes
 * stored through a map count when the system has noted the time, and not before. A source is made
 * for reading.
 *
 * A child process made by fork() uses maps and views it inherited; sources answer MMIO_ERR_FORKED
 * there, but for mmio_source_close().
 */
#ifndef MMIO_SOURCE_H
#define MMIO_SOURCE_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A path, and the map of the file it names. */
typedef struct mmio_source mmio_source;

/** @name Flags, for mmio_source_open()
 * @{ */
/** Follow the path without being asked, as soon as its file changes. Takes a watch: see
 * mmio/watch.h, also for what is not heard of. */
#define MMIO_SOURCE_AUTO 0x1
/** @} */

/**
 * Map what a path names, and be ready to do so again.
 *
 * @param path        Where it leads is taken as of now: it does not depend on later changes of the
 *                    current directory.
 * @param options     As for mmio_map_open(), for each generation. The disposition must be
 *                    MMIO_DISPOSITION_OPEN; the flag MMIO_OPEN_BENEATH is refused.
 * @param flags       0, or MMIO_SOURCE_AUTO.
 * @param out_source  The caller ends it with mmio_source_close().
 *
 * @return As mmio_map_open(), and with MMIO_SOURCE_AUTO as mmio_watcher_add_path() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_source_open(const char *path, const mmio_open_options *options,
                                                uint32_t flags, mmio_source **out_source,
                                                mmio_error *error);

/**
 * End a source. Maps it gave out stay with their holders.
 *
 * Those who wait in mmio_source_wait() leave with MMIO_ERR_CLOSED. `source` is gone for the caller;
 * NULL is ignored.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_source_close(mmio_source *source);

/**
 * Have the present map.
 *
 * @param out_map         The caller is one more holder of it, and ends that with mmio_map_close().
 *                        Shutting it down shuts it down for all who have it.
 * @param out_generation  Its number: 1 at first, one more for each map published. May be NULL.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_source_map(mmio_source *source, mmio_map **out_map,
                                               uint64_t *out_generation, mmio_error *error);

/**
 * Look at the path now, and publish a new map if its file has changed.
 *
 * Failure: the map is the one it was.
 *
 * @param out_changed  1 if a new map was published by this call, else 0. May be NULL.
 *
 * @retval MMIO_ERR_NOT_FOUND  The path names no file now.
 * @retval MMIO_ERR_INVALID    Also: the file is empty now, and the mode not RO.
 * @return As mmio_map_open() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_source_refresh(mmio_source *source, uint32_t *out_changed,
                                                   mmio_error *error);

/**
 * Wait until there is a generation newer than a given one.
 *
 * @param generation      The last one seen.
 * @param timeout_ms      How long to wait for a newer one.
 * @param out_generation  The present one; 0 on failure. May be NULL.
 *
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0 and there is none.
 * @retval MMIO_ERR_TIMEOUT  None was published in that time.
 * @retval MMIO_ERR_CLOSED   The source was closed meanwhile.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_source_wait(mmio_source *source, uint64_t generation,
                                                int64_t timeout_ms, uint64_t *out_generation,
                                                mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
