/* SPDX-License-Identifier: Apache-2.0 */
/* What the library's own threads work for: queues, watchers, sources, the timer. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "world.h"

#define TIMEOUT_MS 5000

/* Queues. */

static mmio_status queue_open(world *w, mmio_error *error)
{
    intptr_t handle;
    mmio_status status = mmio_queue_open(1, &w->queue, error);
    if (status == MMIO_OK) {
        status = mmio_queue_handle(w->queue, &handle, error);
    }
    mmio_queue_close(w->queue);
    w->queue = NULL;
    return status;
}

static void set_up_queue(world *w)
{
    set_up_written(w);
    NEED(mmio_queue_open(1, &w->queue, NULL) == MMIO_OK);
}

static mmio_status queue_handle(world *w, mmio_error *error)
{
    intptr_t handle;
    return mmio_queue_handle(w->queue, &handle, error);
}

/* What became of the operation that was submitted. */
static mmio_status result(world *w, mmio_status submitted, mmio_error *error)
{
    mmio_status status = submitted;
    if (status == MMIO_OK) {
        status = mmio_operation_wait(w->operation, TIMEOUT_MS, error);
    }
    if (status == MMIO_OK) {
        status = mmio_operation_result(w->operation, error);
    }
    mmio_operation_close(w->operation);
    w->operation = NULL;
    return status;
}

static mmio_status queue_write(world *w, mmio_error *error)
{
    const uint8_t byte = pattern_at(5);
    return result(
        w, mmio_queue_write(w->queue, w->map, 5, &byte, 1, MMIO_FLUSH_DATA, &w->operation, error),
        error);
}

static mmio_status queue_flush(world *w, mmio_error *error)
{
    return result(w, mmio_queue_flush(w->queue, w->map, MMIO_FLUSH_DATA, &w->operation, error),
                  error);
}

static mmio_status queue_flush_range(world *w, mmio_error *error)
{
    return result(
        w, mmio_queue_flush_range(w->queue, w->map, 0, 5000, MMIO_FLUSH_DATA, &w->operation, error),
        error);
}

static mmio_status queue_touch(world *w, mmio_error *error)
{
    return result(w, mmio_queue_touch(w->queue, w->map, 0, F_SIZE, 0, &w->operation, error), error);
}

static mmio_status queue_create_file(world *w, mmio_error *error)
{
    return result(w, mmio_queue_create_file(w->queue, "g", 9000, 0, &w->operation, error), error);
}

static mmio_status queue_copy_file(world *w, mmio_error *error)
{
    return result(w, mmio_queue_copy_file(w->queue, "f", "g", &w->operation, error), error);
}

static mmio_status queue_delete_file(world *w, mmio_error *error)
{
    return result(w, mmio_queue_delete_file(w->queue, "f", &w->operation, error), error);
}

/* One that nobody holds, and one that is cancelled or done. */
static mmio_status queue_next(world *w, mmio_error *error)
{
    mmio_operation *done = NULL;
    mmio_status status = mmio_queue_touch(w->queue, w->map, 0, 1, 0, NULL, error);
    if (status == MMIO_OK) {
        status = mmio_queue_touch(w->queue, w->map, 0, 1, 0, &w->operation, error);
    }
    if (status == MMIO_OK) {
        (void)mmio_operation_cancel(w->operation, NULL);
        status = mmio_queue_next(w->queue, TIMEOUT_MS, &done, error);
    }
    mmio_operation_close(w->operation);
    w->operation = NULL;
    return status;
}

static const char *check_g(world *w)
{
    (void)w;
    CHECK(size_of("g") >= 9000);
    return NULL;
}

static const char *check_no_f(world *w)
{
    (void)w;
    CHECK(size_of("f") < 0);
    return NULL;
}

/* Watchers. */

static mmio_status watcher_open(world *w, mmio_error *error)
{
    return mmio_watcher_open(&w->watcher, error);
}

static void set_up_watcher(world *w)
{
    set_up_map(w);
    NEED(mmio_watcher_open(&w->watcher, NULL) == MMIO_OK);
}

static void set_up_watch(world *w)
{
    set_up_watcher(w);
    NEED(mmio_watcher_add_path(w->watcher, "f", &w->number, NULL) == MMIO_OK);
}

/* As many as the library's tables have buckets at first. */
static void set_up_watches(world *w)
{
    set_up_watcher(w);
    for (int i = 0; i < 16; i++) {
        NEED(mmio_watcher_add_path(w->watcher, "f", &w->number, NULL) == MMIO_OK);
    }
}

static mmio_status add_path(world *w, mmio_error *error)
{
    return mmio_watcher_add_path(w->watcher, "f", &w->number, error);
}

static mmio_status add_map(world *w, mmio_error *error)
{
    return mmio_watcher_add_map(w->watcher, w->map, &w->number, error);
}

static mmio_status remove_watch(world *w, mmio_error *error)
{
    return mmio_watcher_remove(w->watcher, w->number, error);
}

static mmio_status watcher_handle(world *w, mmio_error *error)
{
    intptr_t handle;
    return mmio_watcher_handle(w->watcher, &handle, error);
}

/* Something is told, whatever fails meanwhile: of the change, or that something was lost. */
static mmio_status next_event(world *w, mmio_error *error)
{
    mmio_watch_event event;
    EXPECT(w, truncate("f", 100) == 0);
    return mmio_watcher_next(w->watcher, TIMEOUT_MS, &event, error);
}

/* Another file comes to stand there. */
static mmio_status next_of_another(world *w, mmio_error *error)
{
    mmio_watch_event event;
    make_file("new", 50);
    EXPECT(w, rename("new", "f") == 0);
    return mmio_watcher_next(w->watcher, TIMEOUT_MS, &event, error);
}

static const char *check_hears(world *w)
{
    mmio_watch_event event;
    CHECK(truncate("f", (off_t)F_SIZE + 1) == 0);
    CHECK(mmio_watcher_next(w->watcher, TIMEOUT_MS, &event, NULL) == MMIO_OK);
    return NULL;
}

/* What happens to a file that could not be turned to is not heard of, but the next one is. */
static const char *check_hears_another(world *w)
{
    mmio_error error;
    return next_of_another(w, &error) == MMIO_OK ? NULL : "the next file is heard of";
}

static void MMIO_CALL count_event(const mmio_watch_event *event, void *user)
{
    (void)event;
    __atomic_fetch_add((uint64_t *)user, 1, __ATOMIC_SEQ_CST);
}

/* With an event that is handed over at once, though nothing is watched any more. */
static void set_up_queued(world *w)
{
    mmio_watch_event event;
    set_up_watch(w);
    NEED(truncate("f", 100) == 0);
    NEED(mmio_watcher_next(w->watcher, TIMEOUT_MS, &event, NULL) == MMIO_OK);
    NEED(truncate("f", 200) == 0);
    intptr_t handle;
    NEED(mmio_watcher_handle(w->watcher, &handle, NULL) == MMIO_OK);
    struct pollfd events = {.fd = (int)handle, .events = POLLIN};
    NEED(poll(&events, 1, TIMEOUT_MS) == 1);
    NEED(mmio_watcher_remove(w->watcher, w->number, NULL) == MMIO_OK);
    w->number = 0;
}

static mmio_status set_callback(world *w, mmio_error *error)
{
    return mmio_watcher_set_callback(w->watcher, count_event, &w->number, error);
}

static const char *check_called(world *w)
{
    for (int waited = 0; __atomic_load_n(&w->number, __ATOMIC_SEQ_CST) == 0; waited++) {
        CHECK(waited < TIMEOUT_MS);
        (void)usleep(1000);
    }
    mmio_watcher_close(w->watcher); /* It calls with what is in the world. */
    w->watcher = NULL;
    return NULL;
}

/* Sources. */

static mmio_status source_open(world *w, mmio_error *error)
{
    return mmio_source_open("f", NULL, 0, &w->source, error);
}

static mmio_status source_open_auto(world *w, mmio_error *error)
{
    return mmio_source_open("f", NULL, MMIO_SOURCE_AUTO, &w->source, error);
}

static void set_up_source(world *w)
{
    set_up_file(w);
    NEED(mmio_source_open("f", NULL, 0, &w->source, NULL) == MMIO_OK);
    NEED(truncate("f", 9000) == 0);
}

static mmio_status source_use(world *w, mmio_error *error)
{
    uint64_t generation;
    mmio_status status = mmio_source_refresh(w->source, NULL, error);
    if (status == MMIO_OK) {
        status = mmio_source_wait(w->source, 1, 0, &generation, error);
    }
    if (status == MMIO_OK) {
        status = mmio_source_map(w->source, &w->map, &generation, error);
    }
    return status;
}

static const char *check_source(world *w)
{
    CHECK(mmio_map_size(w->map) == 9000);
    return NULL;
}

static const char *check_first(world *w)
{
    mmio_source_close(w->source);
    w->source = NULL;
    return NULL;
}

/* The timer. */

static void set_up_timed(world *w)
{
    set_up_written(w);
    NEED(mmio_map_set_policy(w->map, MMIO_POLICY_EVERY_MILLIS, 1, NULL) == MMIO_OK);
}

static uint64_t flushes_of(world *w)
{
    mmio_map_info info = {.struct_size = sizeof info};
    return mmio_map_get_info(w->map, &info, NULL) == MMIO_OK ? info.flushes : 0;
}

/* The write that comes after a failed flush on the timer's thread, or the flush, tells of it. */
static mmio_status write_timed(world *w, mmio_error *error)
{
    const uint64_t before = flushes_of(w);
    const uint8_t byte = pattern_at(7);
    const mmio_status status = mmio_map_write(w->map, 7, &byte, 1, error);
    int waited = 0;
    while (status == MMIO_OK && flushes_of(w) == before && waited < TIMEOUT_MS) {
        (void)usleep(100);
        waited++;
    }
    EXPECT(w, waited < TIMEOUT_MS);
    return status == MMIO_OK ? mmio_map_flush(w->map, MMIO_FLUSH_START, error) : status;
}

static const scenario table[] = {
    {"open a queue", "mmio_queue_open mmio_queue_close", set_up_map, queue_open, check_map, 0},
    {"handle of a queue", "mmio_queue_handle", set_up_queue, queue_handle, check_map, 0},
    {"write by a queue",
     "mmio_queue_write mmio_operation_wait mmio_operation_result mmio_operation_close",
     set_up_queue, queue_write, check_map, OTHERS_TELL},
    {"flush by a queue", "mmio_queue_flush", set_up_queue, queue_flush, check_map, OTHERS_TELL},
    {"flush a range by a queue", "mmio_queue_flush_range", set_up_queue, queue_flush_range,
     check_map, OTHERS_TELL},
    {"touch by a queue", "mmio_queue_touch", set_up_queue, queue_touch, check_map, OTHERS_TELL},
    {"create a file by a queue", "mmio_queue_create_file", set_up_queue, queue_create_file, check_g,
     OTHERS_TELL},
    {"copy a file by a queue", "mmio_queue_copy_file", set_up_queue, queue_copy_file, check_g,
     OTHERS_TELL},
    {"delete a file by a queue", "mmio_queue_delete_file", set_up_queue, queue_delete_file,
     check_no_f, OTHERS_TELL},
    {"next of a queue", "mmio_queue_next mmio_operation_cancel", set_up_queue, queue_next,
     check_map, OTHERS},
    {"open a watcher", "mmio_watcher_open mmio_watcher_close", set_up_map, watcher_open, check_map,
     0},
    {"watch a path", "mmio_watcher_add_path", set_up_watcher, add_path, check_hears, OTHERS},
    {"watch a path once more", "mmio_watcher_add_path", set_up_watches, add_path, check_hears,
     OTHERS},
    {"watch a map", "mmio_watcher_add_map", set_up_watcher, add_map, check_hears, OTHERS},
    {"watch no more", "mmio_watcher_remove", set_up_watch, remove_watch, check_map, 0},
    {"handle of a watcher", "mmio_watcher_handle", set_up_watch, watcher_handle, check_map, 0},
    {"next event", "mmio_watcher_next", set_up_watch, next_event, check_hears,
     OTHERS | CHANGES_FILE},
    {"call back", "mmio_watcher_set_callback", set_up_queued, set_callback, check_called,
     OTHERS | CHANGES},
    {"begin to call back", "mmio_watcher_set_callback", set_up_queued, set_callback, check_called,
     CHANGES},
    {"event of another file", "mmio_watcher_next", set_up_watch, next_of_another,
     check_hears_another, OTHERS | CHANGES_FILE},
    {"open a source", "mmio_source_open mmio_source_close", set_up_file, source_open, check_first,
     0},
    {"open a source that follows", "mmio_source_open", set_up_file, source_open_auto, check_first,
     OTHERS},
    {"use a source", "mmio_source_refresh mmio_source_wait mmio_source_map", set_up_source,
     source_use, check_source, CHANGES_FILE},
    {"write with a timer", "mmio_map_write mmio_map_flush", set_up_timed, write_timed, check_map,
     OTHERS_TELL},
};

const scenario_table scenarios_of_threads = {table, sizeof table / sizeof table[0]};
