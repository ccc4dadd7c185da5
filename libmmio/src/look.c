/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From notices to events.
 *
 * A notice says where to look; what is told comes from comparing what is there with what was there
 * at the last look. So notices that come late, twice, or together do no harm.
 */
#include "base/compiler.h"
#include "fork.h"
#include "watch.h"

/* How often a file that others replace all the time is looked for. */
#define RACES_MOST 100

static void tell(const mmio__watch *watch, uint32_t kind, uint64_t size)
{
    const mmio_watch_event event = {
        .watch = kind != MMIO_WATCH_OVERFLOW ? watch->number : 0,
        .size = size,
        .time_ns = mmio__os_now_ns(),
        .kind = kind,
    };
    mmio__events_put(&watch->watcher->events, &event);
    mmio__watcher_make_due(watch->watcher);
}

bool mmio__watch_is_same(const mmio__os_file_state *a, const mmio__os_file_state *b)
{
    return a->device == b->device && a->number == b->number;
}

/* Look again after hearing: what was written before is not heard of, and what was heard of may have
 * been replaced. */
int32_t mmio__watch_turn_to_path(mmio__watch *watch)
{
    mmio__os_file_state before;
    int32_t code = mmio__os_file_state_at(watch->path, &before);
    for (int race = 0; code == 0 && race < RACES_MOST; race++) {
        code = mmio__ear_hear_path(&watch->file, watch->path);
        if (code == 0) {
            code = mmio__os_file_state_at(watch->path, &watch->state);
        }
        if (code == 0 && mmio__watch_is_same(&before, &watch->state)) {
            break;
        }
        before = watch->state;
    }
    return code;
}

/* The watched file is the same as before. A change of size is left to the notice of it, which may
 * be on its way, or the two would tell of one change twice. Without any kinds there may be none. */
static void tell_changes(mmio__watch *watch, uint32_t kinds, const mmio__os_file_state *now)
{
    const uint64_t size = watch->state.size;
    const bool is_modified = (kinds & MMIO__OS_NOTICE_MODIFIED) != 0;
    watch->state = *now;
    if (!is_modified && kinds != 0) {
        watch->state.size = size;
    } else if (now->size > size) {
        tell(watch, MMIO_WATCH_GROWN, now->size);
    } else if (now->size < size) {
        tell(watch, MMIO_WATCH_TRUNCATED, now->size);
    } else if (is_modified) {
        tell(watch, MMIO_WATCH_MODIFIED, now->size);
    }
    /* Losing the last link is told as such. */
    if ((kinds & MMIO__OS_NOTICE_METADATA) != 0 && now->links != 0) {
        tell(watch, MMIO_WATCH_METADATA, now->size);
    }
}

static void tell_removed(mmio__watch *watch)
{
    if (!watch->is_removed) {
        watch->is_removed = true;
        tell(watch, MMIO_WATCH_REMOVED, 0);
    }
}

/* A watch of a path, which now names another file. */
static void tell_replaced(mmio__watch *watch)
{
    const int32_t code = mmio__watch_turn_to_path(watch);
    if (code == 0 && watch->state.is_regular) {
        watch->is_removed = false;
        tell(watch, MMIO_WATCH_REPLACED, watch->state.size);
        return;
    }
    mmio__ear_close(&watch->file);
    if (code == 0 || mmio__os_status(code) == MMIO_ERR_NOT_FOUND) {
        tell_removed(watch);
    } else {
        /* There is a file, but what happens to it cannot be heard of. */
        tell(watch, MMIO_WATCH_OVERFLOW, 0);
    }
}

static void look_at_path(mmio__watch *watch, uint32_t kinds)
{
    mmio__os_file_state now;
    const int32_t code = mmio__os_file_state_at(watch->path, &now);
    if (code != 0 && mmio__os_status(code) != MMIO_ERR_NOT_FOUND) {
        /* Whether there is a file cannot be seen now. */
        tell(watch, MMIO_WATCH_OVERFLOW, 0);
    } else if (code != 0 || !now.is_regular) {
        mmio__ear_close(&watch->file);
        tell_removed(watch);
    } else if (mmio__ear_is_open(&watch->file) && mmio__watch_is_same(&now, &watch->state)) {
        tell_changes(watch, kinds, &now);
    } else {
        /* Also if the numbers are the same, but the file that had them is no longer watched: a new
         * file may get the numbers of one just removed. */
        tell_replaced(watch);
    }
}

/* Look at a map's file by its handle; false if that is closed. The gate keeps it open: a pin would
 * do so too, but make mmio_map_into_handle() answer that the map is in use. */
static bool look_by_handle(mmio_map *map, mmio__os_file_state *out_state)
{
    mmio__lock_take(&map->gate);
    const bool is_seen =
        !atomic_load(&map->is_closed) && mmio__os_file_state_of(map->handle, out_state) == 0;
    mmio__unlock(&map->gate);
    return is_seen;
}

/* Whether a map's path names another file than at the last look, other than the map's own. */
static bool is_overlaid(mmio__watch *watch, const mmio__os_file_state *named)
{
    const bool is_other = !mmio__watch_is_same(named, &watch->named);
    watch->named = *named;
    return is_other && !mmio__watch_is_same(named, &watch->state);
}

static void look_at_map(mmio__watch *watch, uint32_t kinds)
{
    if (!mmio__ear_is_open(&watch->file)) {
        tell_removed(watch);
        return;
    }
    /* By its path if that still names it, so that the map's gate stays free. */
    mmio__os_file_state now;
    bool is_seen = mmio__os_file_state_at(watch->path, &now) == 0;
    const bool is_replaced = is_seen && mmio__ear_is_open(&watch->name) && is_overlaid(watch, &now);
    if (is_replaced) {
        tell(watch, MMIO_WATCH_REPLACED, now.size);
    }
    if (!is_seen || !mmio__watch_is_same(&now, &watch->state)) {
        is_seen = look_by_handle(watch->map, &now);
    }
    if (!is_seen) {
        return;
    }
    tell_changes(watch, kinds, &now);
    if (now.links == 0) {
        watch->is_removed |= is_replaced; /* One event is enough. */
        tell_removed(watch);
    }
}

void mmio__watch_look(mmio__watch *watch, uint32_t kinds)
{
    if (watch->map != NULL) {
        look_at_map(watch, kinds);
    } else {
        look_at_path(watch, kinds);
    }
}

/* Whether the path still names the file that is heard of. Its numbers do not tell: a new file may
 * have got them, and the notice that the old one is gone be lost. */
static bool hears_the_same(mmio__watch *watch)
{
    const int32_t before = watch->file.node != NULL ? watch->file.node->number : 0;
    return mmio__ear_hear_path(&watch->file, watch->path) == 0 &&
           watch->file.node->number == before;
}

/* Trusting nothing that was heard. */
static void look_anew(mmio__watch *watch)
{
    if (watch->map == NULL || watch->name.node != NULL) {
        (void)mmio__ear_hear_name(&watch->name, watch->path);
    }
    if (watch->map == NULL && !hears_the_same(watch)) {
        mmio__ear_close(&watch->file);
    }
    mmio__watch_look(watch, 0);
}

/* What was heard of a directory itself: it was moved or removed. */
static void look_in_directory(int32_t number)
{
    for (mmio_watcher *each = mmio__watchers_first(); each != NULL; each = each->next) {
        for (mmio__watch *watch = each->watches; watch != NULL; watch = watch->next) {
            const mmio__node *node = watch->name.node;
            if (each->forks == mmio__forks() && node != NULL && node->number == number) {
                look_anew(watch);
            }
        }
    }
}

/* After a loss anything may have happened anywhere. */
static void look_everywhere(void)
{
    for (mmio_watcher *each = mmio__watchers_first(); each != NULL; each = each->next) {
        if (each->forks != mmio__forks() || each->watches == NULL) {
            continue;
        }
        tell(each->watches, MMIO_WATCH_OVERFLOW, 0);
        for (mmio__watch *watch = each->watches; watch != NULL; watch = watch->next) {
            look_anew(watch);
        }
    }
}

/* The watches of all who hear of a name in a node. Looking changes who hears of what, so that they
 * must be known before. */
static mmio__watch *listeners(const mmio__node *node, const char *name)
{
    mmio__watch *first = NULL;
    for (mmio__ear *ear = mmio__ears_first(node, name); ear != NULL; ear = mmio__ears_next(ear)) {
        ear->watch->next_heard = first;
        first = ear->watch;
    }
    return first;
}

void mmio__watches_hear(const mmio__os_notice *notice)
{
    if ((notice->kinds & MMIO__OS_NOTICE_LOST) != 0) {
        look_everywhere();
        return;
    }
    mmio__node *node = mmio__node_find(notice->node);
    if (node == NULL) {
        return; /* Removed since, or the notifier's own. */
    }
    if ((notice->kinds & MMIO__OS_NOTICE_GONE) != 0) {
        mmio__node_lose(node);
    }
    mmio__watch *heard = listeners(node, notice->name);
    if (heard == NULL && notice->name[0] == '\0') {
        look_in_directory(notice->node);
    }
    for (; heard != NULL; heard = heard->next_heard) {
        mmio__watch_look(heard, notice->kinds);
    }
}
