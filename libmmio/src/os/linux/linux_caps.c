/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.h"
#include "linux.h"

static mmio__os_caps caps;
static pthread_once_t caps_once = PTHREAD_ONCE_INIT;

static bool has_membarrier(void)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static bool has_openat2(void)
{
    /* Known to the kernel, it complains of what it is not told how to open; that needs no
     * descriptor, of which the process may just have too many. */
    return syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0) < 0 && errno == EINVAL;
}

static bool has_cachestat(void)
{
    /* Known to the kernel, it complains of the descriptor first. */
    return syscall(SYS_cachestat, -1, NULL, NULL, 0) < 0 && errno == EBADF;
}

static bool has_populate(void)
{
    /* Nothing is asked of an empty range but whether the advice is known. */
    return madvise(NULL, 0, MADV_POPULATE_READ) == 0;
}

static bool has_huge_pages(void)
{
    return access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0 ||
           access("/sys/kernel/mm/hugepages", F_OK) == 0;
}

static void find_caps(void)
{
    caps.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
    caps.map_granularity = caps.page_size;
    caps.maps_past_end = true;
    caps.shrinks_while_mapped = true;
    caps.fences_all_threads = has_membarrier();
    caps.flush_is_durable = true;
    caps.opens_beneath = has_openat2();
    caps.has_seals = true;
    caps.locks_ranges = true;
    caps.waits_shared = true;
    caps.has_huge_pages = has_huge_pages();
    caps.has_pressure = access(MMIO__LINUX_PRESSURE, W_OK) == 0;
    caps.counts_dirty_pages = has_cachestat();
    caps.populates = has_populate();
    caps.notifies = true;
}

const mmio__os_caps *mmio__os_get_caps(void)
{
    (void)pthread_once(&caps_once, find_caps);
    return &caps;
}
