/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "posix_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../base/memory.h"
#include "../os.h"

int32_t mmio__posix_open(const char *path, int flags, unsigned mode, int *out_fd)
{
    int fd;
    do {
        fd = open(path, flags, (mode_t)mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return errno;
    }
    *out_fd = fd;
    return 0;
}

int32_t mmio__os_file_open(const char *path, uint32_t flags, uint32_t permissions,
                           intptr_t *out_handle)
{
    /* O_NONBLOCK keeps open() from waiting for the other end of a FIFO, O_NOCTTY keeps a terminal
     * from becoming ours; neither means anything to a regular file. */
    int how = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how |= (flags & MMIO__OS_OPEN_WRITE) != 0 ? O_RDWR : O_RDONLY;
    how |= (flags & MMIO__OS_OPEN_NEW) != 0 ? O_CREAT | O_EXCL : 0;
    how |= (flags & MMIO__OS_OPEN_TRUNCATE) != 0 ? O_TRUNC : 0;
    how |= (flags & MMIO__OS_OPEN_NOFOLLOW) != 0 ? O_NOFOLLOW : 0;

    int fd = -1;
    const int32_t code = (flags & MMIO__OS_OPEN_BENEATH) != 0
                             ? mmio__posix_open_beneath(path, how, permissions, &fd)
                             : mmio__posix_open(path, how, permissions, &fd);
    if (code == 0) {
        *out_handle = fd;
    }
    return code;
}

int32_t mmio__os_file_duplicate(intptr_t handle, intptr_t *out_handle)
{
    const int fd = fcntl((int)handle, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    *out_handle = fd;
    return 0;
}

int32_t mmio__os_file_remove(const char *path)
{
    return unlink(path) == 0 ? 0 : errno;
}

void mmio__os_file_close(intptr_t handle)
{
    /* Not retried: whatever close() answers, the descriptor is gone. */
    (void)close((int)handle);
}

int32_t mmio__os_file_inspect(intptr_t handle, mmio__os_file_facts *out_facts)
{
    struct stat facts;
    if (fstat((int)handle, &facts) != 0) {
        return errno;
    }
    out_facts->size = (uint64_t)facts.st_size;
    out_facts->permissions = facts.st_mode & MMIO__POSIX_PERMISSIONS;
    out_facts->identity[0] = (uint64_t)facts.st_dev;
    out_facts->identity[1] = (uint64_t)facts.st_ino;
    out_facts->is_regular = S_ISREG(facts.st_mode);
    return 0;
}

int32_t mmio__os_file_access(intptr_t handle, bool *out_is_readable, bool *out_is_writable)
{
    const int flags = fcntl((int)handle, F_GETFL);
    if (flags < 0) {
        return errno;
    }
    const int access = flags & O_ACCMODE;
    *out_is_readable = access == O_RDONLY || access == O_RDWR;
    *out_is_writable = access == O_RDWR;
    return 0;
}

bool mmio__posix_exceeds_file_limit(uint64_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           size > limit.rlim_cur;
}

int32_t mmio__os_file_resize(intptr_t handle, uint64_t size)
{
    if (size > INT64_MAX || mmio__posix_exceeds_file_limit(size)) {
        return EFBIG;
    }
    return mmio__os_file_cut(handle, size);
}

int32_t mmio__os_file_cut(intptr_t handle, uint64_t size)
{
    int result;
    do {
        result = ftruncate((int)handle, (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

void mmio__os_file_remove_own(const char *path, intptr_t handle)
{
    struct stat named;
    struct stat own;
    if (fstat((int)handle, &own) == 0 && lstat(path, &named) == 0 && named.st_dev == own.st_dev &&
        named.st_ino == own.st_ino) {
        (void)unlink(path);
    }
}

int32_t mmio__os_file_set_permissions(intptr_t handle, uint32_t permissions)
{
    return fchmod((int)handle, (mode_t)permissions) == 0 ? 0 : errno;
}

int32_t mmio__os_file_read(intptr_t handle, uint64_t offset, void *data, size_t size,
                           size_t *out_done)
{
    ssize_t some = 1;
    for (*out_done = 0; *out_done < size && some != 0; *out_done += (size_t)some) {
        do {
            some = pread((int)handle, (char *)data + *out_done, size - *out_done,
                         (off_t)(offset + *out_done));
        } while (some < 0 && errno == EINTR);
        if (some < 0) {
            return errno;
        }
    }
    return 0;
}

int32_t mmio__os_file_write(intptr_t handle, uint64_t offset, const void *data, size_t size)
{
    if (offset > INT64_MAX - size || mmio__posix_exceeds_file_limit(offset + size)) {
        return EFBIG;
    }
    for (size_t done = 0; done < size;) {
        const ssize_t written =
            pwrite((int)handle, (const char *)data + done, size - done, (off_t)(offset + done));
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

static void describe(const struct stat *facts, mmio__os_file_state *out_state)
{
    *out_state = (mmio__os_file_state){
        .device = (uint64_t)facts->st_dev,
        .number = (uint64_t)facts->st_ino,
        .size = (uint64_t)facts->st_size,
        .links = (uint64_t)facts->st_nlink,
        .changed_ns = (int64_t)facts->st_ctim.tv_sec * 1000000000 + facts->st_ctim.tv_nsec,
        .is_regular = S_ISREG(facts->st_mode),
    };
}

int32_t mmio__os_file_state_of(intptr_t handle, mmio__os_file_state *out_state)
{
    struct stat facts;
    if (fstat((int)handle, &facts) != 0) {
        return errno;
    }
    describe(&facts, out_state);
    return 0;
}

int32_t mmio__os_file_state_at(const char *path, mmio__os_file_state *out_state)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return errno;
    }
    describe(&facts, out_state);
    return 0;
}

int32_t mmio__os_path_absolute(const char *path, char **out_path)
{
    char directory[PATH_MAX] = "";
    if (path[0] == '\0') {
        return ENOENT; /* As every call that takes a path says. */
    }
    if (path[0] != '/' && getcwd(directory, sizeof directory) == NULL) {
        return errno;
    }
    const size_t length = strlen(directory);
    const size_t path_size = strlen(path) + 1;
    char *absolute = mmio__allocate(length + 1 + path_size);
    if (absolute == NULL) {
        return MMIO__OS_NO_MEMORY;
    }
    memcpy(absolute, directory, length);
    char *rest = absolute + length;
    if (path[0] != '/') {
        *rest++ = '/';
    }
    memcpy(rest, path, path_size);
    *out_path = absolute;
    return 0;
}

const char *mmio__os_path_name(const char *path)
{
    return strrchr(path, '/') + 1;
}
