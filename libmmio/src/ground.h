/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping to local files: MMIO_OPEN_LOCAL. */
#ifndef MMIO_GROUND_INTERNAL_H
#define MMIO_GROUND_INTERNAL_H

#include "base/failure.h"

/* UNSUPPORTED, naming the file system, if the call's path would be on a network. A path that cannot
 * be asked about is fine: opening it will say why. */
mmio_status mmio__ground_check_path(const mmio__call *call);
/* The same of an open file; a failure if it cannot be asked about. */
mmio_status mmio__ground_check_handle(const mmio__call *call, intptr_t handle);

#endif
