/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving an access to mapped bytes that met a fault. */
#ifndef MMIO_OS_LINUX_ACCESS_H
#define MMIO_OS_LINUX_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether this processor's accesses can be left. */
extern const bool mmio__linux_access_can_be_left;

/* If the thread of a signal's context met a fault at `address` while it copied, or used a cell of,
 * mapped bytes that hold this address: have it go on where the access ends and says what is left.
 * False if it did anything else. */
bool mmio__linux_access_leave(void *context, uintptr_t address);

/* Of a signal's context: what the thread was at, and whether it was writing. */
uintptr_t mmio__linux_access_place(const void *context);
bool mmio__linux_access_was_write(const void *context);

#endif
