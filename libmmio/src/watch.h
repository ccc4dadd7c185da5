/* SPDX-License-Identifier: Apache-2.0 */
/* What watchers and watches are made of. All but `events` is guarded by the dispatcher's lock. */
#ifndef MMIO_WATCH_INTERNAL_H
#define MMIO_WATCH_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "events.h"
#include "map.h"
#include "mmio/watch.h"
#include "nodes.h"

typedef struct mmio__watch {
    mmio__table_entry entry; /* By its number. First. */
    uint64_t number;
    mmio_watcher *watcher;
    struct mmio__watch *next; /* Among the watcher's. */
    struct mmio__watch **link;
    mmio__ear file;            /* Hears of the watched file. */
    mmio__ear name;            /* Hears of its name in its directory. */
    char *path;                /* Absolute. */
    mmio_map *map;             /* NULL: the watch stays with the path. */
    mmio__os_file_state state; /* Of the watched file, when last looked at. */
    mmio__os_file_state named; /* Of a map: the last file that its path named. */
    bool is_removed;           /* That was told. */
    struct mmio__watch *next_heard;
} mmio__watch;

struct mmio_watcher {
    mmio__events events;
    uint32_t forks;        /* See mmio__forks(). */
    _Atomic uint32_t refs; /* The owner, each thread that waits in it, and being due. */
    mmio__watch *watches;
    mmio_watcher *next; /* Among all. */
    mmio_watcher **link;
    mmio_watch_callback callback; /* NULL: events stay in the queue. */
    void *user;
    bool is_due; /* Waits for the thread to call it back. */
    mmio_watcher *next_due;
    _Atomic uint32_t calls; /* Whether the callback is running. */
};

/* MMIO_OK, INVALID or FORKED. */
mmio_status mmio__watcher_check(const mmio__call *call, const mmio_watcher *watcher);
/* The thread has events to hand over. */
void mmio__watcher_make_due(mmio_watcher *watcher);
bool mmio__watchers_are_due(void);
/* In a child process: nobody is. */
void mmio__watchers_forked(void);
/* On the thread, unlocked: call back all that are due. */
void mmio__watchers_call_back(void);
/* The first of those that live; the next is watcher->next. */
mmio_watcher *mmio__watchers_first(void);

/* End one watch; memory included. */
void mmio__watch_end(mmio__watch *watch);

/* Whether both are the same file. */
bool mmio__watch_is_same(const mmio__os_file_state *a, const mmio__os_file_state *b);
/* Hear of the file that the path names now. Returns the system's code. */
int32_t mmio__watch_turn_to_path(mmio__watch *watch);
/* Tell what has changed since the last look; `kinds` are those of the notice that led to it. */
void mmio__watch_look(mmio__watch *watch, uint32_t kinds);
/* Look wherever a notice says so. */
void mmio__watches_hear(const mmio__os_notice *notice);

#endif
