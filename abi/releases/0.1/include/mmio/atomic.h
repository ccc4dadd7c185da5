/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/atomic.h
 * @brief 32-bit and 64-bit cells that threads, processes and languages share.
 *
 * A cell is 4 or 8 bytes at an offset that is a multiple of its size, in the machine's byte order.
 * In a window it is the offset in the file that counts.
 * Every operation is sequentially consistent. It is checked in this order: mode (the map must be
 * writable: RW or COW_RW, or memory and one of these), alignment, range. Each operation that
 * writes makes its cell's bytes pending on an RW map. `out_before` may be NULL everywhere.
 *
 * Failure of any of them:
 * - MMIO_ERR_MODE: the map's mode is RO or COW;
 * - MMIO_ERR_ALIGN: `error` carries the offset, and the alignment as its limit;
 * - MMIO_ERR_RANGE: `error` carries offset, size and the present size;
 * - MMIO_ERR_NO_MEMORY: as mmio_view_acquire().
 */
#ifndef MMIO_ATOMIC_H
#define MMIO_ATOMIC_H

#include "view.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Borrow a run of cells, for a language's own atomic operations.
 *
 * A view like any other, released with mmio_view_release(), which makes its bytes pending on an RW
 * map. A run of 0 cells is legal at an aligned offset within the map or at its end.
 *
 * @param count      Number of cells.
 * @param cell_size  4 or 8.
 *
 * @retval MMIO_ERR_INVALID  Also: another cell size.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_acquire(mmio_map *map, uint64_t offset, uint64_t count,
                                                   uint32_t cell_size, mmio_view *out_view,
                                                   mmio_error *error);

/** @name Cells of 32 bits
 * @{ */
/** Read the cell. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_load(mmio_map *map, uint64_t offset,
                                                    uint32_t *out_value, mmio_error *error);

/** Set the cell to `value`. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_store(mmio_map *map, uint64_t offset, uint32_t value,
                                                     mmio_error *error);

/** Set the cell to `value` and return what it held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_exchange(mmio_map *map, uint64_t offset,
                                                        uint32_t value, uint32_t *out_before,
                                                        mmio_error *error);

/** Set the cell to `desired` if it holds `expected`. `*out_before` is what it held: equal to
 * `expected` exactly if the cell was set. Never fails spuriously. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_compare_exchange(mmio_map *map, uint64_t offset,
                                                                uint32_t expected, uint32_t desired,
                                                                uint32_t *out_before,
                                                                mmio_error *error);

/** Add `value`, wrapping around, and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_add(mmio_map *map, uint64_t offset, uint32_t value,
                                                   uint32_t *out_before, mmio_error *error);

/** Subtract `value`, wrapping around, and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_sub(mmio_map *map, uint64_t offset, uint32_t value,
                                                   uint32_t *out_before, mmio_error *error);

/** AND the cell with `value` and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_and(mmio_map *map, uint64_t offset, uint32_t value,
                                                   uint32_t *out_before, mmio_error *error);

/** OR the cell with `value` and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_or(mmio_map *map, uint64_t offset, uint32_t value,
                                                  uint32_t *out_before, mmio_error *error);

/** XOR the cell with `value` and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_xor(mmio_map *map, uint64_t offset, uint32_t value,
                                                   uint32_t *out_before, mmio_error *error);

/**
 * Sleep while the cell holds `expected`, until mmio_atomic_u32_wake() or another value ends it.
 *
 * All who wait for the cell meet in it: threads, processes and languages, through whichever maps
 * share its memory, also while a map grows and moves. Change the cell, then wake: a thread that
 * does not sleep yet is not woken, but sees the change. A change that nobody wakes for ends the
 * wait up to 100 ms later, and so does mmio_map_shutdown().
 *
 * The cell is borrowed meanwhile: shrinking the map below its end waits for the end of the wait.
 *
 * @retval MMIO_OK               Woken, or the cell held something else. It may hold `expected`
 *                               again: look.
 * @retval MMIO_ERR_BUSY         `timeout_ms` is 0, and the cell holds `expected`.
 * @retval MMIO_ERR_TIMEOUT      Nobody woke it, and it still held `expected` after `timeout_ms`.
 * @retval MMIO_ERR_CLOSED       Also: the map was shut down during the wait.
 * @retval MMIO_ERR_FAULT        The file was cut from under the cell during the wait.
 * @retval MMIO_ERR_UNSUPPORTED  mmio_has() denies MMIO_FEATURE_WAIT.
 * @retval MMIO_ERR_IO           The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_wait(mmio_map *map, uint64_t offset,
                                                    uint32_t expected, int64_t timeout_ms,
                                                    mmio_error *error);

/**
 * End up to `count` waits for the cell. Does not wait, and writes nothing.
 *
 * @param count      UINT32_MAX: all there are.
 * @param out_woken  How many were ended; NULL if nobody asks.
 *
 * @retval MMIO_ERR_FAULT        The file was cut from under the cell.
 * @retval MMIO_ERR_UNSUPPORTED  mmio_has() denies MMIO_FEATURE_WAIT.
 * @retval MMIO_ERR_IO           The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u32_wake(mmio_map *map, uint64_t offset, uint32_t count,
                                                    uint32_t *out_woken, mmio_error *error);
/** @} */

/** @name Cells of 64 bits
 * @{ */
/** Read the cell. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_load(mmio_map *map, uint64_t offset,
                                                    uint64_t *out_value, mmio_error *error);

/** Set the cell to `value`. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_store(mmio_map *map, uint64_t offset, uint64_t value,
                                                     mmio_error *error);

/** Set the cell to `value` and return what it held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_exchange(mmio_map *map, uint64_t offset,
                                                        uint64_t value, uint64_t *out_before,
                                                        mmio_error *error);

/** Set the cell to `desired` if it holds `expected`. `*out_before` is what it held: equal to
 * `expected` exactly if the cell was set. Never fails spuriously. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_compare_exchange(mmio_map *map, uint64_t offset,
                                                                uint64_t expected, uint64_t desired,
                                                                uint64_t *out_before,
                                                                mmio_error *error);

/** Add `value`, wrapping around, and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_add(mmio_map *map, uint64_t offset, uint64_t value,
                                                   uint64_t *out_before, mmio_error *error);

/** Subtract `value`, wrapping around, and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_sub(mmio_map *map, uint64_t offset, uint64_t value,
                                                   uint64_t *out_before, mmio_error *error);

/** AND the cell with `value` and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_and(mmio_map *map, uint64_t offset, uint64_t value,
                                                   uint64_t *out_before, mmio_error *error);

/** OR the cell with `value` and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_or(mmio_map *map, uint64_t offset, uint64_t value,
                                                  uint64_t *out_before, mmio_error *error);

/** XOR the cell with `value` and return what the cell held. @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_atomic_u64_xor(mmio_map *map, uint64_t offset, uint64_t value,
                                                   uint64_t *out_before, mmio_error *error);
/** @} */

#ifdef __cplusplus
}
#endif

#endif
