/* SPDX-License-Identifier: Apache-2.0 */
/* A real file system on a device that can be made to fail every write; failing_disk.sh says more.
 * Needs root. */
#ifndef MMIO_TEST_FAILING_DISK_H
#define MMIO_TEST_FAILING_DISK_H

#include <stddef.h>
#include <stdint.h>

/* Make one, mounted at "disk" in the current directory, with a file "disk/f" of 4 MiB of zeros in
 * it, which is cached and clean. Kinds: "ext4", "xfs", and "btrfs", which becomes read-only when
 * the failure meets its metadata. */
void failing_disk_begin(const char *kind);
/* From now on writes of new blocks to the device fail, or they work again. */
void failing_disk_fail(void);
void failing_disk_heal(void);
/* Bytes of "disk/f" as they are on the device, whatever is cached. */
void failing_disk_show(uint64_t offset, void *bytes, size_t size);
/* Take it away; also after a failure in the middle. */
void failing_disk_end(void);

/* A test that makes such disks, in a directory of its own. */
int leave_failing_disk(void **state);
#define ON_FAILING_DISK(test)                                                                      \
    cmocka_unit_test_setup_teardown(test, enter_directory, leave_failing_disk)

#endif
