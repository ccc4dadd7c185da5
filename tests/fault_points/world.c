/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void need(bool is_given, const char *what, const char *file, int line)
{
    if (!is_given) {
        (void)fprintf(stderr, "%s:%d: not given: %s\n", file, line, what);
        exit(2);
    }
}

/* Files. */

uint8_t pattern_at(uint64_t offset)
{
    return (uint8_t)(offset * 31 + offset / 251);
}

const uint8_t *pattern(void)
{
    static uint8_t bytes[F_SIZE];
    static bool is_made;
    for (uint64_t i = 0; !is_made && i < sizeof bytes; i++) {
        bytes[i] = pattern_at(i);
    }
    is_made = true;
    return bytes;
}

void make_file(const char *path, uint64_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    NEED(fd >= 0 && size <= F_SIZE && write(fd, pattern(), size) == (ssize_t)size);
    (void)close(fd);
}

int64_t size_of(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 ? (int64_t)facts.st_size : -1;
}

bool has_pattern(const char *path, uint64_t size)
{
    static uint8_t bytes[F_SIZE + 1];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    (void)close(fd);
    return got >= 0 && (uint64_t)got == size && memcmp(bytes, pattern(), size) == 0;
}

long count_names(void)
{
    long count = 0;
    DIR *directory = opendir(".");
    NEED(directory != NULL);
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

static void remove_names(void)
{
    DIR *directory = opendir(".");
    NEED(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        (void)unlink(entry->d_name);
    }
    (void)closedir(directory);
}

/* Set-ups. */

mmio_open_options options_of(uint32_t mode, uint32_t disposition, uint64_t size)
{
    return (mmio_open_options){.struct_size = sizeof(mmio_open_options),
                               .mode = mode,
                               .disposition = disposition,
                               .size = size};
}

void set_up_nothing(world *w)
{
    (void)w;
}

void set_up_file(world *w)
{
    (void)w;
    make_file("f", F_SIZE);
}

void open_f(world *w, const mmio_open_options *options)
{
    make_file("f", F_SIZE);
    NEED(mmio_map_open("f", options, &w->map, NULL) == MMIO_OK);
}

static void open_mode(world *w, uint32_t mode, uint64_t reserve)
{
    mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    options.reserve = reserve;
    open_f(w, &options);
}

void set_up_map(world *w)
{
    open_mode(w, MMIO_MODE_RW, 0);
}

void set_up_written(world *w)
{
    set_up_map(w);
    const uint8_t byte = pattern_at(0);
    NEED(mmio_map_write(w->map, 0, &byte, 1, NULL) == MMIO_OK);
}

void set_up_read_only(world *w)
{
    open_mode(w, MMIO_MODE_RO, 0);
}

void set_up_tight(world *w)
{
    open_mode(w, MMIO_MODE_RW, 1);
}

void set_up_two(world *w)
{
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    set_up_map(w);
    make_file("g", F_SIZE);
    NEED(mmio_map_open("g", &options, &w->other, NULL) == MMIO_OK);
}

void set_up_anonymous(world *w)
{
    NEED(mmio_map_anonymous(F_SIZE, NULL, &w->map, NULL) == MMIO_OK);
}

/* Afterwards. */

static const char *check_bytes(world *w, uint64_t size)
{
    static uint8_t bytes[F_SIZE];
    mmio_map_info info = {.struct_size = sizeof info};
    CHECK(mmio_map_get_info(w->map, &info, NULL) == MMIO_OK);
    if (info.kind != MMIO_KIND_FILE || size > sizeof bytes) {
        return NULL;
    }
    CHECK(mmio_map_read(w->map, 0, bytes, size, NULL) == MMIO_OK);
    CHECK(memcmp(bytes, pattern() + info.window_offset, size) == 0);
    return NULL;
}

const char *check_map(world *w)
{
    const uint64_t size = mmio_map_size(w->map);
    uint8_t byte = 0;
    if (size == 0) {
        return NULL;
    }
    CHECK(mmio_map_read(w->map, size - 1, &byte, 1, NULL) == MMIO_OK);
    const mmio_status status = mmio_map_write(w->map, size - 1, &byte, 1, NULL);
    CHECK(status == MMIO_OK || status == MMIO_ERR_MODE);
    return NULL;
}

const char *check_unchanged(world *w, unsigned flags)
{
    CHECK(count_names() == w->names);
    CHECK((flags & CHANGES_FILE) != 0 || size_of("f") < 0 || has_pattern("f", F_SIZE));
    if (w->map == NULL || (flags & CHANGES_MAP) != 0) {
        return NULL;
    }
    CHECK(w->map_size == 0 || mmio_map_size(w->map) == w->map_size);
    const char *wrong = check_bytes(w, w->map_size);
    return wrong != NULL ? wrong : check_map(w);
}

void tear_down(world *w)
{
    mmio_operation_close(w->operation);
    mmio_queue_close(w->queue);
    if (w->has_walk) {
        mmio_walk_end(&w->walk);
    }
    if (w->has_view) {
        mmio_view_release(&w->view);
    }
    mmio_cursor_close(w->cursor);
    mmio_segment_close(w->segment);
    mmio_range_lock_release(w->lock);
    mmio_inventory_close(w->inventory);
    mmio_pressure_close(w->pressure);
    mmio_watcher_close(w->watcher);
    mmio_source_close(w->source);
    mmio_map_close(w->other);
    mmio_map_close(w->map);
    NEED(mmio_fault_guard(MMIO_GUARD_OFF, NULL) == MMIO_OK);
    if (w->fd >= 0) {
        (void)close(w->fd);
    }
    if (w->far != NULL) {
        (void)unlink(w->far);
    }
    remove_names();
}
