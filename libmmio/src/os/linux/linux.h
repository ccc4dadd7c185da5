/* SPDX-License-Identifier: Apache-2.0 */
/* What several parts of the Linux layer name, and older system headers lack. */
#ifndef MMIO_OS_LINUX_H
#define MMIO_OS_LINUX_H

#include <sys/mman.h>
#include <sys/syscall.h>

/* Since Linux 5.14. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

/* Since Linux 6.1. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* Since Linux 6.5. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* Pressure on memory in the whole system. */
#define MMIO__LINUX_PRESSURE "/proc/pressure/memory"

#endif
