/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_disk.h"

#include <stdio.h>
#include <stdlib.h>

#include "support.h"

static void run(const char *command)
{
    if (system(command) != 0) {
        print_error("failed: %s\n", command);
        fail();
    }
}

/* The device is an image with holes on a tmpfs. Once the tmpfs is full, a write into a hole fails
 * as a broken device would. */
void failing_disk_begin(void)
{
    failing_disk_end();
    run("mkdir -p below disk");
    run("mount -t tmpfs -o size=40m mmio-test below");
    run("truncate -s 64M below/image");
    run("mkfs.ext4 -q -F -b 4096 -O ^has_journal -E lazy_itable_init=0 below/image");
    run("mount -o loop below/image disk");
    run("dd if=/dev/zero of=disk/f bs=1M count=4 conv=fsync 2>/dev/null");
    /* The file keeps its place in the image, but the image forgets its zeros. */
    run("umount disk && fallocate -d below/image && mount -o loop below/image disk");
    run("cat disk/f > /dev/null");
}

void failing_disk_fail(void)
{
    (void)!system("dd if=/dev/zero of=below/fill bs=4k 2>/dev/null");
}

void failing_disk_heal(void)
{
    run("rm below/fill");
}

void failing_disk_end(void)
{
    (void)!system("umount -l disk 2>/dev/null; umount -l below 2>/dev/null");
}
