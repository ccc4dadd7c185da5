/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disks.h"

mmio_ground ground_of(const char *path)
{
    mmio_ground ground = {.struct_size = sizeof ground};
    assert_ok(mmio_ground_of_path(path, &ground, ERR));
    return ground;
}

mmio_ground ground_of_fd(int fd)
{
    mmio_ground ground = {.struct_size = sizeof ground};
    assert_ok(mmio_ground_of_handle(fd, &ground, ERR));
    return ground;
}

void need_root(void)
{
    if (geteuid() != 0) {
        print_message("SKIPPED: only root can mount\n");
        skip();
    }
}

int own_mounts(void **state)
{
    return geteuid() == 0 ? enter_own_mounts(state) : 0;
}

bool mount_on(const char *directory, const char *type, unsigned long flags, const char *options)
{
    assert_int_equal(mkdir(directory, 0700), 0);
    return mount("mmio", directory, type, flags, options) == 0;
}

bool mount_overlay(const char *directory)
{
    assert_int_equal(mkdir("lower", 0700), 0);
    /* Layers are on memory, as an overlay does not go on another. */
    if (!mount_on("layers", "tmpfs", 0, NULL)) {
        return false;
    }
    assert_int_equal(mkdir("layers/upper", 0700), 0);
    assert_int_equal(mkdir("layers/work", 0700), 0);
    return mount_on(directory, "overlay", 0,
                    "lowerdir=lower,upperdir=layers/upper,workdir=layers/work");
}

bool mount_made(const char *directory, const char *type, const char *options)
{
    char command[512];
    (void)snprintf(command, sizeof command,
                   "truncate -s 320M %s.image && mkfs.%s %s %s.image >/dev/null 2>&1 && "
                   "mkdir %s && mount -o loop -t %s %s.image %s 2>/dev/null",
                   directory, type, options, directory, directory, type, directory, directory);
    return system(command) == 0;
}

void unmount(const char *directory)
{
    assert_int_equal(umount2(directory, MNT_DETACH), 0);
}
