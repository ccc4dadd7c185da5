/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/segment.h
 * @brief A range of a map as a thing of its own: a record, a table, a section.
 */
#ifndef MMIO_SEGMENT_H
#define MMIO_SEGMENT_H

#include "view.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A range of a map, remembered. It pins nothing: the map may be resized at any time.
 *
 * Every use checks that the whole segment lies within the map, as one step with the access itself.
 * A segment that a shrink has cut is invalid, even for bytes that are still there, and valid again
 * when the map has grown back.
 */
typedef struct mmio_segment mmio_segment;

/**
 * Make a segment of a range.
 *
 * It is one more holder of the map, and so keeps it open after the caller's own mmio_map_close().
 *
 * @param out_segment  The caller ends it with mmio_segment_close().
 *
 * @retval MMIO_ERR_RANGE      `error` carries offset, size and the map's present size.
 * @retval MMIO_ERR_NO_MEMORY  No memory for the segment.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_segment_open(mmio_map *map, uint64_t offset, uint64_t size,
                                                 mmio_segment **out_segment, mmio_error *error);

/** End a segment, and its hold on the map. Views it gave stay valid. NULL is ignored. @since 0.1 */
MMIO_API void MMIO_CALL mmio_segment_close(mmio_segment *segment);

/** 1 if the segment lies within the map now, else 0; another thread may change that at once. 0 for
 * NULL and after shutdown. @since 0.1 */
MMIO_API int32_t MMIO_CALL mmio_segment_is_valid(const mmio_segment *segment);

/** Where in the map the segment begins; 0 for NULL. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_segment_offset(const mmio_segment *segment);

/** The segment's size, valid or not; 0 for NULL. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_segment_size(const mmio_segment *segment);

/**
 * Copy bytes out of `segment`; as mmio_map_read() besides.
 *
 * @param offset  In the segment.
 * @param buffer  `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 *
 * @retval MMIO_ERR_RANGE      The range is not within the segment: `error` carries offset, size and
 *                             the segment's size. Or the segment is invalid: `error` carries its
 *                             offset, its size and the map's present size.
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_segment_read(mmio_segment *segment, uint64_t offset,
                                                 void *buffer, size_t size, mmio_error *error);

/**
 * Copy bytes into `segment`, whose other bytes stay; as mmio_map_write() besides.
 *
 * @param offset  In the segment.
 * @param data    `size` bytes, not in the map's own memory. May be NULL if `size` is 0.
 *
 * @retval MMIO_ERR_MODE       The map's mode is RO or COW. Checked before the range.
 * @retval MMIO_ERR_RANGE      As mmio_segment_read().
 * @retval MMIO_ERR_NO_MEMORY  As mmio_map_write().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_segment_write(mmio_segment *segment, uint64_t offset,
                                                  const void *data, size_t size, mmio_error *error);

/**
 * Borrow the whole of `segment` without copying; as mmio_view_acquire() besides.
 *
 * @param flags  0, or MMIO_VIEW_WRITE.
 *
 * @retval MMIO_ERR_MODE       MMIO_VIEW_WRITE on a map of mode RO or COW. Checked before the range.
 * @retval MMIO_ERR_RANGE      The segment is invalid: `error` carries its offset, its size and the
 *                             map's present size.
 * @retval MMIO_ERR_NO_MEMORY  As mmio_view_acquire().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_segment_view(mmio_segment *segment, uint32_t flags,
                                                 mmio_view *out_view, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
