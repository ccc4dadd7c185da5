/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../os.h"
#include "linux.h"

int32_t mmio__os_populate(void *base, uint64_t size, bool for_write)
{
    const int advice = for_write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    /* MADV_POPULATE_READ takes every small page in hand again, mapped or not: 15 times what it
     * costs to see that there is nothing to do. */
    const uint64_t mapped = for_write ? 0 : mmio__linux_mapped_before_first_gap(base, size);
    if (mapped >= size) {
        return 0;
    }
    int result;
    do {
        result = madvise((char *)base + mapped, (size_t)(size - mapped), advice);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

/* MS_ASYNC does nothing on Linux (msync(2)), so START asks the file. */
static int start(int fd, uint64_t offset, uint64_t size)
{
    return sync_file_range(fd, (off_t)offset, (off_t)size, SYNC_FILE_RANGE_WRITE);
}

/* fdatasync() and msync(MS_SYNC) end in the same call of the file system and cost the same; both
 * send the device a flush. msync() takes a range. */
static int flush_once(int fd, char *base, uint64_t offset, uint64_t size,
                      mmio__os_flush_level level)
{
    switch (level) {
    case MMIO__OS_FLUSH_START:
        return start(fd, offset, size);
    case MMIO__OS_FLUSH_FULL:
        return fsync(fd);
    case MMIO__OS_FLUSH_DATA:
        break;
    }
    return size == 0 ? fdatasync(fd) : msync(base, (size_t)size, MS_SYNC);
}

int32_t mmio__os_flush(intptr_t handle, void *base, uint64_t offset, uint64_t size,
                       mmio__os_flush_level level)
{
    int result;
    do {
        result = flush_once((int)handle, base, offset, size, level);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

/* Waiting for pages that are being written ends with it, here for the last place there is, which
 * has none. */
int32_t mmio__os_take_flush_error(intptr_t handle)
{
    const int result = sync_file_range((int)handle, INT64_MAX - 1, 1, SYNC_FILE_RANGE_WAIT_BEFORE);
    return result == 0 ? 0 : errno;
}
