/* SPDX-License-Identifier: Apache-2.0 */
/* I4: sources that follow a path. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "watching.h"

static mmio_source *open_source(const char *path, uint32_t flags)
{
    mmio_source *source = NULL;
    assert_ok(mmio_source_open(path, NULL, flags, &source, ERR));
    return source;
}

/* What the source shows now is a file of this size, all of this byte; and its number. */
static uint64_t check_map(mmio_source *source, uint64_t size, char fill)
{
    mmio_map *map = NULL;
    uint64_t generation = 0;
    assert_ok(mmio_source_map(source, &map, &generation, ERR));
    assert_int_equal(mmio_map_size(map), size);
    char byte = fill;
    if (size != 0) {
        assert_ok(mmio_map_read(map, size - 1, &byte, 1, ERR));
    }
    assert_int_equal(byte, fill);
    mmio_map_close(map);
    return generation;
}

static uint32_t refresh(mmio_source *source)
{
    uint32_t changed = 7;
    assert_ok(mmio_source_refresh(source, &changed, ERR));
    return changed;
}

/* What says nothing about a file's identity: the same for all. */
static void make_file_of_old(const char *path, uint64_t size, int fill)
{
    const struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    make_file(path, size, fill);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void I4_a_replaced_file_of_the_same_size_and_time_is_mapped_anew(void **state)
{
    (void)state;
    make_file_of_old("f", 5000, 'a');
    mmio_source *source = open_source("f", 0);
    assert_int_equal(check_map(source, 5000, 'a'), 1);
    assert_int_equal(refresh(source), 0);
    make_file_of_old("new", 5000, 'b');
    assert_int_equal(rename("new", "f"), 0);
    assert_int_equal(check_map(source, 5000, 'a'), 1);
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 5000, 'b'), 2);
    assert_int_equal(refresh(source), 0);
    mmio_source_close(source);
}

static void I4_the_same_file_written_anew_is_noticed_by_its_change_time(void **state)
{
    (void)state;
    make_file_of_old("f", 5000, 'a');
    mmio_source *source = open_source("f", 0);
    struct stat before;
    struct stat after;
    assert_int_equal(stat("f", &before), 0);
    do {
        make_file_of_old("f", 5000, 'b');
        assert_int_equal(stat("f", &after), 0);
        /* Older kernels tell times by a coarse clock. */
    } while (after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 5000, 'b'), 2);
    mmio_source_close(source);
}

static void I4_growing_and_cutting_are_mapped_anew(void **state)
{
    (void)state;
    make_file("f", 100, 'a');
    mmio_source *source = open_source("f", 0);
    make_file("f", 9000, 'b');
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 9000, 'b'), 2);
    assert_int_equal(truncate("f", 50), 0);
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 50, 'b'), 3);
    assert_int_equal(truncate("f", 0), 0);
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 0, 0), 4);
    mmio_source_close(source);
}

static void I4_maps_and_views_of_before_stay_valid(void **state)
{
    (void)state;
    make_file("f", 5000, 'a');
    mmio_source *source = open_source("f", 0);
    const int descriptors = open_descriptors();
    mmio_map *old = NULL;
    mmio_view kept;
    mmio_view dropped;
    assert_ok(mmio_source_map(source, &old, NULL, ERR));
    assert_ok(mmio_view_acquire(old, 0, 5000, 0, &kept, ERR));
    assert_ok(mmio_view_acquire(old, 0, 5000, 0, &dropped, ERR));
    for (int i = 0; i < 10; i++) {
        make_file("new", 100, 'b');
        assert_int_equal(rename("new", "f"), 0);
        assert_int_equal(refresh(source), 1);
    }
    mmio_view_release(&dropped);
    char byte = 0;
    assert_ok(mmio_map_read(old, 4999, &byte, 1, ERR));
    assert_int_equal(byte, 'a');
    mmio_map_close(old);
    mmio_source_close(source);
    assert_int_equal(((const char *)kept.data)[4999], 'a');
    mmio_view_release(&kept);
    /* All that was mapped is closed, the source's last one too. */
    assert_int_equal(open_descriptors(), descriptors - 1);
}

static void I4_the_old_map_stays_while_there_is_nothing_to_map(void **state)
{
    (void)state;
    make_file("f", 100, 'a');
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    mmio_source *source = NULL;
    uint32_t changed = 7;
    assert_ok(mmio_source_open("f", &options, 0, &source, ERR));
    assert_int_equal(unlink("f"), 0);
    assert_status(MMIO_ERR_NOT_FOUND, mmio_source_refresh(source, &changed, ERR));
    assert_int_not_equal(last_error.os_code, 0);
    assert_int_equal(changed, 0);
    make_file("f", 0, 'b');
    assert_status(MMIO_ERR_INVALID, mmio_source_refresh(source, &changed, ERR));
    assert_int_equal(unlink("f"), 0);
    assert_int_equal(mkdir("f", 0700), 0);
    assert_status(MMIO_ERR_NOT_FILE, mmio_source_refresh(source, NULL, ERR));
    assert_int_equal(check_map(source, 100, 'a'), 1);
    assert_int_equal(rmdir("f"), 0);
    make_file("f", 200, 'b');
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 200, 'b'), 2);
    mmio_source_close(source);
}

static void I4_a_map_that_was_shut_down_is_mapped_anew(void **state)
{
    (void)state;
    make_file("f", 100, 'a');
    mmio_source *source = open_source("f", 0);
    mmio_map *map = NULL;
    assert_ok(mmio_source_map(source, &map, NULL, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    mmio_map_close(map);
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 100, 'a'), 2);
    mmio_source_close(source);
}

static void I4_the_current_directory_may_change(void **state)
{
    (void)state;
    make_file("f", 100, 'a');
    mmio_source *source = open_source("f", 0);
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(chdir("d"), 0);
    make_file("f", 300, 'z');
    assert_int_equal(refresh(source), 0);
    make_file("../f", 200, 'b');
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 200, 'b'), 2);
    mmio_source_close(source);
    assert_int_equal(chdir(".."), 0);
}

/* Wait for generation after generation until the source shows that. */
static void await_map(mmio_source *source, uint64_t size, char fill)
{
    for (;;) {
        mmio_map *map = NULL;
        uint64_t generation = 0;
        char byte = 0;
        assert_ok(mmio_source_map(source, &map, &generation, ERR));
        const bool is_there = mmio_map_size(map) == size &&
                              mmio_map_read(map, size - 1, &byte, 1, ERR) == MMIO_OK &&
                              byte == fill;
        mmio_map_close(map);
        if (is_there) {
            return;
        }
        uint64_t newer = 0;
        assert_ok(mmio_source_wait(source, generation, PATIENCE, &newer, ERR));
        assert_true(newer > generation);
    }
}

static void replace_at_once(void)
{
    new_file("new", 7000);
    put_bytes("new", 6999, "r");
    need(rename("new", "f") == 0);
}

static void grow_by_one(void)
{
    put_bytes("f", 7000, "g");
}

static void cut_short(void)
{
    need(truncate("f", 6000) == 0);
    put_bytes("f", 5999, "c");
}

static void remove_it(void)
{
    need(unlink("f") == 0);
}

static void make_again(void)
{
    new_file("f", 3000);
    put_bytes("f", 2999, "m");
}

static void I4_an_automatic_source_publishes_by_itself(void **state)
{
    (void)state;
    make_file("f", 5000, 'a');
    mmio_source *source = open_source("f", MMIO_SOURCE_AUTO);
    mmio_map *old = NULL;
    mmio_view view;
    assert_ok(mmio_source_map(source, &old, NULL, ERR));
    assert_ok(mmio_view_acquire(old, 0, 5000, 0, &view, ERR));
    by_another_process(replace_at_once);
    await_map(source, 7000, 'r');
    by_another_process(grow_by_one);
    await_map(source, 7001, 'g');
    by_another_process(cut_short);
    await_map(source, 6000, 'c');
    by_another_process(remove_it);
    by_another_process(make_again);
    await_map(source, 3000, 'm');
    assert_int_equal(((const char *)view.data)[4999], 'a');
    mmio_view_release(&view);
    mmio_map_close(old);
    mmio_source_close(source);
    await_threads(0);
}

typedef struct waiter {
    mmio_source *source;
    mmio_status status;
    uint64_t generation;
    _Atomic int number; /* Of its thread, once it is about to wait. */
} waiter;

static void *wait_for_newer(void *argument)
{
    waiter *w = argument;
    w->number = gettid();
    w->status = mmio_source_wait(w->source, 1, -1, &w->generation, NULL);
    return NULL;
}

static void I4_waiting_for_a_generation(void **state)
{
    (void)state;
    make_file("f", 5000, 'a');
    waiter w = {.source = open_source("f", 0)};
    uint64_t generation = 7;
    uintptr_t thread;
    assert_status(MMIO_ERR_BUSY, mmio_source_wait(w.source, 1, 0, &generation, ERR));
    assert_int_equal(generation, 0);
    assert_status(MMIO_ERR_TIMEOUT, mmio_source_wait(w.source, 1, 20, &generation, ERR));
    assert_ok(mmio_source_wait(w.source, 0, 0, &generation, ERR));
    assert_int_equal(generation, 1);

    start_thread(&thread, wait_for_newer, &w);
    make_file("f", 6000, 'a');
    assert_int_equal(refresh(w.source), 1);
    join_thread(thread);
    assert_status(MMIO_OK, w.status);
    assert_int_equal(w.generation, 2);
    mmio_source_close(w.source);
}

static void I4_closing_sends_those_who_wait_away(void **state)
{
    (void)state;
    make_file("f", 5000, 'a');
    for (int i = 0; i < 50; i++) {
        waiter w = {.source = open_source("f", 0)};
        uintptr_t thread;
        start_thread(&thread, wait_for_newer, &w);
        while (w.number == 0) {
        }
        await_asleep(w.number);
        mmio_source_close(w.source);
        join_thread(thread);
        assert_status(MMIO_ERR_CLOSED, w.status);
        assert_int_equal(w.generation, 0);
    }
}

static void *refresh_often(void *argument)
{
    for (int i = 0; i < 300; i++) {
        mmio_map *map = NULL;
        uint32_t changed;
        assert_ok(mmio_source_refresh(argument, &changed, NULL));
        assert_ok(mmio_source_map(argument, &map, NULL, NULL));
        char byte = 0;
        assert_ok(mmio_map_read(map, 0, &byte, 1, NULL));
        mmio_map_close(map);
    }
    return NULL;
}

static void I4_threads_refresh_and_read_at_once(void **state)
{
    (void)state;
    make_file("f", 5000, 'a');
    mmio_source *source = open_source("f", MMIO_SOURCE_AUTO);
    uintptr_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        start_thread(&threads[i], refresh_often, source);
    }
    for (int i = 0; i < 300; i++) {
        make_file("new", 100, 'b');
        assert_int_equal(rename("new", "f"), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        join_thread(threads[i]);
    }
    mmio_source_close(source);
}

static mmio_source *inherited;
static mmio_map *inherited_map;

static void use_in_child(void)
{
    mmio_map *map = NULL;
    uint32_t changed = 7;
    uint64_t generation = 7;
    char byte = 0;
    need(mmio_source_map(inherited, &map, &generation, NULL) == MMIO_ERR_FORKED);
    need(map == NULL && generation == 0);
    need(mmio_source_refresh(inherited, &changed, NULL) == MMIO_ERR_FORKED && changed == 0);
    need(mmio_source_wait(inherited, 0, -1, NULL, NULL) == MMIO_ERR_FORKED);
    need(mmio_map_read(inherited_map, 0, &byte, 1, NULL) == MMIO_OK && byte == 'a');
    mmio_source_close(inherited);
    mmio_source *own;
    need(mmio_source_open("f", NULL, MMIO_SOURCE_AUTO, &own, NULL) == MMIO_OK);
    need(truncate("f", 100) == 0);
    need(mmio_source_wait(own, 1, PATIENCE, &generation, NULL) == MMIO_OK);
    mmio_source_close(own);
}

static void I4_a_child_process_has_sources_of_its_own(void **state)
{
    (void)state;
    need_threads_in_children();
    const uint32_t flags[] = {0, MMIO_SOURCE_AUTO};
    for (size_t i = 0; i < 2; i++) {
        make_file("f", 5000, 'a');
        inherited = open_source("f", flags[i]);
        assert_ok(mmio_source_map(inherited, &inherited_map, NULL, ERR));
        by_another_process(use_in_child);
        if (flags[i] == 0) {
            assert_int_equal(refresh(inherited), 1);
        }
        await_map(inherited, 100, 'a');
        mmio_map_close(inherited_map);
        mmio_source_close(inherited);
    }
}

static void I4_bad_input_is_refused(void **state)
{
    (void)state;
    make_file("f", 100, 'a');
    make_file("empty", 0, 'a');
    mmio_source *source = (mmio_source *)state;
    mmio_map *map;
    const int descriptors = open_descriptors();
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10);
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", &options, 0, &source, ERR));
    assert_null(source);
    assert_int_equal(file_size("f"), 100);
    options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    assert_status(MMIO_ERR_INVALID, mmio_source_open("empty", &options, 0, &source, ERR));
    options.flags = MMIO_OPEN_BENEATH;
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", &options, 0, &source, ERR));
    options.flags = 0;
    options.struct_size = 47;
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", &options, 0, &source, ERR));
    options.struct_size = 72;
    assert_ok(mmio_source_open("f", &options, 0, &source, ERR));
    mmio_source_close(source);
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", NULL, 2, &source, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_source_open(NULL, NULL, 0, &source, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", NULL, 0, NULL, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_source_open("none", NULL, 0, &source, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_source_open("", NULL, 0, &source, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_source_map(NULL, &map, NULL, ERR));
    assert_null(map);
    assert_status(MMIO_ERR_INVALID, mmio_source_refresh(NULL, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_source_wait(NULL, 0, 0, NULL, ERR));
    source = open_source("f", 0);
    assert_status(MMIO_ERR_INVALID, mmio_source_map(source, NULL, NULL, ERR));
    mmio_source_close(source);
    mmio_source_close(NULL);
    assert_int_equal(open_descriptors(), descriptors);
    assert_status(MMIO_ERR_NOT_FOUND,
                  mmio_source_open("none", NULL, MMIO_SOURCE_AUTO, &source, ERR));
}

/* A name that comes to stand for a file on another file system, whatever its number. */
static void I4_I1_a_file_on_another_file_system_is_another_file(void **state)
{
    (void)state;
    char far[64];
    (void)snprintf(far, sizeof far, "/dev/shm/mmio-test-%d", (int)getpid());
    make_file("near", 100, 'a');
    make_file(far, 200, 'b');
    assert_int_equal(symlink("near", "f"), 0);
    assert_int_equal(symlink(far, "other"), 0);
    mmio_source *source = open_source("f", 0);
    mmio_watcher *watcher = NULL;
    mmio_watch_event event;
    uint64_t watch;
    assert_ok(mmio_watcher_open(&watcher, ERR));
    assert_ok(mmio_watcher_add_path(watcher, "f", &watch, ERR));
    assert_int_equal(rename("other", "f"), 0);
    assert_int_equal(refresh(source), 1);
    assert_int_equal(check_map(source, 200, 'b'), 2);
    assert_ok(mmio_watcher_next(watcher, PATIENCE, &event, ERR));
    assert_int_equal(event.kind, MMIO_WATCH_REPLACED);
    assert_int_equal(event.size, 200);
    mmio_watcher_close(watcher);
    mmio_source_close(source);
    assert_int_equal(unlink(far), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(I4_bad_input_is_refused),
        IN_DIRECTORY(I4_a_replaced_file_of_the_same_size_and_time_is_mapped_anew),
        IN_DIRECTORY(I4_the_same_file_written_anew_is_noticed_by_its_change_time),
        IN_DIRECTORY(I4_growing_and_cutting_are_mapped_anew),
        IN_DIRECTORY(I4_maps_and_views_of_before_stay_valid),
        IN_DIRECTORY(I4_the_old_map_stays_while_there_is_nothing_to_map),
        IN_DIRECTORY(I4_a_map_that_was_shut_down_is_mapped_anew),
        IN_DIRECTORY(I4_the_current_directory_may_change),
        IN_DIRECTORY(I4_an_automatic_source_publishes_by_itself),
        IN_DIRECTORY(I4_waiting_for_a_generation),
        IN_DIRECTORY(I4_closing_sends_those_who_wait_away),
        IN_DIRECTORY(I4_threads_refresh_and_read_at_once),
        IN_DIRECTORY(I4_a_child_process_has_sources_of_its_own),
        IN_DIRECTORY(I4_I1_a_file_on_another_file_system_is_another_file),
    };
    return cmocka_run_group_tests_name("contract I4: sources", tests, NULL, NULL);
}
