/* SPDX-License-Identifier: Apache-2.0 */
/* Setting whole ranges: to one byte, or to zero. */
#include "exclusive.h"
#include "mmio/copy.h"
#include "os/os.h"
#include "policy.h"

/* Below this, giving blocks back costs more than writing zeros. */
#define PUNCH_LEAST ((uint64_t)64 << 10)

/* Returns how much, from the end, could not be set. */
typedef uint64_t (*setter)(mmio_map *map, uint8_t *place, uint64_t offset, uint64_t size, int byte);

static uint64_t set_bytes(mmio_map *map, uint8_t *place, uint64_t offset, uint64_t size, int byte)
{
    (void)map;
    (void)offset;
    return mmio__fill(place, byte, size);
}

/* The whole pages of the range become a hole, or zeros where that cannot be; the edges zeros. */
static uint64_t punch_bytes(mmio_map *map, uint8_t *place, uint64_t offset, uint64_t size, int byte)
{
    const uint64_t page = mmio_page_size();
    const uint64_t first = map->origin + offset;
    const uint64_t begin = mmio__round_up(first, page);
    const uint64_t end = mmio__round_down(first + size, page);
    const bool is_shared = map->mode == MMIO_MODE_RW;
    if (!is_shared || map->allocates || end < begin || end - begin < PUNCH_LEAST ||
        mmio__os_file_punch(map->handle, begin, end - begin) != 0) {
        return set_bytes(map, place, offset, size, byte);
    }
    const uint64_t left = mmio__fill(place, byte, begin - first);
    return left != 0 ? first + size - begin + left
                     : mmio__fill(place + (end - first), byte, first + size - end);
}

static mmio_status set_range(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                             int byte, setter set)
{
    if (map == NULL) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map is NULL");
    }
    mmio__hold hold;
    mmio_status status = mmio__hold_take_to_write(call, map, offset, size, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    status = mmio__exclusive_begin(map, offset, size, MMIO__NO_DEADLINE);
    if (status == MMIO_OK) {
        const uint64_t left = set(map, hold.data, offset, size, byte);
        mmio__exclusive_end(map, offset, size, size - left);
        status = left == 0 ? mmio__policy_wrote(call, map, 1, size)
                           : mmio__fail_fault(call, map, offset, size, left, true);
    } else {
        status = mmio__exclusive_fail(call, status);
    }
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_map_fill(mmio_map *map, uint64_t offset, uint64_t size, uint32_t byte,
                          mmio_error *error)
{
    const mmio__call call = {"mmio_map_fill", mmio_map_path(map), error};
    if (byte > UINT8_MAX) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "%u is not a byte", (unsigned)byte);
    }
    return set_range(&call, map, offset, size, (int)byte, set_bytes);
}

mmio_status mmio_map_zero(mmio_map *map, uint64_t offset, uint64_t size, mmio_error *error)
{
    const mmio__call call = {"mmio_map_zero", mmio_map_path(map), error};
    return set_range(&call, map, offset, size, 0, punch_bytes);
}
