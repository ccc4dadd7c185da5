/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../base/range.h"
#include "../os.h"
#include "linux.h"

typedef struct cachestat_range {
    uint64_t offset;
    uint64_t size;
} cachestat_range;

typedef struct cachestat_counts {
    uint64_t cached;
    uint64_t dirty;
    uint64_t write_back;
    uint64_t evicted;
    uint64_t recently_evicted;
} cachestat_counts;

/* mincore() a piece at a time; it knows nothing of dirty pages. */
static int32_t count_by_listing(uint8_t *base, uint64_t size, uint64_t *out_cached)
{
    uint8_t pages[4096];
    const uint64_t piece_size = sizeof pages * mmio__os_get_caps()->page_size;
    uint64_t cached = 0;
    for (uint64_t done = 0; done < size; done += piece_size) {
        const uint64_t piece = size - done < piece_size ? size - done : piece_size;
        const int32_t code = mmio__os_list_cached(base + done, piece, pages);
        if (code != 0) {
            return code;
        }
        const uint64_t page_size = mmio__os_get_caps()->page_size;
        for (uint64_t i = 0; i < (piece + page_size - 1) / page_size; i++) {
            cached += pages[i];
        }
    }
    *out_cached = cached;
    return 0;
}

int32_t mmio__os_count_cached(intptr_t handle, void *base, uint64_t offset, uint64_t size,
                              mmio__os_residency *out_residency)
{
    cachestat_range range = {offset, size};
    cachestat_counts counts;
    if (syscall(SYS_cachestat, (int)handle, &range, &counts, 0) == 0) {
        *out_residency = (mmio__os_residency){counts.cached, counts.dirty, counts.write_back, true};
        return 0;
    }
    /* An older kernel, or a filter that does not know the call, or a file it does not serve. */
    *out_residency = (mmio__os_residency){0, 0, 0, false};
    return count_by_listing(base, size, &out_residency->cached);
}

#define EXTENTS_MOST 64u

/* A question for the extents of a file, with room for the answer. */
typedef union extents {
    struct fiemap map;
    uint8_t room[sizeof(struct fiemap) + EXTENTS_MOST * sizeof(struct fiemap_extent)];
} extents;

/* Shorter holes are read in together with what is around them: one call is less than two. */
#define HOLE_LEAST ((uint64_t)64 << 10)

/* Where the stretch ends that begins with the first of the extents. */
static uint64_t end_of_stretch(const struct fiemap *map)
{
    const struct fiemap_extent *extent = map->fm_extents;
    uint64_t end = extent->fe_logical + extent->fe_length;
    for (uint32_t i = 1; i < map->fm_mapped_extents; i++) {
        if (extent[i].fe_logical > end + HOLE_LEAST) {
            break;
        }
        end = extent[i].fe_logical + extent[i].fe_length;
    }
    return end;
}

/* What lies beyond the end of the file has no extents either. */
static int32_t end_hole_with_file(int fd, uint64_t *inout_start, uint64_t *inout_stop, uint64_t end)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0) {
        return errno;
    }
    if ((uint64_t)facts.st_size < *inout_start) {
        *inout_start = (uint64_t)facts.st_size;
        *inout_stop = end;
    }
    return 0;
}

/* Not SEEK_DATA: it moves the position of the handle, which others may share, and tmpfs answers it.
 * There a page of a hole takes memory when it is read, and reading it fails if none is left. tmpfs
 * has no extents. */
int32_t mmio__os_file_find_data(intptr_t handle, uint64_t offset, uint64_t size,
                                uint64_t *out_start, uint64_t *out_end)
{
    const uint64_t end = offset + size;
    const uint64_t page_size = mmio__os_get_caps()->page_size;
    extents found;
    memset(&found.map, 0, sizeof found.map);
    found.map.fm_start = offset;
    found.map.fm_length = size;
    found.map.fm_extent_count = EXTENTS_MOST;
    if (ioctl((int)handle, FS_IOC_FIEMAP, &found) != 0) {
        return errno;
    }
    const bool is_data = found.map.fm_mapped_extents != 0;
    uint64_t start = is_data ? found.map.fm_extents[0].fe_logical : end;
    uint64_t stop = is_data ? end_of_stretch(&found.map) : end;
    const int32_t code = start > offset ? end_hole_with_file((int)handle, &start, &stop, end) : 0;
    start = start < end ? mmio__round_down(start, page_size) : end;
    stop = mmio__round_up(stop, page_size);
    *out_start = start > offset ? start : offset;
    *out_end = stop < end ? stop : end;
    return code;
}
