/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio.h
 * @brief Memory-mapped files through one C interface.
 *
 * Said once here, so that no function repeats it:
 *
 * - Offsets and sizes are bytes. A memory length is `size_t`, a place in a map is `uint64_t`.
 * - A range of size 0 is accepted at any offset and does nothing. Any other range must lie within
 *   the map's present size; nothing is ever clamped.
 * - Every call that can fail returns an ::mmio_status, 0 or negative, and takes as its last
 *   parameter an ::mmio_error that may be NULL. It is written only when the call fails.
 * - Out-parameters are set to NULL or 0 when a call fails.
 * - MMIO_ERR_INVALID answers NULL handles, NULL out-parameters, unknown flag bits and unknown
 *   option values everywhere. MMIO_ERR_CLOSED answers every call on a map after
 *   mmio_map_shutdown().
 * - Any thread may call anything, at the same time, on the same handle; only walks and cursors are
 *   for one thread at a time. Nothing is async-signal-safe. Functions that take a function call it
 *   on the calling thread, unless they say that the library's own thread does.
 * - Handles belong to the caller until closed. Strings returned belong to the library; each says
 *   how long it lives.
 * - Paths are bytes; on Windows they are UTF-8.
 * - A `timeout_ms` is in milliseconds: 0 does not wait, a negative one waits without limit.
 * - Zero is every option's default. NULL options are the defaults.
 */
#ifndef MMIO_H
#define MMIO_H

#include "mmio/atomic.h"
#include "mmio/base.h"
#include "mmio/copy.h"
#include "mmio/cursor.h"
#include "mmio/fault.h"
#include "mmio/file.h"
#include "mmio/flush.h"
#include "mmio/ground.h"
#include "mmio/inventory.h"
#include "mmio/map.h"
#include "mmio/paging.h"
#include "mmio/pressure.h"
#include "mmio/queue.h"
#include "mmio/range_lock.h"
#include "mmio/segment.h"
#include "mmio/source.h"
#include "mmio/view.h"
#include "mmio/watch.h"

#endif
