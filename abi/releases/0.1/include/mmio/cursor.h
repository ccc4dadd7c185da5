/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/cursor.h
 * @brief A place in a map that moves on with every read: what file objects of languages are made
 * of.
 */
#ifndef MMIO_CURSOR_H
#define MMIO_CURSOR_H

#include "view.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A position in a map, 0 .. 2^63 - 1 bytes from its start, also beyond its end.
 *
 * The end is the map's size at the time of each call. One cursor is for one thread at a time;
 * cursors of one map know nothing of each other.
 */
typedef struct mmio_cursor mmio_cursor;

/**
 * Make a cursor at position 0.
 *
 * It is one more holder of the map, and so keeps it open after the caller's own mmio_map_close().
 *
 * @param out_cursor  The caller ends it with mmio_cursor_close().
 *
 * @retval MMIO_ERR_NO_MEMORY  No memory for the cursor.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_cursor_open(mmio_map *map, mmio_cursor **out_cursor,
                                                mmio_error *error);

/** End a cursor, and its hold on the map. Views it gave stay valid. NULL is ignored. @since 0.1 */
MMIO_API void MMIO_CALL mmio_cursor_close(mmio_cursor *cursor);

/**
 * Copy out what lies at the position and move behind it.
 *
 * Reads up to the end of the map: less than `size` only there, and nothing at it or beyond. Like
 * mmio_map_read() it never sees half of a write, and may wait for copies under way. Failure leaves
 * the position.
 *
 * @param cursor    Moves by as much as was read.
 * @param buffer    `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 * @param out_read  Bytes read.
 *
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_cursor_read(mmio_cursor *cursor, void *buffer, size_t size,
                                                size_t *out_read, mmio_error *error);

/**
 * Copy bytes in at the position of `cursor` and move behind them.
 *
 * All of them or none: a map does not grow by being written to. Otherwise as mmio_map_write().
 * Failure leaves the position.
 *
 * @param data  `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 *
 * @retval MMIO_ERR_MODE       The map's mode is RO or COW. Checked before the range.
 * @retval MMIO_ERR_RANGE      `error` carries position, size and the map's present size.
 * @retval MMIO_ERR_NO_MEMORY  As mmio_map_write().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_cursor_write(mmio_cursor *cursor, const void *data, size_t size,
                                                 mmio_error *error);

/**
 * Borrow all bytes from the position of `cursor` to the end of the map, without copying and without
 * moving.
 *
 * A view like any other, in every mode: see mmio_view_acquire(). Take what is of use and pass over
 * it with mmio_cursor_consume().
 *
 * @param out_view  Of size 0 at the end of the map and beyond. Released with mmio_view_release().
 *
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_cursor_peek(mmio_cursor *cursor, mmio_view *out_view,
                                                mmio_error *error);

/**
 * Move `cursor` forward, also beyond the end of the map.
 *
 * @param size  How far.
 *
 * @retval MMIO_ERR_INVALID  Also: the position would be above 2^63 - 1. It stays.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_cursor_consume(mmio_cursor *cursor, uint64_t size,
                                                   mmio_error *error);

/** @name Where mmio_cursor_seek() counts from
 * @{ */
/** The start of the map. */
#define MMIO_SEEK_START 0
/** The position. */
#define MMIO_SEEK_CURRENT 1
/** The end of the map. */
#define MMIO_SEEK_END 2
/** @} */

/**
 * Move `cursor` to a position, also beyond the end of the map.
 *
 * @param offset        How far from there; negative is towards the start.
 * @param whence        MMIO_SEEK_…
 * @param out_position  The position moved to. May be NULL.
 *
 * @retval MMIO_ERR_INVALID  Also: the position would be below 0 or above 2^63 - 1. It stays.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_cursor_seek(mmio_cursor *cursor, int64_t offset,
                                                uint32_t whence, uint64_t *out_position,
                                                mmio_error *error);

/** The position, also after the map was shut down; 0 for NULL. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_cursor_position(const mmio_cursor *cursor);

#ifdef __cplusplus
}
#endif

#endif
