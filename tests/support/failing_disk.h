/* SPDX-License-Identifier: Apache-2.0 */
/* A real file system on a device that can be made to fail every write. Needs root. */
#ifndef MMIO_TEST_FAILING_DISK_H
#define MMIO_TEST_FAILING_DISK_H

/* Make one, mounted at "disk" in the current directory, with a file "disk/f" of 4 MiB in it, which
 * is cached and clean. */
void failing_disk_begin(void);
/* From now on writes of new blocks to the device fail, or they work again. */
void failing_disk_fail(void);
void failing_disk_heal(void);
/* Take it away; also after a failure in the middle. */
void failing_disk_end(void);

#endif
