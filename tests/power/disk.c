/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that remembers in which order it was written to, flushed, and told of promises.
 *
 *     power_disk <image> <recording> <mount point>
 *
 * The mount point shows two files. "disk" begins as the image, which stays as it is; a loop device
 * makes a disk of it. What is written to "promises" is only recorded. The recording is a row of
 * entries, each an entry_head and its bytes. One thread does it all, so that the order recorded is
 * the order in which the answers were given. */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef enum entry_kind {
    ENTRY_WRITE = 1,
    ENTRY_FLUSH = 2,
    ENTRY_PROMISE = 3,
} entry_kind;

typedef struct entry_head {
    uint32_t kind;
    uint32_t size;
    uint64_t offset;
} entry_head;

static uint8_t *disk;
static uint64_t disk_size;
static FILE *recording;

static int record(entry_kind kind, uint64_t offset, const char *data, size_t size)
{
    const entry_head head = {.kind = kind, .size = (uint32_t)size, .offset = offset};
    const bool is_recorded =
        fwrite(&head, sizeof(head), 1, recording) == 1 && fwrite(data, 1, size, recording) == size;
    return is_recorded ? (int)size : -EIO;
}

static bool is_disk(const char *path)
{
    return strcmp(path, "/disk") == 0;
}

static int get_attributes(const char *path, struct stat *out, struct fuse_file_info *info)
{
    (void)info;
    memset(out, 0, sizeof(*out));
    out->st_nlink = 1;
    out->st_mode = S_IFREG | 0600;
    if (strcmp(path, "/") == 0) {
        out->st_mode = S_IFDIR | 0700;
    } else if (is_disk(path)) {
        out->st_size = (off_t)disk_size;
    } else if (strcmp(path, "/promises") != 0) {
        return -ENOENT;
    }
    return 0;
}

/* No page cache between the loop device and the recording. */
static int open_file(const char *path, struct fuse_file_info *info)
{
    (void)path;
    info->direct_io = 1;
    return 0;
}

static int read_disk(const char *path, char *data, size_t size, off_t offset,
                     struct fuse_file_info *info)
{
    (void)info;
    const uint64_t start = (uint64_t)offset;
    if (!is_disk(path) || start >= disk_size) {
        return 0;
    }
    const size_t there = size < disk_size - start ? size : (size_t)(disk_size - start);
    memcpy(data, disk + start, there);
    return (int)there;
}

static int write_file(const char *path, const char *data, size_t size, off_t offset,
                      struct fuse_file_info *info)
{
    (void)info;
    const uint64_t start = (uint64_t)offset;
    if (!is_disk(path)) {
        return record(ENTRY_PROMISE, 0, data, size);
    }
    if (start > disk_size || size > disk_size - start) {
        return -ENOSPC;
    }
    memcpy(disk + start, data, size);
    return record(ENTRY_WRITE, start, data, size);
}

static int flush_disk(const char *path, int data_only, struct fuse_file_info *info)
{
    (void)data_only;
    (void)info;
    return is_disk(path) ? record(ENTRY_FLUSH, 0, NULL, 0) : 0;
}

/* Whoever started the disk may use it from now on. */
static void *begin(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)config;
    connection->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
    puts("ready");
    fflush(stdout);
    return NULL;
}

static const struct fuse_operations operations = {
    .init = begin,
    .getattr = get_attributes,
    .open = open_file,
    .read = read_disk,
    .write = write_file,
    .fsync = flush_disk,
};

static bool load(const char *path)
{
    struct stat found;
    const int image = open(path, O_RDONLY | O_CLOEXEC);
    if (image < 0 || fstat(image, &found) != 0) {
        return false;
    }
    disk_size = (uint64_t)found.st_size;
    disk = mmap(NULL, disk_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, image, 0);
    return disk != MAP_FAILED;
}

int main(int count, char **arguments)
{
    if (count != 4 || !load(arguments[1])) {
        fputs("usage: power_disk <image> <recording> <mount point>\n", stderr);
        return 2;
    }
    recording = fopen(arguments[2], "wb");
    if (recording == NULL) {
        perror(arguments[2]);
        return 1;
    }
    char in_foreground[] = "-f", one_thread[] = "-s";
    char *options[] = {arguments[0], in_foreground, one_thread, arguments[3], NULL};
    const int result = fuse_main(4, options, &operations, NULL);
    return fclose(recording) == 0 ? result : 1;
}
