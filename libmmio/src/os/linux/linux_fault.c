/* SPDX-License-Identifier: Apache-2.0 */
/* Faults without a handler: copying mapped bytes by system calls, and finding out what happened. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../os.h"

/* Positional reads and writes of the file would not do: a write behind the end of a file that was
 * cut makes it longer again, and the bytes of private maps are in no file. */
typedef ssize_t (*transfer)(pid_t process, const struct iovec *own, unsigned long own_count,
                            const struct iovec *mapped, unsigned long mapped_count,
                            unsigned long flags);

static size_t copy(transfer call, void *own, void *mapped, size_t size)
{
    const pid_t process = getpid();
    size_t done = 0;
    while (done < size) {
        const struct iovec here = {(char *)own + done, size - done};
        const struct iovec there = {(char *)mapped + done, size - done};
        const ssize_t copied = call(process, &here, 1, &there, 1, 0);
        if (copied <= 0) {
            break;
        }
        done += (size_t)copied;
    }
    return size - done;
}

size_t mmio__os_copy_out_by_system(void *to, const void *mapped, size_t size)
{
    return copy(process_vm_readv, to, (void *)(uintptr_t)mapped, size);
}

size_t mmio__os_copy_in_by_system(void *mapped, const void *from, size_t size)
{
    return copy(process_vm_writev, (void *)(uintptr_t)from, mapped, size);
}

static int32_t code_of_reading(int fd, uint64_t offset)
{
    char byte;
    return pread(fd, &byte, 1, (off_t)offset) < 0 ? errno : 0;
}

static bool is_full(int fd)
{
    struct statvfs facts;
    return fstatvfs(fd, &facts) == 0 && facts.f_bavail == 0;
}

/* An attribute refuses a write to all, those who may write too. */
static bool is_immutable(int fd)
{
    int attributes = 0;
    return ioctl(fd, FS_IOC_GETFLAGS, &attributes) == 0 && (attributes & FS_IMMUTABLE_FL) != 0;
}

mmio__os_cause mmio__os_find_cause(intptr_t handle, uint64_t offset, bool for_write,
                                   int32_t *out_code, uint64_t *out_file_size)
{
    const int fd = (int)handle;
    struct stat facts;
    *out_code = 0;
    *out_file_size = 0;
    if (fstat(fd, &facts) != 0) {
        return MMIO__OS_CAUSE_UNKNOWN;
    }
    *out_file_size = (uint64_t)facts.st_size;
    if (offset >= *out_file_size) {
        return MMIO__OS_CAUSE_TRUNCATED;
    }
    const int32_t code = code_of_reading(fd, offset);
    if (code != 0 && code != ENOSPC) {
        *out_code = code;
        return MMIO__OS_CAUSE_IO;
    }
    /* Memory that looks like a file needs room even for reading a hole. */
    if (code == ENOSPC || is_full(fd)) {
        *out_code = ENOSPC;
        return MMIO__OS_CAUSE_NO_SPACE;
    }
    if (for_write && is_immutable(fd)) {
        *out_code = EPERM;
        return MMIO__OS_CAUSE_READ_ONLY;
    }
    return MMIO__OS_CAUSE_UNKNOWN;
}
