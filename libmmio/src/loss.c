/* SPDX-License-Identifier: Apache-2.0 */
#include "loss.h"

#include "flush.h"
#include "maps.h"
#include "os/os.h"
#include "system.h"

/* Whether anything was ever lost: nobody looks for losses before. */
static _Atomic bool has_lost;

/* Beside the code, losses are counted, so that a repair sees one that came meanwhile. */
#define ONE_LOSS ((uint64_t)1 << 32)
#define COUNT_BITS (~(ONE_LOSS - 1))

static void note_loss(mmio_map *map, int32_t code)
{
    uint64_t before = atomic_load(&map->loss);
    uint64_t after;
    do {
        const uint64_t first = (uint32_t)before != 0 ? (uint32_t)before : (uint32_t)code;
        after = ((before + ONE_LOSS) & COUNT_BITS) | first;
    } while (!atomic_compare_exchange_weak(&map->loss, &before, after));
}

/* Forget the losses of `seen`, unless there are new ones. */
static bool forget(mmio_map *map, uint64_t seen)
{
    return atomic_compare_exchange_strong(&map->loss, &seen, seen & COUNT_BITS);
}

/* Whether the map's file is this one. The gate is locked, which keeps the handle open. */
static bool is_of_file(const mmio_map *map, const uint64_t identity[2])
{
    mmio__os_file_facts facts;
    return !atomic_load(&map->is_closed) && mmio__os_file_inspect(map->handle, &facts) == 0 &&
           facts.identity[0] == identity[0] && facts.identity[1] == identity[1];
}

/* The system tells each open file of a failure once. What it would tell this one is known by now,
 * and told later it would be taken for a new loss; if it comes from a newer failure, it is one. */
static void lose_if_of_file(mmio_map *map, const uint64_t identity[2], int32_t code)
{
    mmio__lock_take(&map->gate);
    if (is_of_file(map, identity)) {
        note_loss(map, code);
        const int32_t untold = mmio__os_take_flush_error(map->handle);
        if (untold != 0) {
            note_loss(map, untold);
        }
    }
    mmio__unlock(&map->gate);
}

static bool has_file(mmio_map *map, const uint64_t identity[2])
{
    mmio__lock_take(&map->gate);
    const bool is_same = is_of_file(map, identity);
    mmio__unlock(&map->gate);
    return is_same;
}

void mmio__lose_file(intptr_t handle, int32_t code)
{
    mmio__os_file_facts facts;
    if (mmio__os_file_inspect(handle, &facts) != 0) {
        return;
    }
    mmio_map *map = mmio__maps_lock();
    atomic_store(&has_lost, true);
    for (; map != NULL; map = map->next_live) {
        if (map->counts_pending) {
            lose_if_of_file(map, facts.identity, code);
        }
    }
    mmio__maps_unlock();
}

void mmio__lose(mmio_map *map, int32_t code)
{
    note_loss(map, code);
    mmio__lose_file(map->handle, code);
}

void mmio__loss_inherit(mmio_map *map)
{
    mmio__os_file_facts facts;
    if (!atomic_load(&has_lost) || !map->counts_pending ||
        mmio__os_file_inspect(map->handle, &facts) != 0) {
        return;
    }
    for (mmio_map *other = mmio__maps_lock(); other != NULL; other = other->next_live) {
        const int32_t code = mmio__lost_code(other);
        if (code != 0 && other != map && has_file(other, facts.identity)) {
            note_loss(map, code);
            break;
        }
    }
    mmio__maps_unlock();
}

mmio_status mmio__fail_lost(const mmio__call *call, const mmio_map *map, uint64_t size)
{
    const mmio_status status =
        mmio__fail_system_as(call, MMIO_ERR_LOST, mmio__lost_code(map), "written bytes were lost");
    if (call->error != NULL) {
        call->error->size = size;
    }
    return status;
}

/* Repairing. */

/* What of a map is looked at in one go. */
#define PAGES_AT_ONCE 4096u

/* By a store that changes nothing, also if others write there. */
static int32_t dirty_page(uint8_t *page)
{
    int32_t is_gone = 0;
    (void)mmio__os_cell_add_32(page, 0, &is_gone);
    /* Which says why, or does it. */
    return is_gone ? mmio__os_populate(page, mmio_page_size(), true) : 0;
}

static int32_t dirty_run(uint8_t *base, uint64_t size)
{
    /* First where an error is a code: a full disk may have no place for a page that was lost. */
    int32_t code = mmio__os_get_caps()->populates ? mmio__os_populate(base, size, true) : 0;
    for (uint64_t at = 0; code == 0 && at < size; at += mmio_page_size()) {
        code = dirty_page(base + at);
    }
    return code;
}

static int32_t dirty_listed(uint8_t *base, uint64_t size, const uint8_t *is_cached)
{
    const uint64_t page = mmio_page_size();
    int32_t code = 0;
    for (uint64_t at = 0; at < size && code == 0; at += page) {
        const uint64_t first = at;
        while (at < size && is_cached[at / page] != 0) {
            at += page;
        }
        if (at != first) {
            code = dirty_run(base + first, (at < size ? at : size) - first);
        }
    }
    return code;
}

/* Lost bytes are nowhere but in the cache. Pages that are not there stay untouched, and holes
 * holes.
 */
static int32_t dirty_cached(uint8_t *base, uint64_t size)
{
    uint8_t is_cached[PAGES_AT_ONCE];
    const uint64_t most = PAGES_AT_ONCE * mmio_page_size();
    int32_t code = 0;
    for (uint64_t at = 0; at < size && code == 0; at += most) {
        const uint64_t part = size - at < most ? size - at : most;
        code = mmio__os_list_cached(base + at, part, is_cached);
        if (code == 0) {
            code = dirty_listed(base + at, part, is_cached);
        }
    }
    return code;
}

static mmio_status dirty_all(const mmio__call *call, mmio_map *map)
{
    mmio__hold hold;
    uint64_t size;
    const mmio_status status = mmio__hold_take_all(call, map, true, &hold, &size);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    const uint64_t before = mmio__page_offset(hold.data);
    const int32_t code = dirty_cached(hold.data - before, size + before);
    mmio__hold_release(&hold);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot write the pages again");
}

/* With the file held. */
static mmio_status rewrite(const mmio__call *call, mmio_map *map, uint32_t level, uint64_t seen)
{
    mmio_status status = dirty_all(call, map);
    if (status == MMIO_OK) {
        const int32_t code = mmio__flush_map(map, (mmio__os_flush_level)level);
        if (code != 0) {
            status = mmio__fail_system(call, code, "the bytes are still lost");
        } else if (!forget(map, seen)) {
            status = mmio__fail_lost(call, map, mmio_map_size(map));
        }
    }
    return status;
}

mmio_status mmio_map_rewrite_lost(mmio_map *map, uint32_t level, mmio_error *error)
{
    const mmio__call call = {"mmio_map_rewrite_lost", mmio_map_path(map), error};
    if (map == NULL || (level != MMIO_FLUSH_DATA && level != MMIO_FLUSH_FULL)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL, or %u no level to wait for",
                          (unsigned)level);
    }
    mmio__hold file;
    mmio_status status = mmio__hold_file(&call, map, &file);
    if (status != MMIO_OK) {
        return status;
    }
    const uint64_t seen = atomic_load(&map->loss);
    status = (uint32_t)seen != 0 ? rewrite(&call, map, level, seen) : MMIO_OK;
    mmio__hold_release(&file);
    return status;
}

mmio_status mmio_map_acknowledge_loss(mmio_map *map, mmio_error *error)
{
    const mmio__call call = {"mmio_map_acknowledge_loss", mmio_map_path(map), error};
    if (map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    }
    const mmio_status status = mmio__check_open(&call, map);
    if (status == MMIO_OK) {
        (void)forget(map, atomic_load(&map->loss));
    }
    return status;
}
