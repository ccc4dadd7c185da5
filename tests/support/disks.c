/* SPDX-License-Identifier: Apache-2.0 */
#include "disks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int enter_own_mounts(void **state)
{
    (void)state;
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
               ? 0
               : -1;
}

int leave_mounts(void **state)
{
    (void)umount2("disk", MNT_DETACH);
    (void)umount2("back", MNT_DETACH);
    return leave_directory(state);
}

void run_command(const char *command)
{
    if (system(command) != 0) {
        fail_msg("%s", command);
    }
}

void mount_kind(const char *kind, const char *options)
{
    assert_int_equal(mkdir("disk", 0700), 0);
    assert_int_equal(mount("none", "disk", kind, 0, options), 0);
}

static void attach(void)
{
    run_command("mount -o loop back/image disk");
}

void mount_disk(const char *make_file_system, unsigned mib)
{
    char size[32];
    (void)snprintf(size, sizeof size, "size=%um", mib + mib / 2);
    assert_int_equal(mkdir("back", 0700), 0);
    assert_int_equal(mount("none", "back", "tmpfs", 0, size), 0);
    make_file("back/image", 0, 0);
    assert_int_equal(truncate("back/image", (off_t)mib << 20), 0);
    run_command(make_file_system);
    assert_int_equal(mkdir("disk", 0700), 0);
    attach();
}

void remount_disk(void)
{
    assert_int_equal(umount2("disk", 0), 0);
    attach();
}

void unmount_disk(void)
{
    assert_int_equal(umount2("disk", MNT_DETACH), 0);
    assert_int_equal(rmdir("disk"), 0);
    if (umount2("back", MNT_DETACH) == 0) {
        assert_int_equal(rmdir("back"), 0);
    }
}

/* What can be had at once, in ever smaller pieces. */
static void reserve_all(int fd)
{
    off_t end = 0;
    off_t size = (off_t)1 << 30;
    while (size >= 4096) {
        if (fallocate(fd, 0, end, size) == 0) {
            end += size;
        } else {
            assert_int_equal(errno, ENOSPC);
            size /= 2;
        }
    }
    assert_int_equal(lseek(fd, end, SEEK_SET), end);
}

void use_up(const char *path)
{
    static char block[1 << 16];
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    reserve_all(fd);
    memset(block, 'u', sizeof block);
    size_t size = sizeof block;
    while (size > 0) {
        const ssize_t written = write(fd, block, size);
        if (written < 0) {
            assert_int_equal(errno, ENOSPC);
            size /= 2;
        }
    }
    assert_int_equal(close(fd), 0);
}
