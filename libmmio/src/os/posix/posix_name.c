/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../base/memory.h"
#include "../os.h"
#include "posix_file.h"

int32_t mmio__os_name_inspect(const char *path, mmio__os_name_facts *out_facts)
{
    struct stat facts;
    if (lstat(path, &facts) != 0) {
        return errno;
    }
    out_facts->is_regular = S_ISREG(facts.st_mode);
    out_facts->is_link = S_ISLNK(facts.st_mode);
    out_facts->permissions = facts.st_mode & MMIO__POSIX_PERMISSIONS;
    return 0;
}

size_t mmio__os_name_start(const char *path)
{
    const char *separator = strrchr(path, '/');
    return separator != NULL ? (size_t)(separator - path) + 1 : 0;
}

int32_t mmio__os_name_move(const char *from, const char *to)
{
    return rename(from, to) == 0 ? 0 : errno;
}

int32_t mmio__os_name_remove(const char *path)
{
    return unlink(path) == 0 ? 0 : errno;
}

static int32_t open_directory_of(const char *path, int *out_fd)
{
    const size_t length = mmio__os_name_start(path);
    char *directory = mmio__allocate(length + sizeof ".");
    if (directory == NULL) {
        return ENOMEM;
    }
    memcpy(directory, path, length);
    directory[length] = '.';
    const int32_t code = mmio__posix_open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, out_fd);
    mmio__free(directory);
    return code;
}

int32_t mmio__os_sync_directory(const char *path_of_file)
{
    int fd = -1;
    int32_t code = open_directory_of(path_of_file, &fd);
    if (code != 0) {
        return code;
    }
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    /* EINVAL: a file system without fsync() for directories, as fsync(2) has it. */
    if (result != 0) {
        code = errno == EINVAL ? EOPNOTSUPP : errno;
    }
    (void)close(fd);
    return code;
}
