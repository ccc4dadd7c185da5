/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.h"
#include "../posix/posix_file.h"

/* Since Linux 5.1; older headers lack it. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

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

int32_t mmio__os_file_overwrite(intptr_t handle, uint64_t offset, const void *data, size_t size)
{
    /* pwrite(2), BUGS: with O_APPEND the offset counts for nothing. O_DIRECT passes by the cache.
     */
    const int flags = fcntl((int)handle, F_GETFL);
    /* Asking for times too would have the next write journal new ones: see the kernel's
     * Documentation/filesystems/multigrain-ts.rst. */
    struct statx facts;
    if (flags < 0 || statx((int)handle, "", AT_EMPTY_PATH, STATX_SIZE, &facts) != 0) {
        return errno;
    }
    if ((flags & (O_APPEND | O_DIRECT)) != 0 || offset + size > facts.stx_size) {
        return EINVAL;
    }
    return mmio__os_file_write(handle, offset, data, size);
}

int32_t mmio__os_file_open_memory(bool can_be_sealed, intptr_t *out_handle)
{
    const int fd = memfd_create("mmio", MFD_CLOEXEC | (can_be_sealed ? MFD_ALLOW_SEALING : 0u));
    if (fd < 0) {
        return errno;
    }
    *out_handle = fd;
    return 0;
}

/* Where shm_open() has it too, so that programs without this library meet it. */
void mmio__os_shared_path(const char *name, char *out_path, size_t size)
{
    (void)snprintf(out_path, size, "/dev/shm/%s", name);
}

int32_t mmio__os_file_seal(intptr_t handle, bool shrink, bool grow, bool write)
{
    /* F_SEAL_WRITE would refuse while anybody has it mapped for writing. */
    const int seals =
        (shrink ? F_SEAL_SHRINK : 0) | (grow ? F_SEAL_GROW : 0) | (write ? F_SEAL_FUTURE_WRITE : 0);
    return fcntl((int)handle, F_ADD_SEALS, seals) == 0 ? 0 : errno;
}

int32_t mmio__os_file_reopen(intptr_t handle, bool for_writing, intptr_t *out_handle)
{
    char path[sizeof "/proc/self/fd/" + 10];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", (int)handle);
    const int flags = (for_writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = -1;
    const int32_t code = mmio__posix_open(path, flags, 0, &fd);
    if (code != 0) {
        /* The file is there: what is missing is /proc. */
        return code == ENOENT ? EOPNOTSUPP : code;
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
