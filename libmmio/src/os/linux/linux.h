/* SPDX-License-Identifier: Apache-2.0 */
/* What several parts of the Linux layer name, and older system headers lack. */
#ifndef MMIO_OS_LINUX_H
#define MMIO_OS_LINUX_H

#include <stdint.h>
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

/* Bytes from `base` on whose pages are mapped already; 0 if the system does not say. */
uint64_t mmio__linux_mapped_before_first_gap(const void *base, uint64_t size);

/* Pressure on memory in the whole system. */
#define MMIO__LINUX_PRESSURE "/proc/pressure/memory"

#endif
