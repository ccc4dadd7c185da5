/* SPDX-License-Identifier: Apache-2.0 */
/* A real file system on a device that can be made to fail every write. Needs root. */
#ifndef MMIO_TEST_FAILING_DISK_H
#define MMIO_TEST_FAILING_DISK_H

/* The kinds there are. BTRFS does not survive a failure: it becomes read-only. */
#define FAILING_EXT4 "mkfs.ext4 -q -F -b 4096 -O ^has_journal -E lazy_itable_init=0 below/image"
#define FAILING_XFS "mkfs.xfs -q -f below/image"
#define FAILING_BTRFS "mkfs.btrfs -q -f below/image > /dev/null"

/* Make one, mounted at "disk" in the current directory, with a file "disk/f" of 4 MiB of zeros in
 * it, which is cached and clean. */
void failing_disk_begin(const char *make_file_system);
/* From now on writes of new blocks to the device fail, or they work again. */
void failing_disk_fail(void);
void failing_disk_heal(void);
/* Forget what is cached of "disk/f", which nobody maps, so that it is read from the device. */
void failing_disk_forget(void);
/* Take it away; also after a failure in the middle. */
void failing_disk_end(void);

#endif
