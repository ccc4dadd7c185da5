/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and removing watches. */
#include "watch.h"

#include "base/memory.h"
#include "dispatch.h"
#include "fork.h"
#include "system.h"

static mmio__table watches;
static uint64_t last_number;

/* A watch of nothing yet; NULL without memory. It owns the path, and a life of the map. */
static mmio__watch *create_watch(mmio_watcher *watcher, char *path, mmio_map *map)
{
    mmio__watch *watch = mmio__allocate(sizeof *watch);
    if (watch == NULL) {
        return NULL;
    }
    watch->watcher = watcher;
    watch->path = path;
    watch->file.watch = watch;
    watch->name.watch = watch;
    watch->map = map;
    if (map != NULL) {
        atomic_fetch_add(&map->lives, 1);
    }
    return watch;
}

static void destroy(mmio__watch *watch)
{
    mmio__ear_close(&watch->file);
    mmio__ear_close(&watch->name);
    if (watch->map != NULL) {
        mmio__map_drop_life(watch->map);
    }
    mmio__free(watch->path);
    mmio__free(watch);
}

static void link_watch(mmio__watch *watch)
{
    mmio_watcher *watcher = watch->watcher;
    watch->number = ++last_number;
    mmio__table_add(&watches, &watch->entry, mmio__hash(watch->number, ""));
    watch->next = watcher->watches;
    watch->link = &watcher->watches;
    if (watcher->watches != NULL) {
        watcher->watches->link = &watch->next;
    }
    watcher->watches = watch;
}

void mmio__watch_end(mmio__watch *watch)
{
    mmio__table_remove(&watches, &watch->entry);
    *watch->link = watch->next;
    if (watch->next != NULL) {
        watch->next->link = watch->link;
    }
    const bool has_joined = watch->watcher->forks == mmio__forks();
    destroy(watch);
    if (has_joined) {
        mmio__dispatch_leave();
    }
}

static mmio__watch *find_watch(const mmio_watcher *watcher, uint64_t number)
{
    mmio__table_entry *entry = mmio__table_first(&watches, mmio__hash(number, ""));
    while (entry != NULL) {
        mmio__watch *watch = (mmio__watch *)entry;
        if (watch->number == number && watch->watcher == watcher) {
            return watch;
        }
        entry = mmio__table_next(entry);
    }
    return NULL;
}

/* The directory first: whatever file comes to stand there later is heard of. */
static int32_t hear_path(mmio__watch *watch)
{
    const int32_t code = mmio__ear_hear_name(&watch->name, watch->path);
    return code == 0 ? mmio__watch_turn_to_path(watch) : code;
}

/* The path may be a label that means nothing: it is heard of only if it names the file. */
static int32_t hear_map(mmio__watch *watch)
{
    int32_t code = mmio__ear_hear_handle(&watch->file, watch->map->handle);
    if (code == 0) {
        code = mmio__os_file_state_of(watch->map->handle, &watch->state);
    }
    watch->named = watch->state;
    mmio__os_file_state named;
    if (code != 0 || mmio__os_file_state_at(watch->path, &named) != 0 ||
        !mmio__watch_is_same(&named, &watch->state)) {
        return code;
    }
    return mmio__ear_hear_name(&watch->name, watch->path);
}

static mmio_status fail_add(const mmio__call *call, int32_t code)
{
    return mmio__fail_system_as(call, mmio__os_notifier_status(code), code, "cannot watch it");
}

/* Add a watch of the call's path. */
static mmio_status add(const mmio__call *call, mmio_watcher *watcher, mmio_map *map,
                       uint64_t *out_watch)
{
    char *path = NULL;
    int32_t code = mmio__os_path_absolute(call->path, &path);
    if (code != 0) {
        return fail_add(call, code);
    }
    mmio__watch *watch = create_watch(watcher, path, map);
    if (watch == NULL) {
        mmio__free(path);
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for the watch");
    }
    mmio__dispatch_lock();
    code = mmio__nodes_open();
    if (code == 0) {
        code = map != NULL ? hear_map(watch) : hear_path(watch);
    }
    const bool is_regular = watch->state.is_regular;
    if (code == 0 && is_regular) {
        code = mmio__dispatch_join();
    }
    if (code == 0 && is_regular) {
        link_watch(watch);
        if (map != NULL) {
            mmio__watch_look(watch,
                             0); /* Another file may have come between looking and hearing. */
        }
        *out_watch = watch->number;
    } else {
        destroy(watch);
    }
    mmio__dispatch_unlock();
    if (code != 0) {
        return fail_add(call, code);
    }
    return is_regular ? MMIO_OK : mmio__fail(call, MMIO_ERR_NOT_FILE, "not a regular file");
}

mmio_status mmio_watcher_add_path(mmio_watcher *watcher, const char *path, uint64_t *out_watch,
                                  mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_add_path", path, error};
    if (out_watch != NULL) {
        *out_watch = 0;
    }
    if (path == NULL || out_watch == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "path or out_watch is NULL");
    }
    const mmio_status status = mmio__watcher_check(&call, watcher);
    return status == MMIO_OK ? add(&call, watcher, NULL, out_watch) : status;
}

mmio_status mmio_watcher_add_map(mmio_watcher *watcher, mmio_map *map, uint64_t *out_watch,
                                 mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_add_map", mmio_map_path(map), error};
    if (out_watch != NULL) {
        *out_watch = 0;
    }
    if (map == NULL || out_watch == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_watch is NULL");
    }
    mmio_status status = mmio__watcher_check(&call, watcher);
    if (status == MMIO_OK && map->kind != MMIO_KIND_FILE) {
        status = mmio__check_open(&call, map);
        return status != MMIO_OK ? status
                                 : mmio__fail(&call, MMIO_ERR_MODE, "an anonymous map has no file");
    }
    mmio__hold hold;
    if (status == MMIO_OK) {
        status = mmio__hold_file(&call, map, &hold);
    }
    if (status == MMIO_OK) {
        status = add(&call, watcher, map, out_watch);
        mmio__hold_release(&hold);
    }
    return status;
}

mmio_status mmio_watcher_remove(mmio_watcher *watcher, uint64_t watch, mmio_error *error)
{
    const mmio__call call = {"mmio_watcher_remove", NULL, error};
    const mmio_status status = mmio__watcher_check(&call, watcher);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__dispatch_lock();
    mmio__watch *found = find_watch(watcher, watch);
    if (found != NULL) {
        mmio__watch_end(found);
    }
    mmio__dispatch_unlock();
    return found != NULL ? MMIO_OK
                         : mmio__fail(&call, MMIO_ERR_NOT_FOUND, "there is no watch %llu",
                                      (unsigned long long)watch);
}
