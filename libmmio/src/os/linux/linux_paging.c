/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

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
