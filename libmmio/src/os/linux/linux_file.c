/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.h"
#include "../posix/posix_file.h"

int32_t mmio__posix_open_beneath(const char *path, int flags, unsigned mode, int *out_fd)
{
    const struct open_how how = {
        .flags = (uint64_t)(unsigned)flags,
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    /* EAGAIN: a rename elsewhere raced with the walk, openat2(2) asks to try again. */
    long fd;
    do {
        fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    if (fd < 0) {
        return errno == ENOSYS ? EOPNOTSUPP : errno;
    }
    *out_fd = (int)fd;
    return 0;
}

int32_t mmio__os_file_open_memory(intptr_t *out_handle)
{
    const int fd = memfd_create("mmio", MFD_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    *out_handle = fd;
    return 0;
}

int32_t mmio__os_file_allocate(intptr_t handle, uint64_t offset, uint64_t size)
{
    if (offset > INT64_MAX - size || mmio__posix_exceeds_file_limit(offset + size)) {
        return EFBIG;
    }
    /* fallocate(), not posix_fallocate(), which writes zeros where the file system cannot. */
    int result;
    do {
        result = fallocate((int)handle, 0, (off_t)offset, (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int32_t mmio__os_file_punch(intptr_t handle, uint64_t offset, uint64_t size)
{
    int result;
    do {
        result = fallocate((int)handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                           (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}
