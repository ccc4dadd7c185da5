/* SPDX-License-Identifier: Apache-2.0 */
#include "through.h"

#include "os/os.h"

/* A longer write dirties all of the pieces that it falls into anyway. */
#define SIZE_MOST ((size_t)1 << 20)

enum { UNKNOWN, USABLE, USELESS };

/* Only file systems on a device of this machine are known to have one cache for both ways, and a
 * device that is worth it. */
static bool is_worth_it(mmio_map *map)
{
    uint8_t known = atomic_load_explicit(&map->through, memory_order_relaxed);
    if (known == UNKNOWN) {
        mmio_ground ground = {0};
        known =
            mmio__os_ground_of_handle(map->handle, &ground) == 0 && ground.kind == MMIO_GROUND_LOCAL
                ? USABLE
                : USELESS;
        atomic_store_explicit(&map->through, known, memory_order_relaxed);
    }
    return known == USABLE;
}

bool mmio__through(mmio_map *map, uint64_t offset, const void *data, size_t size)
{
    return map->counts_pending && size <= SIZE_MOST && is_worth_it(map) &&
           mmio__os_file_overwrite(map->handle, map->origin + offset, data, size) == 0;
}

static bool flushes_soon(const mmio_map *map, size_t size)
{
    const uint64_t amount = atomic_load(&map->policy_amount);
    switch (atomic_load(&map->policy)) {
    case MMIO_POLICY_ALWAYS:
        return true;
    case MMIO_POLICY_EVERY_BYTES:
        return amount / size <= MMIO__THROUGH_WRITES_MOST;
    case MMIO_POLICY_EVERY_WRITES:
        return amount <= MMIO__THROUGH_WRITES_MOST;
    default:
        return false;
    }
}

bool mmio__through_by_policy(mmio_map *map, uint64_t offset, const void *data, size_t size)
{
    return flushes_soon(map, size) && mmio__through(map, offset, data, size);
}
