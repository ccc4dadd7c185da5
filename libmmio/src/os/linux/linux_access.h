/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving an access to mapped bytes that met a fault.
 *
 * The accesses are assembler. While one runs, two registers say where the mapped bytes begin and
 * how many there are, for whoever looks at a fault. It uses no stack: to leave it is to set the
 * program counter. Labels tell where what begins.
 */
#ifndef MMIO_OS_LINUX_ACCESS_H
#define MMIO_OS_LINUX_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../base/compiler.h"

/* Of the processors that there is assembler for; each has a file. ThreadSanitizer learns of who
 * waits for whom by atomics that it sees, so that under it cells are plain C. */
#if (defined(__x86_64__) && defined(__LP64__)) || (defined(__aarch64__) && defined(__LP64__))
#define MMIO__LINUX_LEAVES_COPIES 1
#else
#define MMIO__LINUX_LEAVES_COPIES 0
#endif
#if MMIO__LINUX_LEAVES_COPIES && !defined(MMIO__TSAN)
#define MMIO__LINUX_LEAVES_CELLS 1
#else
#define MMIO__LINUX_LEAVES_CELLS 0
#endif

#define MMIO__LINUX_FUNCTION(name)                                                                 \
    ".globl " name "\n"                                                                            \
    ".hidden " name "\n"                                                                           \
    ".type " name ", %function\n" name ":\n"
#define MMIO__LINUX_LABEL(name)                                                                    \
    ".globl " name "\n"                                                                            \
    ".hidden " name "\n" name ":\n"

/* If the thread of a signal's context met a fault at `address` while it copied, or used a cell of,
 * mapped bytes that hold this address: have it go on where the access ends and says what is left.
 * False if it did anything else. */
bool mmio__linux_access_leave(void *context, uintptr_t address);
/* Whether this processor's accesses can be left. */
bool mmio__linux_access_can_be_left(void);
/* What the thread was at. */
uintptr_t mmio__linux_access_place(const void *context);

/* Each processor's. */

typedef struct mmio__linux_access_registers {
    uintptr_t place;
    uintptr_t mapped;
    uintptr_t size;
    uintptr_t left; /* Of a copy: the last so many of them are not done. */
} mmio__linux_access_registers;

mmio__linux_access_registers mmio__linux_access_look(const void *context);
void mmio__linux_access_go_on(void *context, uintptr_t place);

#endif
