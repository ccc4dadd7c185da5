/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/base.h
 * @brief Version, statuses and the error record.
 */
#ifndef MMIO_BASE_H
#define MMIO_BASE_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"

/** @name Version of this header
 * @{ */
#define MMIO_VERSION_MAJOR 0
#define MMIO_VERSION_MINOR 2
#define MMIO_VERSION_PATCH 0
/** @} */

/** Outcome of a call: MMIO_OK, or an MMIO_ERR_ number. */
typedef int32_t mmio_status;

/** @name Statuses
 * @{ */
#define MMIO_OK 0
/** An argument is wrong. */
#define MMIO_ERR_INVALID (-1)
/** Somebody else was in the way until the time-out.
 *
 * - Trying again
 *   may succeed. */
#define MMIO_ERR_TIMEOUT (-2)
/** @} */

/** What went wrong. */
typedef struct mmio_error {
    mmio_status status; /**< What the call returned. */
    int32_t os_code;    /**< The system's code;
                             0 if none. */
    char message[24];   /**< NUL-terminated. */
} mmio_error;

/** @name Features, for nobody
 * @{ */
#define MMIO_FEATURE_LARGE 0x10
/** @} */

#endif
