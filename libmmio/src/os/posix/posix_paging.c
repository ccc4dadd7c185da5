/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "../os.h"

int32_t mmio__os_advise(void *base, uint64_t size, mmio__os_advice advice)
{
    static const int kinds[] = {
        [MMIO__OS_ADVICE_NORMAL] = MADV_NORMAL,         [MMIO__OS_ADVICE_RANDOM] = MADV_RANDOM,
        [MMIO__OS_ADVICE_SEQUENTIAL] = MADV_SEQUENTIAL, [MMIO__OS_ADVICE_WILL_NEED] = MADV_WILLNEED,
        [MMIO__OS_ADVICE_DONT_NEED] = MADV_DONTNEED,
    };
    return madvise(base, (size_t)size, kinds[advice]) == 0 ? 0 : errno;
}

int32_t mmio__os_prefetch(intptr_t handle, uint64_t offset, uint64_t size)
{
    return posix_fadvise((int)handle, (off_t)offset, (off_t)size, POSIX_FADV_WILLNEED);
}

int32_t mmio__os_lock_memory(void *base, uint64_t size, bool *out_is_limit)
{
    *out_is_limit = false;
    if (mlock(base, (size_t)size) == 0) {
        return 0;
    }
    /* mlock(2): ENOMEM beyond the limit, EPERM if the limit is 0, EAGAIN if some pages could not
     * be. ENOMEM is also what it says of bytes that are gone, which reading them in tells apart. */
    const int32_t code = errno;
    const uint64_t page_size = mmio__os_get_caps()->page_size;
    const uint64_t pages = (size + page_size - 1) / page_size * page_size;
    if (code == ENOMEM && mmio__os_populate(base, pages, false) == EFAULT) {
        return EFAULT;
    }
    *out_is_limit = code == EPERM || code == ENOMEM || code == EAGAIN;
    return code;
}

int32_t mmio__os_unlock_memory(void *base, uint64_t size)
{
    return munlock(base, (size_t)size) == 0 ? 0 : errno;
}

int32_t mmio__os_evict(intptr_t handle, void *base, uint64_t offset, uint64_t size)
{
    /* The cache keeps pages that are mapped: ours go first. The map is shared or was never written,
     * so nothing is lost with them. */
    if (madvise(base, (size_t)size, MADV_DONTNEED) != 0) {
        return errno;
    }
    return posix_fadvise((int)handle, (off_t)offset, (off_t)size, POSIX_FADV_DONTNEED);
}

int32_t mmio__os_list_cached(void *base, uint64_t size, uint8_t *out_pages)
{
    if (mincore(base, (size_t)size, out_pages) != 0) {
        return errno;
    }
    const uint64_t page_size = mmio__os_get_caps()->page_size;
    const uint64_t count = (size + page_size - 1) / page_size;
    for (uint64_t i = 0; i < count; i++) {
        out_pages[i] &= 1; /* The other bits are the system's own. */
    }
    return 0;
}
