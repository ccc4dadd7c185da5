/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on maps and views, and what the library says of itself. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testee.h"

#define OPTIONS_SIZE_MOST 8192

/* In the order of their numbers in the headers. */
static const char *const kinds[] = {"", "file", "anonymous", "shared"};
static const char *const levels[] = {"data", "start", "full"};

static void do_open(const step *s)
{
    mmio_map *map;
    const mmio_status status =
        mmio_map_open(path_of(s->fields[1]), options_of(s), &map, &last_error);
    say_opened(status, s, map);
}

static void do_anonymous(const step *s)
{
    mmio_map *map;
    const mmio_status status =
        mmio_map_anonymous(number_at(s, 1), options_of(s), &map, &last_error);
    say_opened(status, s, map);
}

static void do_from_handle(const step *s)
{
    const char *path = path_of(s->fields[1]);
    const char *access = option(s, "access");
    const bool is_writable = access != NULL && strcmp(access, "rw") == 0;
    const int fd = open(path, (is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    mmio_map *map;
    const mmio_status status = mmio_map_from_handle(fd, path, options_of(s), &map, &last_error);
    if (status != MMIO_OK && close(fd) != 0) {
        die("from_handle failed, and the handle is gone", path);
    }
    say_opened(status, s, map);
}

static void do_into_handle(const step *s)
{
    intptr_t handle;
    const mmio_status status = mmio_map_into_handle(s->map, &handle, &last_error);
    struct stat facts = {.st_size = 0};
    if (status == MMIO_OK && (fstat((int)handle, &facts) != 0 || close((int)handle) != 0)) {
        die("the handle taken back is bad", s->fields[0]);
    }
    say_size(status, (uint64_t)facts.st_size);
}

ANSWER(size, say_size(MMIO_OK, mmio_map_size(s->map)))
ANSWER(mode, say(MMIO_OK, "mode=%s", mode_name(mmio_map_mode(s->map))))
ANSWER(pending, say(MMIO_OK, "pending=%" PRIu64, mmio_map_pending(s->map)))

static void do_path(const step *s)
{
    const char *path = mmio_map_path(s->map);
    say_hex(MMIO_OK, "path", path, strlen(path));
}

static void do_info(const step *s)
{
    mmio_map_info info = {.struct_size = sizeof info};
    const mmio_status status = mmio_map_get_info(s->map, &info, &last_error);
    say(status,
        "kind=%s\tmode=%s\tsize=%" PRIu64 "\tviews=%" PRIu64 "\tpending=%" PRIu64
        "\tholders=%" PRIu32 "\tfaults=%" PRIu64,
        kinds[info.kind], mode_name(info.mode), info.size, info.views, info.pending, info.holders,
        info.faults);
}

static void do_resize(const step *s)
{
    const mmio_status status =
        mmio_map_resize(s->map, number_at(s, 1), signed_number(s->fields[2]), &last_error);
    say_size(status, mmio_map_size(s->map));
}

static void *resize(void *argument)
{
    entry *job = argument;
    job->status = mmio_map_resize(job->map, job->size, job->timeout_ms, &job->error);
    return NULL;
}

static void say_resized(const entry *job)
{
    say_size(job->status, mmio_map_size(job->map));
}

static void do_resize_start(const step *s)
{
    entry *job = entry_named(s->fields[0]);
    job->map = mmio_map_retain(s->map);
    job->size = number_at(s, 2);
    job->timeout_ms = signed_number(s->fields[3]);
    job->answer = say_resized;
    start(&job->thread, resize, job);
    say_done(MMIO_OK);
}

static void do_join(const step *s)
{
    entry *job = entry_named(s->fields[0]);
    pthread_join(job->thread, NULL);
    last_error = job->error;
    job->answer(job);
}

ANSWER(close, say_done(mmio_map_shutdown(s->map, &last_error)))

static void do_view(const step *s)
{
    entry *v = entry_named(s->fields[0]);
    const uint32_t flags = number_option(s, "write") == 1 ? MMIO_VIEW_WRITE : 0;
    const mmio_status status =
        mmio_view_acquire(s->map, number_at(s, 2), number_at(s, 3), flags, &v->view, &last_error);
    say_view(status, v, flags != 0);
}

static void do_get(const step *s)
{
    const char *data = s->view->view.data;
    say_hex(MMIO_OK, "hex", data + number_at(s, 1), (size_t)number_at(s, 2));
}

static void do_put(const step *s)
{
    if (!s->view->is_writable) {
        say_failure("MMIO_ERR_MODE", "the view is read-only");
        return;
    }
    size_t size;
    const char *data = bytes(s->fields[2], &size);
    memcpy((char *)s->view->view.data + number_at(s, 1), data, size);
    say_done(MMIO_OK);
}

ANSWER(adler, say_adler(MMIO_OK, s->view->view.data, s->view->view.size))
ANSWER(address, say(MMIO_OK, "address=%" PRIuPTR, (uintptr_t)s->view->view.data))

static void *release(void *argument)
{
    entry *v = argument;
    mmio_view_release(&v->view);
    v->is_live = false;
    return NULL;
}

static void do_release(const step *s)
{
    if (is_verb(s, "release_elsewhere")) {
        pthread_t thread;
        start(&thread, release, s->view);
        pthread_join(thread, NULL);
    } else {
        release(s->view);
    }
    say_done(MMIO_OK);
}

static void do_walk(const step *s)
{
    const char *fill = option(s, "fill");
    mmio_walk walk;
    const mmio_status status = mmio_walk_begin(
        s->map, number_at(s, 1), fill != NULL ? MMIO_VIEW_WRITE : 0, &walk, &last_error);
    const uint64_t promised = walk.chunk_count;
    uint64_t count = 0;
    uint64_t last = 0;
    uint32_t adler = 1;
    void *data;
    for (uint64_t size; mmio_walk_next(&walk, &data, &size) == 1; count++) {
        if (fill != NULL) {
            memset(data, (int)number(fill), (size_t)size);
        }
        adler = adler_more(adler, data, size);
        last = size;
    }
    mmio_walk_end(&walk);
    if (count != promised) {
        die("the walk did not keep to its number of chunks", s->fields[0]);
    }
    say(status, "count=%" PRIu64 "\tlast=%" PRIu64 "\tadler=%" PRIu32, count, last, adler);
}

ANSWER(flush, say_done(mmio_map_flush(s->map, CHOICE(s->fields[1], levels), &last_error)))

static void do_flush_range(const step *s)
{
    say_done(mmio_map_flush_range(s->map, number_at(s, 1), number_at(s, 2),
                                  CHOICE(s->fields[3], levels), &last_error));
}

ANSWER(page_size, say_value(mmio_page_size()))
ANSWER(map_granularity, say_value(mmio_map_granularity()))
ANSWER(max_size, say_value(mmio_max_size()))
ANSWER(version, say(MMIO_OK, "version=%s", mmio_version_string()))
ANSWER(has, say_value((uint64_t)mmio_has((uint32_t)number_at(s, 0))))

static void do_status_name(const step *s)
{
    const char *name = mmio_status_name((mmio_status)signed_number(s->fields[0]));
    say(MMIO_OK, "name=%s", name != NULL ? name : "");
}

static void do_null_map(const step *s)
{
    (void)s;
    char byte;
    if (mmio_map_size(NULL) != 0) {
        die("NULL has a size", "mmio_map_size");
    }
    say_done(mmio_map_read(NULL, 0, &byte, 1, &last_error));
}

static void do_null_path(const step *s)
{
    (void)s;
    mmio_map *map;
    say_done(mmio_map_open(NULL, NULL, &map, &last_error));
}

static void do_raw_options(const step *s)
{
    mmio_open_options *options = allocate(OPTIONS_SIZE_MOST);
    memset(options, (int)number_at(s, 2), OPTIONS_SIZE_MOST);
    *options = (mmio_open_options){.struct_size = (uint32_t)number_at(s, 1)};
    mmio_map *map;
    say_done(mmio_map_open(path_of(s->fields[0]), options, &map, &last_error));
    mmio_map_close(map);
}

const verb map_verbs[] = {
    {"open", 2, NOTHING, do_open},
    {"anonymous", 2, NOTHING, do_anonymous},
    {"from_handle", 2, NOTHING, do_from_handle},
    {"into_handle", 1, MAP_FIRST, do_into_handle},
    {"size", 1, MAP_FIRST, do_size},
    {"mode", 1, MAP_FIRST, do_mode},
    {"path", 1, MAP_FIRST, do_path},
    {"pending", 1, MAP_FIRST, do_pending},
    {"info", 1, MAP_FIRST, do_info},
    {"resize", 3, MAP_FIRST, do_resize},
    {"resize_start", 4, MAP_SECOND, do_resize_start},
    {"join", 1, NOTHING, do_join},
    {"close", 1, MAP_FIRST, do_close},
    {"view", 4, MAP_SECOND, do_view},
    {"get", 3, VIEW_FIRST, do_get},
    {"put", 3, VIEW_FIRST, do_put},
    {"adler", 1, VIEW_FIRST, do_adler},
    {"address", 1, VIEW_FIRST, do_address},
    {"release", 1, VIEW_FIRST, do_release},
    {"release_elsewhere", 1, VIEW_FIRST, do_release},
    {"walk", 2, MAP_FIRST, do_walk},
    {"flush", 2, MAP_FIRST, do_flush},
    {"flush_range", 4, MAP_FIRST, do_flush_range},
    {"page_size", 0, NOTHING, do_page_size},
    {"map_granularity", 0, NOTHING, do_map_granularity},
    {"max_size", 0, NOTHING, do_max_size},
    {"version", 0, NOTHING, do_version},
    {"status_name", 1, NOTHING, do_status_name},
    {"has", 1, NOTHING, do_has},
    {"null_map", 0, NOTHING, do_null_map},
    {"null_path", 0, NOTHING, do_null_path},
    {"raw_options", 3, NOTHING, do_raw_options},
    {NULL, 0, NOTHING, NULL},
};
