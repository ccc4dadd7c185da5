/* SPDX-License-Identifier: Apache-2.0 */
/* The handler's side of mmio__os_absorb_begin(). */
#ifndef MMIO_OS_LINUX_ABSORB_H
#define MMIO_OS_LINUX_ABSORB_H

#include <stdbool.h>
#include <stdint.h>

/* Put zeros where a fault happened, if it lies in bytes that allow it. */
bool mmio__linux_absorb(uintptr_t address);
void mmio__linux_absorb_forked(void);

#endif
