/* SPDX-License-Identifier: Apache-2.0 */
/* Files as stat() and plain reads see them. */
#ifndef MMIO_TEST_FILES_H
#define MMIO_TEST_FILES_H

#include "support.h"

uint32_t permissions_of(const char *path);
uint64_t disk_use(const char *path);

/* What the kernel has counted of the device that a file is on: Documentation/block/stat.rst. */
#define DEVICE_SECTORS_WRITTEN 7 /* Of 512 bytes. */
#define DEVICE_FLUSHES 16
unsigned long device_count(int field, const char *path);

/* The sum of some numbers in smaps, in KiB, of all mappings that reach into a range. */
unsigned long smaps_kib(const void *base, uint64_t size, const char *const *names, size_t count);

/* Names in a directory, beside . and .. */
int entries(const char *path);
void check_contents(const char *path, const char *text);
void publish(const char *path, const char *text);

#endif
