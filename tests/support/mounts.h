/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that a test mounts, and what is asked of the ground. */
#ifndef MMIO_TEST_MOUNTS_H
#define MMIO_TEST_MOUNTS_H

#include "support.h"

mmio_ground ground_of(const char *path);
mmio_ground ground_of_fd(int fd);
void need_root(void);
int own_mounts(void **state);

/* False if the kernel has none. */
bool mount_on(const char *directory, const char *type, unsigned long flags, const char *options);
bool mount_overlay(const char *directory);

/* A file system made in a file; false if its program is not there. */
bool mount_made(const char *directory, const char *type, const char *options);
void unmount(const char *directory);

#endif
