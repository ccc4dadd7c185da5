/* SPDX-License-Identifier: Apache-2.0 */
/* All maps of the process at one moment. */
#include "mmio/inventory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/options.h"
#include "base/text.h"
#include "maps.h"

typedef struct item {
    mmio_map_info info;
    const char *path;
} item;

/* Where bytes of a map are mapped. */
typedef struct mapped_range {
    uintptr_t start;
    uintptr_t end;
    item *of;
} mapped_range;

struct mmio_inventory {
    item *items; /* Newest first. */
    uint64_t count;
    mapped_range *ranges; /* Of present regions and of retired ones, by address. */
    uint64_t range_count;
    char *paths; /* One behind the other. */
    mmio__text json;
};

/* What the list needs in memory; maps come and go until they are locked. */
typedef struct measure {
    uint64_t count;
    uint64_t ranges;
    size_t paths_size;
} measure;

static measure measure_maps(const mmio_map *first)
{
    measure all = {0, 0, 0};
    for (const mmio_map *map = first; map != NULL; map = map->next_live) {
        all.count++;
        all.ranges += 1 + atomic_load(&map->regions); /* One more may come meanwhile. */
        all.paths_size += strlen(map->path) + 1;
    }
    return all;
}

static bool allocate_items(mmio_inventory *inventory, measure room)
{
    inventory->items = mmio__allocate((size_t)room.count * sizeof *inventory->items + 1);
    inventory->ranges = mmio__allocate((size_t)room.ranges * sizeof(mapped_range) + 1);
    inventory->paths = mmio__allocate(room.paths_size + 1);
    return inventory->items != NULL && inventory->ranges != NULL && inventory->paths != NULL;
}

static void free_items(mmio_inventory *inventory)
{
    mmio__free(inventory->items);
    mmio__free(inventory->ranges);
    mmio__free(inventory->paths);
}

typedef struct range_list {
    mmio_inventory *inventory;
    uint64_t room;
} range_list;

static void add_range(const mmio__region *region, void *context)
{
    range_list *list = context;
    mmio_inventory *inventory = list->inventory;
    if (region->base != NULL && region->map->listed != NULL &&
        inventory->range_count < list->room) {
        inventory->ranges[inventory->range_count++] = (mapped_range){
            (uintptr_t)region->base, (uintptr_t)region->base + region->length, region->map->listed};
    }
}

static void fill_item(item *each, mmio_map *map, range_list *list)
{
    mmio__map_describe(map, &each->info);
    mmio__lock_take(&map->gate);
    map->listed = each;
    if (!atomic_load(&map->is_closed)) {
        each->info.reserve = map->region->length - map->region->lead;
        add_range(map->region, list);
    }
    mmio__unlock(&map->gate);
}

static void fill_items(mmio_inventory *inventory, mmio_map *first, uint64_t room)
{
    range_list list = {inventory, room};
    char *path = inventory->paths;
    inventory->count = 0;
    inventory->range_count = 0;
    for (mmio_map *map = first; map != NULL; map = map->next_live) {
        item *each = &inventory->items[inventory->count++];
        fill_item(each, map, &list);
        const size_t size = strlen(map->path) + 1;
        each->path = memcpy(path, map->path, size);
        path += size;
    }
    mmio__regions_visit_retired(add_range, &list);
    for (mmio_map *map = first; map != NULL; map = map->next_live) {
        map->listed = NULL;
    }
}

/* The allocator is the caller's and may be slow or look at maps itself: no memory is asked for
 * while the maps are locked. */
static bool list_maps(mmio_inventory *inventory)
{
    measure room = {0, 0, 0};
    for (;;) {
        mmio_map *first = mmio__maps_lock();
        const measure needed = measure_maps(first);
        if (inventory->items != NULL && needed.count <= room.count &&
            needed.ranges <= room.ranges && needed.paths_size <= room.paths_size) {
            fill_items(inventory, first, room.ranges);
            mmio__maps_unlock();
            return true;
        }
        mmio__maps_unlock();
        free_items(inventory);
        room = (measure){needed.count + needed.count / 8 + 8, needed.ranges + needed.ranges / 8 + 8,
                         needed.paths_size + needed.paths_size / 8 + 256};
        if (!allocate_items(inventory, room)) {
            return false;
        }
    }
}

static int by_start(const void *a, const void *b)
{
    const mapped_range *left = a;
    const mapped_range *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

/* A pin belongs to the last range that begins at or below it, if that is long enough. */
static void count_pin(uintptr_t start, uintptr_t end, void *context)
{
    (void)end;
    mmio_inventory *inventory = context;
    uint64_t low = 0;
    uint64_t high = inventory->range_count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (inventory->ranges[middle].start <= start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low != 0 && start < inventory->ranges[low - 1].end) {
        inventory->ranges[low - 1].of->info.views++;
    }
}

/* One look at all pins, instead of one for each map. */
static void count_views(mmio_inventory *inventory)
{
    qsort(inventory->ranges, (size_t)inventory->range_count, sizeof(mapped_range), by_start);
    mmio__pins_visit(count_pin, inventory);
}

mmio_status mmio_inventory_open(mmio_inventory **out_inventory, mmio_error *error)
{
    const mmio__call call = {"mmio_inventory_open", NULL, error};
    if (out_inventory == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_inventory is NULL");
    }
    *out_inventory = NULL;
    mmio_inventory *inventory = mmio__allocate(sizeof *inventory);
    if (inventory == NULL || !list_maps(inventory)) {
        mmio_inventory_close(inventory);
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the list of maps");
    }
    count_views(inventory);
    *out_inventory = inventory;
    return MMIO_OK;
}

void mmio_inventory_close(mmio_inventory *inventory)
{
    if (inventory != NULL) {
        free_items(inventory);
        mmio__text_free(&inventory->json);
        mmio__free(inventory);
    }
}

uint64_t mmio_inventory_count(const mmio_inventory *inventory)
{
    return inventory != NULL ? inventory->count : 0;
}

mmio_status mmio_inventory_get(const mmio_inventory *inventory, uint64_t index,
                               mmio_map_info *out_info, const char **out_path, mmio_error *error)
{
    const mmio__call call = {"mmio_inventory_get", NULL, error};
    if (out_path != NULL) {
        *out_path = NULL;
    }
    if (out_info == NULL || out_info->struct_size < MMIO__INFO_SIZE_LEAST) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_info is NULL or its struct_size too small");
    }
    mmio_map_info info = {0};
    mmio_status status = MMIO_OK;
    if (inventory == NULL) {
        status = mmio__fail(&call, MMIO_ERR_INVALID, "the inventory is NULL");
    } else if (index >= inventory->count) {
        status = mmio__fail_index(&call, index, inventory->count);
    } else {
        info = inventory->items[index].info;
        if (out_path != NULL) {
            *out_path = inventory->items[index].path;
        }
    }
    mmio__info_copy(out_info, out_info->struct_size, &info, sizeof info);
    return status;
}

/* JSON. */

static const char *mode_word(uint32_t mode)
{
    static const char *const words[] = {"default", "ro", "rw", "cow", "cow_rw"};
    return words[mode];
}

static const char *kind_word(uint32_t kind)
{
    static const char *const words[] = {"", "file", "anonymous", "shared"};
    return words[kind];
}

static const char *policy_word(uint32_t policy)
{
    static const char *const words[] = {"manual", "always", "every_bytes", "every_writes",
                                        "every_millis"};
    return words[policy];
}

static void add_item(mmio__text *json, const item *each)
{
    const mmio_map_info *info = &each->info;
    mmio__text_add(json, "{\"path\":");
    mmio__text_add_json_string(json, each->path);
    mmio__text_add(json, ",\"mode\":\"%s\",\"kind\":\"%s\",\"holders\":%" PRIu32,
                   mode_word(info->mode), kind_word(info->kind), info->holders);
    mmio__text_add(json, ",\"size\":%" PRIu64 ",\"reserve\":%" PRIu64 ",\"pending\":%" PRIu64,
                   info->size, info->reserve, info->pending);
    mmio__text_add(json, ",\"handle\":%" PRId64 ",\"views\":%" PRIu64 ",\"flushes\":%" PRIu64,
                   info->handle, info->views, info->flushes);
    mmio__text_add(json, ",\"age_ms\":%" PRIu64 ",\"window_offset\":%" PRIu64, info->age_ms,
                   info->window_offset);
    mmio__text_add(json, ",\"appended\":%" PRIu64 ",\"policy\":\"%s\",\"policy_amount\":%" PRIu64,
                   info->appended, policy_word(info->policy), info->policy_amount);
    mmio__text_add(json, ",\"is_writable\":%s,\"is_closed\":%s",
                   info->is_writable != 0 ? "true" : "false",
                   info->is_closed != 0 ? "true" : "false");
    mmio__text_add(json, ",\"lost_code\":%" PRId32 ",\"faults\":%" PRIu64 "}", info->lost_code,
                   info->faults);
}

mmio_status mmio_inventory_json(mmio_inventory *inventory, const char **out_text,
                                uint64_t *out_size, mmio_error *error)
{
    const mmio__call call = {"mmio_inventory_json", NULL, error};
    if (out_text != NULL) {
        *out_text = NULL;
    }
    if (out_size != NULL) {
        *out_size = 0;
    }
    if (inventory == NULL || out_text == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the inventory or out_text is NULL");
    }
    mmio__text json = {0};
    mmio__text_add(&json, "[");
    for (uint64_t i = 0; i < inventory->count; i++) {
        mmio__text_add(&json, i != 0 ? ",\n" : "");
        add_item(&json, &inventory->items[i]);
    }
    mmio__text_add(&json, "]\n");
    if (json.is_short) {
        mmio__text_free(&json);
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the text");
    }
    mmio__text_free(&inventory->json);
    inventory->json = json;
    *out_text = json.bytes;
    if (out_size != NULL) {
        *out_size = json.size;
    }
    return MMIO_OK;
}
