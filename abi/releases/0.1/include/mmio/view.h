/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/view.h
 * @brief Bytes of a map without copying: views, walks, raw pointers.
 */
#ifndef MMIO_VIEW_H
#define MMIO_VIEW_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Borrowed bytes. A value that owns one pin: release it once, from any thread, from one copy.
 *
 * All zero is the released view, which may be released again without effect.
 */
typedef struct mmio_view {
    void *data;      /**< First byte; not to be read if size is 0. */
    uint64_t size;   /**< Bytes borrowed. */
    uint64_t pin[2]; /**< The library's. */
} mmio_view;

/** @name Flags, for mmio_view_acquire() and mmio_walk_begin()
 * @{ */
/** The bytes may be written through the view. */
#define MMIO_VIEW_WRITE 0x1
/** @} */

/**
 * Borrow bytes of a map without copying them.
 *
 * The bytes stay mapped at `out_view->data` until mmio_view_release(), on whatever thread, even
 * after the map was closed. A view excludes nobody: other views, writes, growth and flushes go on
 * beside it, and what they change shows. Only shrinking below its end must wait. Asked for
 * MMIO_VIEW_WRITE on an RW map, its size is added to the pending bytes at release.
 *
 * Never waits for another view, whatever its thread. Makes no system call.
 *
 * @param flags  0, or MMIO_VIEW_WRITE.
 *
 * @retval MMIO_ERR_MODE       MMIO_VIEW_WRITE on a map of mode RO or COW. Checked before the range.
 * @retval MMIO_ERR_RANGE      `error` carries offset, size and the present size.
 * @retval MMIO_ERR_NO_MEMORY  The thread holds so many views that its table must grow.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_view_acquire(mmio_map *map, uint64_t offset, uint64_t size,
                                                 uint32_t flags, mmio_view *out_view,
                                                 mmio_error *error);

/**
 * Give borrowed bytes back and clear the view. NULL and a cleared view are ignored.
 *
 * The last release of a closed map's views unmaps it.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_view_release(mmio_view *view);

/**
 * A walk over a map in chunks of one size. Owns one pin over all it walks; end it once.
 *
 * For pages take mmio_page_size() as the chunk size.
 */
typedef struct mmio_walk {
    mmio_view view;       /**< All bytes walked over: the map as long as it was at the start. */
    uint64_t chunk_size;  /**< As asked for. */
    uint64_t chunk_count; /**< Number of chunks; the last may be short. */
    uint64_t next;        /**< Index of the chunk that mmio_walk_next() hands out next. */
    uint64_t reserved;    /**< 0. */
} mmio_walk;

/**
 * Begin a walk over the whole map.
 *
 * The walk keeps the length the map has now. An empty map and chunk size 0 make a walk of no
 * chunks. A walk for writing on an RW map adds the bytes it handed out to pending at its end.
 *
 * @param flags  0, or MMIO_VIEW_WRITE.
 *
 * @retval MMIO_ERR_MODE       MMIO_VIEW_WRITE on a map of mode RO or COW, also for chunk size 0.
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_walk_begin(mmio_map *map, uint64_t chunk_size, uint32_t flags,
                                               mmio_walk *out_walk, mmio_error *error);

/**
 * Take the next chunk. One walk is for one thread at a time.
 *
 * @param out_data  The chunk's first byte, valid until mmio_walk_end().
 * @param out_size  The chunk's size.
 * @return 1 with a chunk, 0 when there is none left.
 * @since 0.1
 */
MMIO_API int32_t MMIO_CALL mmio_walk_next(mmio_walk *walk, void **out_data, uint64_t *out_size);

/** End a walk and clear it. NULL and a cleared walk are ignored. @since 0.1 */
MMIO_API void MMIO_CALL mmio_walk_end(mmio_walk *walk);

/**
 * The map's base address: an escape hatch that pins nothing.
 *
 * The pointer is good for the map's present size, and only until the map is resized, shut down or
 * closed by anybody. Prefer views.
 *
 * @param out_data  NULL for an empty map.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_data(mmio_map *map, const void **out_data,
                                             mmio_error *error);

/**
 * The map's base address for writing: as mmio_map_data(), and the whole size becomes pending.
 *
 * @retval MMIO_ERR_MODE  The map's mode is RO or COW.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_data_mut(mmio_map *map, void **out_data, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
