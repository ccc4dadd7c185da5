/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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

unsigned long device_count(int field, const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    char name[64];
    (void)snprintf(name, sizeof name, "/sys/dev/block/%u:%u/stat", major(facts.st_dev),
                   minor(facts.st_dev));
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    unsigned long number = 0;
    for (int i = 0; i < field; i++) {
        assert_int_equal(fscanf(file, "%lu", &number), 1);
    }
    assert_int_equal(fclose(file), 0);
    return number;
}

unsigned long smaps_kib(const void *base, uint64_t size, const char *const *names, size_t count)
{
    const unsigned long address = (unsigned long)(uintptr_t)base;
    FILE *file = fopen("/proc/self/smaps", "re");
    assert_non_null(file);
    char line[512];
    bool is_ours = false;
    unsigned long kib = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start;
        unsigned long end;
        char field[64];
        unsigned long value;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            is_ours = start < address + size && address < end;
        } else if (is_ours && sscanf(line, "%63[^:]: %lu kB", field, &value) == 2) {
            for (size_t i = 0; i < count; i++) {
                kib += strcmp(field, names[i]) == 0 ? value : 0;
            }
        }
    }
    assert_int_equal(fclose(file), 0);
    return kib;
}
