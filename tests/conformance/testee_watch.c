/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on watchers and sources. */
#include "testee.h"

static const char *const kinds[] = {"",         "modified", "metadata",  "removed",
                                    "replaced", "grown",    "truncated", "overflow"};

static void end_watcher(void *object)
{
    mmio_watcher_close(object);
}

static void end_source(void *object)
{
    mmio_source_close(object);
}

/* What a field names; NULL if it was closed. */
static void *object_at(const step *s, size_t field)
{
    return entry_named(s->fields[field])->object;
}

static void do_watcher(const step *s)
{
    mmio_watcher *watcher;
    const mmio_status status = mmio_watcher_open(&watcher, &last_error);
    if (status == MMIO_OK) {
        keep(s->fields[0], watcher, end_watcher);
    }
    say_done(status);
}

static void do_watch_path(const step *s)
{
    uint64_t watch;
    const mmio_status status =
        mmio_watcher_add_path(object_at(s, 0), path_of(s->fields[1]), &watch, &last_error);
    entry_named(s->fields[0])->size = watch;
    say(status, "watch=%" PRIu64, watch);
}

static void do_watch_map(const step *s)
{
    uint64_t watch;
    const mmio_status status = mmio_watcher_add_map(object_at(s, 0), s->map, &watch, &last_error);
    entry_named(s->fields[0])->size = watch;
    say(status, "watch=%" PRIu64, watch);
}

static void do_unwatch(const step *s)
{
    say_done(mmio_watcher_remove(object_at(s, 0), entry_named(s->fields[0])->size, &last_error));
}

static void do_next_event(const step *s)
{
    mmio_watch_event event;
    const mmio_status status =
        mmio_watcher_next(object_at(s, 0), signed_number(s->fields[1]), &event, &last_error);
    say(status, "kind=%s\twatch=%" PRIu64 "\tsize=%" PRIu64, kinds[event.kind], event.watch,
        event.size);
}

static void do_source(const step *s)
{
    mmio_source *source;
    const uint32_t flags = number_option(s, "auto") == 1 ? MMIO_SOURCE_AUTO : 0;
    const mmio_status status =
        mmio_source_open(path_of(s->fields[1]), options_of(s), flags, &source, &last_error);
    if (status == MMIO_OK) {
        keep(s->fields[0], source, end_source);
    }
    say_done(status);
}

static void do_source_map(const step *s)
{
    mmio_map *map;
    const mmio_status status = mmio_source_map(object_at(s, 1), &map, NULL, &last_error);
    say_opened(status, s, map);
}

static void do_refresh(const step *s)
{
    uint32_t changed;
    const mmio_status status = mmio_source_refresh(object_at(s, 0), &changed, &last_error);
    say(status, "changed=%" PRIu32, changed);
}

static void do_source_wait(const step *s)
{
    uint64_t generation;
    const mmio_status status = mmio_source_wait(
        object_at(s, 0), number_at(s, 1), signed_number(s->fields[2]), &generation, &last_error);
    say(status, "generation=%" PRIu64, generation);
}

const verb watch_verbs[] = {
    {"watcher", 1, NOTHING, do_watcher},         {"watch_path", 2, NOTHING, do_watch_path},
    {"watch_map", 2, MAP_SECOND, do_watch_map},  {"unwatch", 1, NOTHING, do_unwatch},
    {"next_event", 2, NOTHING, do_next_event},   {"source", 2, NOTHING, do_source},
    {"source_map", 2, NOTHING, do_source_map},   {"source_refresh", 1, NOTHING, do_refresh},
    {"source_wait", 3, NOTHING, do_source_wait}, {NULL, 0, NOTHING, NULL},
};
