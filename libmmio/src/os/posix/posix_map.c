/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../os.h"
#include "posix_map.h"

int32_t mmio__os_map(intptr_t handle, uint64_t offset, uint64_t size, uint32_t flags,
                     void **out_base)
{
    if (size > SIZE_MAX || offset > INT64_MAX) {
        return ENOMEM;
    }
    const int protection = PROT_READ | ((flags & MMIO__OS_MAP_WRITE) != 0 ? PROT_WRITE : 0);
    const int sharing = ((flags & MMIO__OS_MAP_PRIVATE) != 0 ? MAP_PRIVATE : MAP_SHARED) |
                        ((flags & MMIO__OS_MAP_BACKED) != 0 ? MAP_NORESERVE : 0);
    const bool prefers_huge = (flags & MMIO__OS_MAP_HUGE_PAGES) != 0;
    void *place = prefers_huge ? mmio__posix_place_for_huge_pages((size_t)size) : NULL;
    void *base = mmap(place, (size_t)size, protection, sharing, (int)handle, (off_t)offset);
    if (base == MAP_FAILED) {
        return errno;
    }
    if (prefers_huge) {
        mmio__posix_prefer_huge_pages(base, (size_t)size);
    }
    *out_base = base;
    return 0;
}

int32_t mmio__os_protect(void *base, uint64_t size, bool is_writable)
{
    const int protection = PROT_READ | (is_writable ? PROT_WRITE : 0);
    return mprotect(base, (size_t)size, protection) == 0 ? 0 : errno;
}

void mmio__os_unmap(void *base, uint64_t size)
{
    (void)munmap(base, (size_t)size);
}

bool mmio__os_address_space_is_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

const void *mmio__os_find_bytes(const void *bytes, size_t size, const void *pattern,
                                size_t pattern_size)
{
    return memmem(bytes, size, pattern, pattern_size);
}
