/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
void failing_disk_begin(const char *make_file_system)
{
    failing_disk_end();
    run("mkdir -p below disk");
    /* No kind of file system is made on less; its log is written, and then forgotten too. */
    run("mount -t tmpfs -o size=100m mmio-test below");
    run("truncate -s 320M below/image");
    run(make_file_system);
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

void failing_disk_forget(void)
{
    const int fd = open("disk/f", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(unwritten_pages("disk/f"), 0);
    assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    assert_int_equal(close(fd), 0);
}

void failing_disk_end(void)
{
    (void)!system("umount -l disk 2>/dev/null; umount -l below 2>/dev/null");
}
