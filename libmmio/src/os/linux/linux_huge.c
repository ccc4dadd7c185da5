/* SPDX-License-Identifier: Apache-2.0 */
/* Huge pages: getting them, and finding out about them. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../base/range.h"
#include "../os.h"
#include "../posix/posix_file.h"
#include "../posix/posix_map.h"
#include "linux.h"

/* Getting them. */

/* Reserving by a mapping fails at once if too few are free; allocating finds out only when it has
 * cleared the last one. The reservation is the file's and stays. */
static int32_t reserve(int fd, uint64_t size)
{
    void *base = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        return errno;
    }
    (void)munmap(base, (size_t)size);
    /* A reserved page can still be missing when it is touched, where the process's control group or
     * its memory policy refuses it; an allocated one cannot. */
    return mmio__os_file_allocate(fd, 0, size);
}

int32_t mmio__os_file_open_huge_memory(uint64_t size, intptr_t *out_handle, uint64_t *out_page_size)
{
    const int fd = memfd_create("mmio", MFD_CLOEXEC | MFD_HUGETLB);
    if (fd < 0) {
        return errno;
    }
    struct stat facts;
    int32_t code = fstat(fd, &facts) == 0 ? 0 : errno;
    if (code == 0) {
        code = reserve(fd, mmio__round_up(size, (uint64_t)facts.st_blksize));
    }
    if (code != 0) {
        (void)close(fd);
        return code;
    }
    *out_handle = fd;
    *out_page_size = (uint64_t)facts.st_blksize;
    return 0;
}

/* Size of a transparent huge page; 0 if the system does not say. */
static size_t huge_page_size(void)
{
    static _Atomic size_t known;
    size_t size = atomic_load_explicit(&known, memory_order_relaxed);
    if (size == 0) {
        FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "re");
        if (file != NULL) {
            if (fscanf(file, "%zu", &size) == 1) {
                atomic_store_explicit(&known, size, memory_order_relaxed);
            }
            (void)fclose(file);
        }
    }
    return size;
}

/* Only pages that lie alike in the file and in memory can be mapped as one. Linux sees to that by
 * itself since 6.7, but not for memory files. */
void *mmio__posix_place_for_huge_pages(size_t size)
{
    const size_t unit = huge_page_size();
    if (unit == 0 || size < unit || size > SIZE_MAX - unit) {
        return NULL;
    }
    void *wide =
        mmap(NULL, size + unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (wide == MAP_FAILED) {
        return NULL;
    }
    (void)munmap(wide, size + unit);
    return (char *)wide + (mmio__round_up((uintptr_t)wide, unit) - (uintptr_t)wide);
}

void mmio__posix_prefer_huge_pages(void *base, size_t size)
{
    (void)madvise(base, size, MADV_HUGEPAGE);
}

/* MADV_HUGEPAGE alone gives memory files huge pages only where the administrator has allowed it in
 * shmem_enabled; asking for them outright needs nobody's leave. */
void mmio__os_gather_huge_pages(void *base, uint64_t size)
{
    (void)madvise(base, (size_t)size, MADV_COLLAPSE);
}

/* Finding out. */

/* Since Linux 6.7: PAGEMAP_SCAN of <linux/fs.h>, which older headers lack. */
typedef struct scan_region {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
} scan_region;

typedef struct scan_request {
    uint64_t size; /* Of this struct. */
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end;
    uint64_t regions;
    uint64_t regions_size;
    uint64_t pages_most;
    uint64_t categories_inverted;
    uint64_t categories_all;
    uint64_t categories_any;
    uint64_t categories_told;
} scan_request;

#define SCAN _IOWR('f', 16, scan_request)
#define SCAN_IS_PRESENT ((uint64_t)1 << 3)
#define SCAN_IS_HUGE ((uint64_t)1 << 6)

/* /proc/self/pagemap, or -1. It means the process that opened it, also in a child of that. */
static _Atomic int scan_fd = -1;

void mmio__os_find_huge_pages_forked(void)
{
    const int fd = atomic_exchange(&scan_fd, -1);
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* Kept open: opening it costs several times what a scan does. */
static int open_scan(void)
{
    int fd = atomic_load(&scan_fd);
    if (fd >= 0) {
        return fd;
    }
    int own = -1;
    if (mmio__posix_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0, &own) != 0 ||
        atomic_compare_exchange_strong(&scan_fd, &fd, own)) {
        return own;
    }
    (void)close(own);
    return fd;
}

/* Looks for the first page of a range that is in a category, or is not. 1 if there is one, 0 if
 * not; a negative number if that cannot be asked. */
static int scan_pages(const void *base, uint64_t size, uint64_t category, bool is_in,
                      scan_region *out_first)
{
    const int fd = open_scan();
    scan_request request = {
        .size = sizeof request,
        .start = (uintptr_t)base,
        .end = mmio__round_up((uintptr_t)base + size, mmio__os_get_caps()->page_size),
        .regions = (uintptr_t)out_first,
        .regions_size = 1,
        .pages_most = 1,
        .categories_inverted = is_in ? 0 : category,
        .categories_all = category,
        .categories_told = category,
    };
    int found;
    do {
        found = fd >= 0 ? ioctl(fd, SCAN, &request) : -1;
    } while (found < 0 && fd >= 0 && errno == EINTR);
    return found;
}

uint64_t mmio__linux_mapped_before_first_gap(const void *base, uint64_t size)
{
    scan_region gap;
    switch (scan_pages(base, size, SCAN_IS_PRESENT, false, &gap)) {
    case 0:
        return size;
    case 1:
        return gap.start - (uintptr_t)base;
    default:
        return 0;
    }
}

static bool is_huge_field(const char *line)
{
    static const char *const fields[] = {"AnonHugePages", "ShmemPmdMapped", "FilePmdMapped",
                                         "Shared_Hugetlb", "Private_Hugetlb"};
    char name[32];
    unsigned long kib = 0;
    if (sscanf(line, "%31[^:]: %lu", name, &kib) != 2 || kib == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(name, fields[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Reads of all mappings what the system counts of each, up to the range. */
static int32_t find_by_reading(uintptr_t base, uint64_t size, bool *out_found)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    if (file == NULL) {
        return errno;
    }
    char line[512];
    bool is_within = false;
    bool is_found = false;
    unsigned long start = 0;
    unsigned long end = 0;
    while (!is_found && start < base + size && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            is_within = start < base + size && base < end;
        } else if (is_within) {
            is_found = is_huge_field(line);
        }
    }
    const bool is_known = is_found || ferror(file) == 0;
    (void)fclose(file);
    *out_found = is_found;
    return is_known ? 0 : EIO;
}

int32_t mmio__os_find_huge_pages(const void *base, uint64_t size, bool *out_found)
{
    scan_region first;
    const int found = scan_pages(base, size, SCAN_IS_HUGE, true, &first);
    if (found < 0) {
        return find_by_reading((uintptr_t)base, size, out_found);
    }
    *out_found = found > 0;
    return 0;
}
