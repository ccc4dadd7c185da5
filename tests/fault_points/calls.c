/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of calls.txt: each fails when it is told to, with a code that the system gives there,
 * and else is the real one. */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "calls.h"

static int fail(int code)
{
    errno = code;
    return -1;
}

/* Memory. */

CALL(void *, malloc, size_t size)
{
    if (STRIKE("malloc", ENOMEM) != 0) {
        return NULL;
    }
    void *memory = malloc(size);
    note(PAGE_BLOCKS, memory != NULL);
    return memory;
}

CALL(void *, aligned_alloc, size_t alignment, size_t size)
{
    if (STRIKE("aligned_alloc", ENOMEM) != 0) {
        return NULL;
    }
    void *memory = aligned_alloc(alignment, size);
    note(PAGE_BLOCKS, memory != NULL);
    return memory;
}

CALL(void, free, void *memory)
{
    static void *lost; /* In a list, so that nobody but the books finds it missing. */
    if (memory != NULL && shows(PLANTED_LOST_MEMORY)) {
        *(void **)memory = lost;
        lost = memory;
        return;
    }
    note(PAGE_BLOCKS, memory != NULL ? -1 : 0);
    free(memory);
}

/* Mappings. */

CALL(void *, mmap, void *place, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (STRIKE("mmap", ENOMEM, EAGAIN) != 0) {
        return MAP_FAILED;
    }
    void *base = mmap(place, size, protection, flags, fd, offset);
    note(PAGE_MAPPINGS, base != MAP_FAILED);
    return base;
}

/* Unmapping a whole mapping cannot fail; this is for what comes behind. */
CALL(int, munmap, void *base, size_t size)
{
    const int code = STRIKE("munmap", ENOMEM);
    if (shows(PLANTED_LOST_MAPPING)) {
        return 0;
    }
    const int result = munmap(base, size);
    note(PAGE_MAPPINGS, result == 0 ? -1 : 0);
    return code != 0 ? fail(code) : result;
}

CALL(int, mprotect, void *base, size_t size, int protection)
{
    return STRIKE("mprotect", ENOMEM, EACCES) != 0 ? -1 : mprotect(base, size, protection);
}

CALL(int, msync, void *base, size_t size, int flags)
{
    return STRIKE("msync", EIO, ENOSPC, EDQUOT) != 0 ? -1 : msync(base, size, flags);
}

CALL(int, madvise, void *base, size_t size, int advice)
{
    static const int populating[] = {ENOMEM, EAGAIN, EFAULT, EINTR, 0};
    static const int advising[] = {ENOMEM, EAGAIN, 0};
    const bool populates = advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE;
    return strike("madvise", populates ? populating : advising, __builtin_frame_address(0)) != 0
               ? -1
               : madvise(base, size, advice);
}

CALL(int, mlock, const void *base, size_t size)
{
    return STRIKE("mlock", ENOMEM, EPERM, EAGAIN) != 0 ? -1 : mlock(base, size);
}

CALL(int, munlock, const void *base, size_t size)
{
    return STRIKE("munlock", ENOMEM) != 0 ? -1 : munlock(base, size);
}

CALL(int, mincore, void *base, size_t size, unsigned char *pages)
{
    return STRIKE("mincore", EAGAIN, ENOMEM) != 0 ? -1 : mincore(base, size, pages);
}

CALL(int, memfd_create, const char *name, unsigned flags)
{
    return STRIKE("memfd_create", EMFILE, ENFILE, ENOMEM) != 0 ? -1 : memfd_create(name, flags);
}

/* Files. */

CALL(int, open64, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(rest, unsigned) : 0;
    va_end(rest);
    return STRIKE("open", EMFILE, EACCES, EIO, ENOMEM, ENOSPC, EINTR) != 0
               ? -1
               : open(path, flags, mode);
}

/* Whatever it answers, the descriptor is gone. */
CALL(int, close, int fd)
{
    const int code = STRIKE("close", EIO, EINTR);
    if (shows(PLANTED_LOST_DESCRIPTOR)) {
        return 0;
    }
    const int result = close(fd);
    return code != 0 ? fail(code) : result;
}

/* A signal is eight bytes, and not to be failed: see linux_signal.c. Notices are the longest. */
#define SIGNAL_SIZE 8
#define NOTICES_SIZE 8192

CALL(ssize_t, read, int fd, void *bytes, size_t size)
{
    static const int of_file[] = {EIO, EINTR, 0};
    static const int of_notices[] = {EINTR, 0};
    const int *codes = size == NOTICES_SIZE ? of_notices : of_file;
    if (size != SIGNAL_SIZE && strike("read", codes, __builtin_frame_address(0)) != 0) {
        return -1;
    }
    return read(fd, bytes, size);
}

CALL(ssize_t, write, int fd, const void *bytes, size_t size)
{
    return size != SIGNAL_SIZE && STRIKE("write", ENOMEM, EBUSY) != 0 ? -1 : write(fd, bytes, size);
}

CALL(ssize_t, pread, int fd, void *bytes, size_t size, off_t offset)
{
    const int code = STRIKE("pread", EIO, EINTR, SHORT);
    return code > 0 ? -1 : pread(fd, bytes, code == SHORT ? (size + 1) / 2 : size, offset);
}

CALL(ssize_t, pwrite, int fd, const void *bytes, size_t size, off_t offset)
{
    const int code = STRIKE("pwrite", EIO, ENOSPC, EDQUOT, EINTR, SHORT);
    return code > 0 ? -1 : pwrite(fd, bytes, code == SHORT ? (size + 1) / 2 : size, offset);
}

CALL(ssize_t, copy_file_range, int from, off_t *from_offset, int to, off_t *to_offset, size_t size,
     unsigned flags)
{
    const int code = STRIKE("copy_file_range", EXDEV, ENOSYS, EIO, EINTR, SHORT);
    return code > 0 ? -1
                    : copy_file_range(from, from_offset, to, to_offset,
                                      code == SHORT ? (size + 1) / 2 : size, flags);
}

CALL(off_t, lseek, int fd, off_t offset, int whence)
{
    return STRIKE("lseek", EINVAL, EIO) != 0 ? -1 : lseek(fd, offset, whence);
}

CALL(int, fstat, int fd, struct stat *facts)
{
    return STRIKE("fstat", EIO, ENOMEM) != 0 ? -1 : fstat(fd, facts);
}

CALL(int, stat, const char *path, struct stat *facts)
{
    return STRIKE("stat", EACCES, EIO, ENOMEM) != 0 ? -1 : stat(path, facts);
}

CALL(int, lstat, const char *path, struct stat *facts)
{
    return STRIKE("lstat", EACCES, EIO, ENOMEM) != 0 ? -1 : lstat(path, facts);
}

/* Mounts that look like another have no number. */
CALL(int, statx, int fd, const char *path, int flags, unsigned mask, struct statx *facts)
{
    const int result =
        STRIKE("statx", ENOSYS, ENOMEM) != 0 ? -1 : statx(fd, path, flags, mask, facts);
    if (result == 0 && pretends_disk()) {
        facts->stx_mask &= ~STATX_MNT_ID;
    }
    return result;
}

CALL(int, fstatfs, int fd, struct statfs *facts)
{
    const int result = STRIKE("fstatfs", EIO, ENOMEM, EINTR) != 0 ? -1 : fstatfs(fd, facts);
    if (result == 0 && pretends_disk()) {
        facts->f_type = EXT4_SUPER_MAGIC;
    }
    return result;
}

CALL(int, fstatvfs, int fd, struct statvfs *facts)
{
    return STRIKE("fstatvfs", EIO, ENOMEM) != 0 ? -1 : fstatvfs(fd, facts);
}

CALL(int, access, const char *path, int mode)
{
    return STRIKE("access", ENOENT, EACCES) != 0 ? -1 : access(path, mode);
}

CALL(int, ftruncate64, int fd, off_t size)
{
    if (STRIKE("ftruncate", EIO, ENOSPC, EFBIG, EINTR) != 0) {
        return -1;
    }
    return shows(PLANTED_KEPT_SIZE) ? 0 : ftruncate(fd, size);
}

CALL(int, fallocate, int fd, int mode, off_t offset, off_t size)
{
    return STRIKE("fallocate", ENOSPC, EIO, EOPNOTSUPP, EINTR) != 0
               ? -1
               : fallocate(fd, mode, offset, size);
}

CALL(int, fchmod, int fd, mode_t mode)
{
    return STRIKE("fchmod", EPERM, EIO) != 0 ? -1 : fchmod(fd, mode);
}

CALL(int, fsync, int fd)
{
    return STRIKE("fsync", EIO, ENOSPC, EDQUOT, EINTR) != 0 ? -1 : fsync(fd);
}

CALL(int, fdatasync, int fd)
{
    return STRIKE("fdatasync", EIO, ENOSPC, EDQUOT, EINTR) != 0 ? -1 : fdatasync(fd);
}

CALL(int, sync_file_range, int fd, off_t offset, off_t size, unsigned flags)
{
    return STRIKE("sync_file_range", EIO, ENOSPC, ENOMEM) != 0
               ? -1
               : sync_file_range(fd, offset, size, flags);
}

CALL(int, posix_fadvise, int fd, off_t offset, off_t size, int advice)
{
    const int code = STRIKE("posix_fadvise", EIO, ENOSYS);
    return code != 0 ? code : posix_fadvise(fd, offset, size, advice);
}

CALL(int, rename, const char *from, const char *to)
{
    return STRIKE("rename", EACCES, EIO, ENOSPC) != 0 ? -1 : rename(from, to);
}

CALL(int, unlink, const char *path)
{
    if (STRIKE("unlink", EACCES, EIO, EROFS) != 0) {
        return -1;
    }
    return shows(PLANTED_KEPT_NAME) ? 0 : unlink(path);
}

CALL(char *, getcwd, char *path, size_t size)
{
    return STRIKE("getcwd", ENOENT, EACCES) != 0 ? NULL : getcwd(path, size);
}

/* Mapped bytes by system calls. Half of it is not all of it: more is asked for. */

static struct iovec half_of(const struct iovec *bytes, int code)
{
    return (struct iovec){bytes->iov_base,
                          code == SHORT ? (bytes->iov_len + 1) / 2 : bytes->iov_len};
}

CALL(ssize_t, process_vm_readv, pid_t process, const struct iovec *own, unsigned long own_count,
     const struct iovec *mapped, unsigned long mapped_count, unsigned long flags)
{
    const int code = STRIKE("process_vm_readv", EFAULT, ENOMEM, EPERM, SHORT);
    const struct iovec part = half_of(own, code);
    return code > 0 ? -1 : process_vm_readv(process, &part, own_count, mapped, mapped_count, flags);
}

CALL(ssize_t, process_vm_writev, pid_t process, const struct iovec *own, unsigned long own_count,
     const struct iovec *mapped, unsigned long mapped_count, unsigned long flags)
{
    const int code = STRIKE("process_vm_writev", EFAULT, ENOMEM, EPERM, SHORT);
    const struct iovec part = half_of(own, code);
    return code > 0 ? -1
                    : process_vm_writev(process, &part, own_count, mapped, mapped_count, flags);
}

/* Calls for many things. */

CALL(int, fcntl, int fd, int command, ...)
{
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    static const int asking[] = {EBADF, 0};
    static const int duplicating[] = {EMFILE, 0};
    static const int sealing[] = {EPERM, EBUSY, 0};
    static const int locking[] = {ENOLCK, ENOMEM, EINTR, 0};
    const int *codes = command == F_GETFL           ? asking
                       : command == F_DUPFD_CLOEXEC ? duplicating
                       : command == F_ADD_SEALS     ? sealing
                                                    : locking;
    return strike("fcntl", codes, __builtin_frame_address(0)) != 0 ? -1
                                                                   : fcntl(fd, command, argument);
}

/* A hole, and bytes from the second half on. */
static int tell_extents(struct fiemap *map)
{
    const uint64_t half = map->fm_length / 2;
    map->fm_mapped_extents = 1;
    map->fm_extents[0] =
        (struct fiemap_extent){.fe_logical = map->fm_start + half, .fe_length = half};
    return 0;
}

CALL(int, ioctl, int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (STRIKE("ioctl", ENOTTY, EOPNOTSUPP, ENOMEM, EINTR) != 0) {
        return -1;
    }
    return request == FS_IOC_FIEMAP && pretends_disk() ? tell_extents(argument)
                                                       : ioctl(fd, request, argument);
}

/* What waits in the process may return early without cause, and what orders its threads cannot fail
 * once it was asked for: how often either is called is a matter of speed. */
static const int *codes_of_system_call(long number, const long *arguments)
{
    static const int none[] = {0};
    static const int waiting[] = {EFAULT, ENOMEM, EINTR, 0};
    static const int waking[] = {EFAULT, ENOMEM, 0};
    static const int fencing[] = {EPERM, ENOSYS, 0};
    static const int opening[] = {EMFILE, EACCES, ENOMEM, EINTR, EAGAIN, 0};
    static const int counting[] = {EOPNOTSUPP, ENOSYS, 0};
    switch (number) {
    case SYS_mmap: /* Of the handler of faults, which ends the process then. */
    case SYS_gettid:
    case SYS_rt_sigtimedwait:
    case SYS_rt_tgsigqueueinfo:
        return none;
    case SYS_futex:
        return (arguments[1] & FUTEX_PRIVATE_FLAG) != 0 ? none
               : arguments[1] == FUTEX_WAKE             ? waking
                                                        : waiting;
    case SYS_membarrier:
        return arguments[0] == MEMBARRIER_CMD_PRIVATE_EXPEDITED ? none : fencing;
    case SYS_openat2:
        return opening;
    default:
        return counting;
    }
}

/* It looks at six arguments, of however many there are. */
__attribute__((no_sanitize("address"))) CALL(long, syscall, long number, ...)
{
    long arguments[6];
    va_list rest;
    va_start(rest, number);
    for (size_t i = 0; i < 6; i++) {
        arguments[i] = va_arg(rest, long);
    }
    va_end(rest);
    const int *codes = codes_of_system_call(number, arguments);
    if (codes[0] != 0 && strike("syscall", codes, __builtin_frame_address(0)) != 0) {
        return -1;
    }
    return syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                   arguments[5]);
}
