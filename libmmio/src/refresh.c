/* SPDX-License-Identifier: Apache-2.0 */
/* Following a file that others made longer or shorter. */
#include "append.h"
#include "os/os.h"
#include "resize.h"
#include "system.h"

/* How long the map would be if it were opened now. */
static uint64_t wanted_size(const mmio_map *map, uint64_t file_size)
{
    const uint64_t available = file_size > map->origin ? file_size - map->origin : 0;
    return map->window_size != 0 && map->window_size < available ? map->window_size : available;
}

/* What is gone is gone: there is nothing to wait for. */
static void give_up_beyond(mmio_map *map, uint64_t new_size)
{
    mmio__lock_take(&map->gate);
    if (!atomic_load(&map->is_closed)) {
        mmio__map_set_size(map, new_size);
    }
    mmio__unlock(&map->gate);
}

static mmio_status refresh_held(const mmio__call *call, mmio_map *map, uint64_t *out_before,
                                uint64_t *out_after)
{
    mmio__os_file_facts facts;
    const int32_t code = mmio__os_file_inspect(map->handle, &facts);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot look at the file");
    }
    const uint64_t before = mmio_map_size(map);
    const uint64_t after = wanted_size(map, facts.size);
    mmio_status status = MMIO_OK;
    if (after < before) {
        give_up_beyond(map, after);
    } else if (after > before) {
        status = mmio__resize_follow(call, map, after, after);
    }
    if (status == MMIO_OK && after != before) {
        /* Others decide on the length now: what they added is not ours to cut. */
        atomic_store(&map->append_end, MMIO__APPENDED_NOTHING);
    }
    if (status == MMIO_OK) {
        *out_before = before;
        *out_after = after;
    }
    return status;
}

mmio_status mmio_map_refresh(mmio_map *map, uint64_t *out_before, uint64_t *out_after,
                             mmio_error *error)
{
    const mmio__call call = {"mmio_map_refresh", mmio_map_path(map), error};
    uint64_t unwanted[2];
    uint64_t *before = out_before != NULL ? out_before : &unwanted[0];
    uint64_t *after = out_after != NULL ? out_after : &unwanted[1];
    *before = 0;
    *after = 0;
    if (map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    }
    mmio__hold file;
    mmio_status status = mmio__hold_file(&call, map, &file);
    if (status != MMIO_OK) {
        return status;
    }
    if (map->mode == MMIO_MODE_COW_RW) {
        status = mmio__fail(&call, MMIO_ERR_MODE, "private bytes do not follow the file");
    } else if (map->kind == MMIO_KIND_ANONYMOUS) {
        /* Nobody else has it; its file may be longer, by what fills the last huge page. */
        *before = mmio_map_size(map);
        *after = *before;
    } else if (!mmio__lock_until(&map->resizing, MMIO__NO_WAIT)) {
        status = mmio__fail(&call, MMIO_ERR_BUSY, "a resize of the map is under way");
    } else {
        status = refresh_held(&call, map, before, after);
        mmio__unlock(&map->resizing);
    }
    mmio__hold_release(&file);
    return status;
}
