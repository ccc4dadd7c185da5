/* SPDX-License-Identifier: Apache-2.0 */
/* File systems of a test's own, mounted at "disk" in its directory. Needs root. */
#ifndef MMIO_TEST_DISKS_H
#define MMIO_TEST_DISKS_H

#include "support.h"

/* Set-up of a group: nobody else sees what is mounted from now on, and all of it goes with this
 * process. */
int enter_own_mounts(void **state);
/* Tear-down of a test, whatever it has mounted. */
int leave_mounts(void **state);

#define WITH_MOUNTS(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_mounts)

/* One without a device. */
void mount_kind(const char *kind, const char *options);
/* One of so many MiB, whose own bytes stand in back/image, on memory of half as much again. */
void mount_disk(const char *make_file_system, unsigned mib);
#define EXT2 "mkfs.ext2 -q -F back/image"
#define EXT4 "mkfs.ext4 -q -F back/image"
#define XFS "mkfs.xfs -q back/image"
/* XFS is no smaller. */
#define XFS_MIB 300
void unmount_disk(void);
void remount_disk(void);

/* Take all that is left of a file system. */
void use_up(const char *path);

/* By the shell; the test fails if that fails. */
void run_command(const char *command);

#endif
