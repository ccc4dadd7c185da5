/* SPDX-License-Identifier: Apache-2.0 */
/* Copying files: by sharing their blocks, in the kernel, or through memory. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../os.h"

/* What one call copies at most: below the kernel's own limit of 2 GiB. */
#define PIECE_MOST ((uint64_t)1 << 30)

static int32_t copy_through_memory(int from, int to, uint64_t at, uint64_t end)
{
    char bytes[16384];
    while (at < end) {
        const uint64_t rest = end - at;
        const size_t wanted = rest < sizeof bytes ? (size_t)rest : sizeof bytes;
        const ssize_t got = pread(from, bytes, wanted, (off_t)at);
        if (got == 0) {
            return 0; /* It was cut. */
        }
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        const size_t size = got > 0 ? (size_t)got : 0;
        const int32_t code = mmio__os_file_write(to, at, bytes, size);
        if (code != 0) {
            return code;
        }
        at += size;
    }
    return 0;
}

static int32_t copy_range(int from, int to, uint64_t at, uint64_t end)
{
    while (at < end) {
        const uint64_t rest = end - at;
        off_t in = (off_t)at;
        off_t out = (off_t)at;
        const ssize_t copied = copy_file_range(from, &in, to, &out,
                                               (size_t)(rest < PIECE_MOST ? rest : PIECE_MOST), 0);
        if (copied == 0) {
            return 0; /* It was cut. */
        }
        if (copied < 0 && errno != EINTR) {
            /* Two file systems, an old kernel, a filter, or a failure that the other way meets
             * too: there are too many codes to tell them apart. */
            return copy_through_memory(from, to, at, end);
        }
        at += copied > 0 ? (uint64_t)copied : 0;
    }
    return 0;
}

typedef struct data_extent {
    uint64_t start;
    uint64_t end;
} data_extent;

/* The next bytes that are not a hole. Dirty pages count as bytes. Where the file system does not
 * know its holes, all is bytes. */
static data_extent next_extent(int fd, uint64_t at, uint64_t size)
{
    const off_t start = lseek(fd, (off_t)at, SEEK_DATA);
    if (start < 0) {
        return (data_extent){errno == ENXIO ? size : at, size};
    }
    const off_t end = lseek(fd, start, SEEK_HOLE);
    return (data_extent){(uint64_t)start, end < 0 || (uint64_t)end > size ? size : (uint64_t)end};
}

int32_t mmio__os_file_copy(intptr_t from, intptr_t to, uint64_t size)
{
    /* First, as it also answers for the limit on file sizes. */
    int32_t code = mmio__os_file_resize(to, size);
    if (code != 0 || ioctl((int)to, FICLONE, (int)from) == 0) {
        return code;
    }
    for (uint64_t at = 0; code == 0 && at < size;) {
        const data_extent data = next_extent((int)from, at, size);
        code = copy_range((int)from, (int)to, data.start, data.end);
        at = data.end;
    }
    return code;
}
