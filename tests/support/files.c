/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <dirent.h>
#include <sys/stat.h>

uint32_t permissions_of(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return facts.st_mode & 07777;
}

uint64_t disk_use(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return (uint64_t)facts.st_blocks * 512;
}

int entries(const char *path)
{
    DIR *directory = opendir(path);
    assert_non_null(directory);
    int count = -2;
    while (readdir(directory) != NULL) {
        count++;
    }
    assert_int_equal(closedir(directory), 0);
    return count;
}

void check_contents(const char *path, const char *text)
{
    char bytes[64];
    assert_int_equal(file_size(path), strlen(text));
    file_bytes(path, 0, bytes, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

void publish(const char *path, const char *text)
{
    assert_ok(mmio_file_publish(path, text, strlen(text), 0, ERR));
}
