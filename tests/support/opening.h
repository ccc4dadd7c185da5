/* SPDX-License-Identifier: Apache-2.0 */
/* Opening with a few options only. */
#ifndef MMIO_TEST_OPENING_H
#define MMIO_TEST_OPENING_H

#include "support.h"

mmio_status open_with(const char *path, mmio_open_options options);
mmio_status try_open(const char *path, uint32_t mode, uint32_t disposition, uint64_t size);

#endif
