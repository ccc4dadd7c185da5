/* SPDX-License-Identifier: Apache-2.0 */
/* Faults without a handler: copying mapped bytes by system calls, and finding out what happened. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../os.h"

/* Positional reads and writes of the file would not do: a write behind the end of a file that was
 * cut makes it longer again, and the bytes of private maps are in no file. */
typedef ssize_t (*transfer_call)(pid_t process, const struct iovec *own, unsigned long own_count,
                                 const struct iovec *mapped, unsigned long mapped_count,
                                 unsigned long flags);

static size_t copy(transfer_call call, void *own, void *mapped, size_t size)
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

int32_t mmio__os_try_copies_by_system(void)
{
    char own = 0;
    char mapped = 0;
    const struct iovec here = {&own, 1};
    const struct iovec there = {&mapped, 1};
    const pid_t process = getpid();
    const bool can = process_vm_readv(process, &here, 1, &there, 1, 0) >= 0 &&
                     process_vm_writev(process, &here, 1, &there, 1, 0) >= 0;
    return can ? 0 : errno;
}

static int32_t code_of_reading(int fd, uint64_t offset)
{
    char byte;
    return pread(fd, &byte, 1, (off_t)offset) < 0 ? errno : 0;
}

/* Asks for the block that the write would have needed; where there is one nothing changes. The
 * numbers of a file system do not tell: some keep blocks free that nobody gets. */
static int32_t code_of_writing(int fd, uint64_t offset)
{
    int result;
    do {
        result = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, 1);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

static mmio__os_cause cause_of_writing(int32_t code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return MMIO__OS_CAUSE_NO_SPACE;
    case EPERM:
    case EROFS:
        return MMIO__OS_CAUSE_READ_ONLY;
    case EIO:
        return MMIO__OS_CAUSE_IO;
    default:
        return MMIO__OS_CAUSE_UNKNOWN; /* As where blocks cannot be asked for. */
    }
}

static bool is_full(int fd)
{
    struct statvfs facts;
    return fstatvfs(fd, &facts) == 0 && facts.f_bavail == 0;
}

static mmio__os_cause cause_within_file(int fd, uint64_t offset, bool for_write, int32_t *out_code)
{
    *out_code = code_of_reading(fd, offset);
    if (*out_code != 0) {
        return MMIO__OS_CAUSE_IO;
    }
    const int32_t code = for_write ? code_of_writing(fd, offset) : 0;
    const mmio__os_cause cause = cause_of_writing(code);
    if (cause != MMIO__OS_CAUSE_UNKNOWN) {
        *out_code = code;
        return cause;
    }
    /* Memory that looks like a file needs room even for reading a hole. */
    if (is_full(fd)) {
        *out_code = ENOSPC;
        return MMIO__OS_CAUSE_NO_SPACE;
    }
    return MMIO__OS_CAUSE_UNKNOWN;
}

mmio__os_cause mmio__os_find_cause(intptr_t handle, uint64_t offset, bool for_write,
                                   int32_t *out_code, uint64_t *out_file_size)
{
    struct stat facts;
    *out_code = 0;
    *out_file_size = 0;
    if (fstat((int)handle, &facts) != 0) {
        return MMIO__OS_CAUSE_UNKNOWN;
    }
    *out_file_size = (uint64_t)facts.st_size;
    return offset >= *out_file_size ? MMIO__OS_CAUSE_TRUNCATED
                                    : cause_within_file((int)handle, offset, for_write, out_code);
}
