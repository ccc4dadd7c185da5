/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/pressure.h
 * @brief Being told when memory becomes scarce.
 *
 * Memory is under pressure when tasks wait for it: for pages to be freed, or to be read in again
 * that were dropped too early. Maps cause it, and can relieve it: mmio_map_evict(), DONT_NEED.
 */
#ifndef MMIO_PRESSURE_H
#define MMIO_PRESSURE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Tells of memory pressure. */
typedef struct mmio_pressure mmio_pressure;

/** @name Who has to wait, for mmio_pressure_options::who
 * @{ */
/** At least one task waits for memory. */
#define MMIO_PRESSURE_SOME 0
/** All tasks that could run wait for memory. */
#define MMIO_PRESSURE_ALL 1
/** @} */

/** When to tell. Set struct_size to sizeof(mmio_pressure_options), leave the rest 0 for the
 * defaults. */
typedef struct mmio_pressure_options {
    uint32_t
        struct_size;   /**< sizeof(mmio_pressure_options) as the caller compiled it; at least 24. */
    uint32_t who;      /**< MMIO_PRESSURE_SOME or MMIO_PRESSURE_ALL. */
    uint32_t stall_ms; /**< Tell when they waited so long, 1 .. window_ms. 0: 150. */
    uint32_t window_ms; /**< In a time so long: 2000, 4000, 6000, 8000 or 10000. 0: 2000. */
    uint64_t reserved;  /**< 0. */
} mmio_pressure_options;

/**
 * Be told of memory pressure from now on.
 *
 * Heard is the control group of the process, if it has one with a right to listen there, else the
 * whole machine. One event is told for each window at most.
 *
 * @param options       NULL: 150 ms of waiting by some within 2 s.
 * @param out_pressure  The caller ends it with mmio_pressure_close().
 *
 * @retval MMIO_ERR_INVALID      Also: times other than those above.
 * @retval MMIO_ERR_UNSUPPORTED  The system does not measure it, or does not tell this process: see
 *                               MMIO_FEATURE_PRESSURE.
 * @retval MMIO_ERR_NO_MEMORY    No memory.
 * @retval MMIO_ERR_LIMIT        Too many descriptors.
 * @retval MMIO_ERR_IO           The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_pressure_open(const mmio_pressure_options *options,
                                                  mmio_pressure **out_pressure, mmio_error *error);

/**
 * Wait for the next event. An event that came since the last one was taken is there at once. Each
 * wakes one of those who wait.
 *
 * @retval MMIO_OK           There was pressure.
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0, and there was none.
 * @retval MMIO_ERR_TIMEOUT  There was none for `timeout_ms`.
 * @retval MMIO_ERR_FORKED   Opened before fork(): the events stay the parent's.
 * @retval MMIO_ERR_IO       The system stopped telling; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_pressure_wait(mmio_pressure *pressure, int64_t timeout_ms,
                                                  mmio_error *error);

/**
 * A descriptor for event loops, readable when there was pressure. It stays the object's.
 *
 * The poll, select or epoll call that reports it readable has taken the event, as the system has
 * it: act on it at once, and do not call mmio_pressure_wait() for it.
 *
 * @retval MMIO_ERR_FORKED  Opened before fork(): the events stay the parent's.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_pressure_handle(mmio_pressure *pressure, intptr_t *out_handle,
                                                    mmio_error *error);

/**
 * Be told no more. Nobody may wait for it any more; its descriptor is closed. NULL is ignored.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_pressure_close(mmio_pressure *pressure);

#ifdef __cplusplus
}
#endif

#endif
