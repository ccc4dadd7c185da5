/* SPDX-License-Identifier: Apache-2.0 */
#include "opening.h"

mmio_status open_with(const char *path, mmio_open_options options)
{
    mmio_map *map;
    const mmio_status status = mmio_map_open(path, &options, &map, ERR);
    assert_true((map != NULL) == (status == MMIO_OK));
    mmio_map_close(map);
    return status;
}

mmio_status try_open(const char *path, uint32_t mode, uint32_t disposition, uint64_t size)
{
    return open_with(path, options_of(mode, disposition, size));
}
