/* SPDX-License-Identifier: Apache-2.0 */
/* What this build and this system are. */
#include "mmio/base.h"
#include "os/os.h"

#define TEXT_OF(number) #number
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

uint32_t mmio_version(void)
{
    return (uint32_t)MMIO_VERSION_MAJOR << 16 | (uint32_t)MMIO_VERSION_MINOR << 8 |
           (uint32_t)MMIO_VERSION_PATCH;
}

const char *mmio_version_string(void)
{
    return DOTTED(MMIO_VERSION_MAJOR, MMIO_VERSION_MINOR, MMIO_VERSION_PATCH);
}

uint64_t mmio_page_size(void)
{
    return mmio__os_get_caps()->page_size;
}

uint64_t mmio_map_granularity(void)
{
    return mmio__os_get_caps()->map_granularity;
}

uint64_t mmio_max_size(void)
{
    return sizeof(void *) >= 8 ? (uint64_t)128 << 40 : (uint64_t)2 << 30;
}

int32_t mmio_has(uint32_t feature)
{
    const mmio__os_caps *caps = mmio__os_get_caps();
    switch (feature) {
    case MMIO_FEATURE_GROW_IN_PLACE:
        return caps->maps_past_end;
    case MMIO_FEATURE_CHEAP_PINS:
        return caps->fences_all_threads;
    case MMIO_FEATURE_DURABLE_FLUSH:
        return caps->flush_is_durable;
    case MMIO_FEATURE_OPEN_BENEATH:
        return caps->opens_beneath;
    case MMIO_FEATURE_SEALS:
        return caps->has_seals;
    case MMIO_FEATURE_RANGE_LOCKS:
        return caps->locks_ranges;
    case MMIO_FEATURE_WAIT:
        return caps->waits_shared;
    case MMIO_FEATURE_HUGE_PAGES:
        return caps->has_huge_pages;
    case MMIO_FEATURE_PRESSURE:
        return caps->has_pressure;
    case MMIO_FEATURE_DIRTY_PAGES:
        return caps->counts_dirty_pages;
    case MMIO_FEATURE_POPULATE:
        return caps->populates;
    case MMIO_FEATURE_WATCH:
        return caps->notifies;
    default:
        return 0;
    }
}
