/* SPDX-License-Identifier: Apache-2.0 */
/* I1: what watches tell of a file, and what they do not. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"
#include "watching.h"

static void write_inside(void)
{
    put_bytes("f", 10, "abc");
}

static void write_beyond(void)
{
    put_bytes("f", VIEW_SIZE + 100, "abc");
}

static void cut(void)
{
    need(truncate("f", 4096) == 0);
}

static void grow(void)
{
    need(truncate("f", 100000) == 0);
}

static void I1_writing_growing_and_cutting_are_told_with_the_size(void **state)
{
    (void)state;
    scene (*const watching[])(void) = {scene_of_path, scene_of_map};
    for (size_t i = 0; i < 2; i++) {
        scene s = watching[i]();
        by_another_process(write_inside);
        expect(&s, MMIO_WATCH_MODIFIED, VIEW_SIZE);
        by_another_process(write_beyond);
        expect(&s, MMIO_WATCH_GROWN, VIEW_SIZE + 103);
        by_another_process(grow);
        expect(&s, MMIO_WATCH_GROWN, 100000);
        by_another_process(cut);
        expect(&s, MMIO_WATCH_TRUNCATED, 4096);
        expect_nothing(&s, 4096);
        scene_end(&s);
        assert_int_equal(unlink("f"), 0);
    }
}

static void set_times(void)
{
    const struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    need(utimensat(AT_FDCWD, "f", times, 0) == 0);
}

static void make_link(void)
{
    need(link("f", "g") == 0);
}

static void remove_link(void)
{
    need(unlink("g") == 0);
}

static void I1_metadata_is_told(void **state)
{
    (void)state;
    scene (*const watching[])(void) = {scene_of_path, scene_of_map};
    void (*const changes[])(void) = {change_mode, set_times, make_link, remove_link};
    for (size_t i = 0; i < 2; i++) {
        scene s = watching[i]();
        for (size_t change = 0; change < 4; change++) {
            by_another_process(changes[change]);
            expect(&s, MMIO_WATCH_METADATA, VIEW_SIZE);
        }
        expect_nothing(&s, VIEW_SIZE);
        scene_end(&s);
        assert_int_equal(unlink("f"), 0);
    }
}

static void read_all(void)
{
    char bytes[VIEW_SIZE];
    const int fd = open("f", O_RDWR | O_CLOEXEC);
    need(fd >= 0 && read(fd, bytes, sizeof bytes) == sizeof bytes);
    need(close(fd) == 0);
    struct stat facts;
    need(stat("f", &facts) == 0);
    /* Other files of the directory are nobody's business. */
    new_file("other", 10);
    need(rename("other", "another") == 0 && unlink("another") == 0);
}

static void I1_access_alone_is_not_told(void **state)
{
    (void)state;
    scene (*const watching[])(void) = {scene_of_path, scene_of_map};
    for (size_t i = 0; i < 2; i++) {
        scene s = watching[i]();
        char bytes[100];
        by_another_process(read_all);
        assert_ok(mmio_map_read(s.map, 0, bytes, sizeof bytes, ERR));
        mmio_map_close(open_mode("f", MMIO_MODE_RO));
        expect_nothing(&s, VIEW_SIZE);
        scene_end(&s);
        assert_int_equal(unlink("f"), 0);
    }
}

static void I1_stores_through_maps_are_not_told(void **state)
{
    (void)state;
    scene s = scene_of_map();
    mmio_view view;
    assert_ok(mmio_view_acquire(s.map, 0, VIEW_SIZE, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'x', VIEW_SIZE);
    mmio_view_release(&view);
    assert_ok(mmio_map_flush(s.map, MMIO_FLUSH_DATA, ERR));
    expect_nothing(&s, VIEW_SIZE);
    scene_end(&s);
}

static void I1_watches_of_one_file_are_told_each(void **state)
{
    (void)state;
    scene s = scene_of_path();
    uint64_t more[2];
    assert_ok(mmio_watcher_add_path(s.watcher, "f", &more[0], ERR));
    assert_ok(mmio_watcher_add_map(s.watcher, s.map, &more[1], ERR));
    assert_true(more[0] != s.watch && more[1] != s.watch && more[0] != more[1]);
    by_another_process(write_inside);
    uint64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        mmio_watch_event event;
        assert_ok(mmio_watcher_next(s.watcher, PATIENCE, &event, ERR));
        assert_int_equal(event.kind, MMIO_WATCH_MODIFIED);
        sum += event.watch;
    }
    assert_int_equal(sum, s.watch + more[0] + more[1]);

    assert_ok(mmio_watcher_remove(s.watcher, more[0], ERR));
    assert_ok(mmio_watcher_remove(s.watcher, more[1], ERR));
    by_another_process(write_inside);
    expect(&s, MMIO_WATCH_MODIFIED, VIEW_SIZE);
    expect_nothing(&s, VIEW_SIZE);
    scene_end(&s);
}

static void I1_a_watch_does_not_keep_the_map_or_make_it_busy(void **state)
{
    (void)state;
    scene s = scene_of_map();
    mmio_view_release(&s.view);
    intptr_t handle;
    for (int i = 0; i < 1000; i++) {
        /* The thread looks at the file while the map is taken back. */
        assert_int_equal(chmod("f", 0600), 0);
        assert_ok(mmio_map_into_handle(s.map, &handle, ERR));
        mmio_map_close(s.map);
        assert_ok(mmio_map_from_handle(handle, "f", NULL, &s.map, ERR));
        assert_ok(mmio_watcher_remove(s.watcher, s.watch, ERR));
        assert_ok(mmio_watcher_add_map(s.watcher, s.map, &s.watch, ERR));
    }
    mmio_map_close(s.map);
    s.map = NULL;
    mmio_watch_event event;
    while (mmio_watcher_next(s.watcher, 0, &event, ERR) == MMIO_OK) {
    }
    by_another_process(cut);
    do {
        assert_ok(mmio_watcher_next(s.watcher, PATIENCE, &event, ERR));
    } while (event.kind == MMIO_WATCH_METADATA || event.kind == MMIO_WATCH_OVERFLOW);
    assert_int_equal(event.kind, MMIO_WATCH_TRUNCATED);
    by_another_process(remove_file);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    scene_end(&s);
}

static void I1_a_label_that_is_no_path_does_no_harm(void **state)
{
    (void)state;
    make_file("f", VIEW_SIZE, 'x');
    make_file("label", 5, 'x');
    const int fd = open("f", O_RDONLY | O_CLOEXEC);
    scene s = {.map = NULL};
    assert_ok(mmio_map_from_handle(fd, "label", NULL, &s.map, ERR));
    assert_ok(mmio_watcher_open(&s.watcher, ERR));
    assert_ok(mmio_watcher_add_map(s.watcher, s.map, &s.watch, ERR));
    assert_int_equal(truncate("label", 1), 0);
    assert_int_equal(unlink("label"), 0);
    make_file("label", 7, 'y');
    expect_nothing(&s, VIEW_SIZE);
    scene_end(&s);
}

static void I1_bad_input_is_refused(void **state)
{
    (void)state;
    scene s = scene_begin();
    mmio_map *anonymous = anonymous_map(10);
    mmio_watcher *none;
    uint64_t watch = 7;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_status(MMIO_ERR_INVALID, mmio_watcher_open(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_path(NULL, "f", &watch, ERR));
    assert_int_equal(watch, 0);
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_path(s.watcher, NULL, &watch, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_path(s.watcher, "f", NULL, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_add_path(s.watcher, "none", &watch, ERR));
    assert_int_not_equal(last_error.os_code, 0);
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_add_path(s.watcher, "none/f", &watch, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_add_path(s.watcher, "", &watch, ERR));
    assert_status(MMIO_ERR_NOT_FILE, mmio_watcher_add_path(s.watcher, "d", &watch, ERR));
    assert_status(MMIO_ERR_NOT_FILE, mmio_watcher_add_path(s.watcher, "/", &watch, ERR));
    assert_status(MMIO_ERR_NOT_FILE, mmio_watcher_add_path(s.watcher, "fifo", &watch, ERR));
    static char endless[8000];
    memset(endless, 'd', sizeof endless - 3);
    strcpy(endless + sizeof endless - 3, "/f");
    assert_status(MMIO_ERR_IO, mmio_watcher_add_path(s.watcher, endless, &watch, ERR));
    assert_int_equal(last_error.os_code, ENAMETOOLONG);
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_map(s.watcher, NULL, &watch, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_map(s.watcher, s.map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_map(NULL, s.map, &watch, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_add_map(NULL, anonymous, &watch, ERR));
    assert_status(MMIO_ERR_MODE, mmio_watcher_add_map(s.watcher, anonymous, &watch, ERR));
    assert_ok(mmio_map_shutdown(s.map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_watcher_add_map(s.watcher, s.map, &watch, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_remove(s.watcher, 12345678, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_remove(s.watcher, 0, ERR));

    /* Another watcher's watch is not this one's. */
    assert_ok(mmio_watcher_open(&none, ERR));
    assert_ok(mmio_watcher_add_path(none, "f", &watch, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_remove(s.watcher, watch, ERR));
    assert_ok(mmio_watcher_remove(none, watch, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_remove(none, watch, ERR));
    mmio_watcher_close(none);
    mmio_watcher_close(NULL);
    mmio_map_close(anonymous);
    scene_end(&s);
}

/* In a user namespace of its own, whose limit is its own. Exits with 2 if there can be none. */
static void reach_the_limit(void)
{
    if (unshare(CLONE_NEWUSER) != 0) {
        _exit(2);
    }
    FILE *limit = fopen("/proc/sys/user/max_inotify_watches", "w");
    if (limit == NULL || fputs("3\n", limit) < 0 || fclose(limit) != 0) {
        _exit(2);
    }
    mmio_watcher *watcher;
    uint64_t watch;
    mmio_error error;
    need(mmio_watcher_open(&watcher, NULL) == MMIO_OK);
    /* The bell, the directory and one file. */
    need(mmio_watcher_add_path(watcher, "f", &watch, NULL) == MMIO_OK);
    need(mmio_watcher_add_path(watcher, "g", &watch, &error) == MMIO_ERR_LIMIT);
    need(watch == 0 && error.os_code == 28 /* ENOSPC */);
    mmio_watcher_close(watcher);
}

static void I1_the_limit_of_watches_is_a_status_with_the_code(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    make_file("g", 10, 'x');
    need_threads_in_children();
    const int code = exit_code_of_another_process(reach_the_limit);
    if (code == 2) {
        print_message("no user namespaces here\n");
        skip();
    }
    assert_int_equal(code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(I1_writing_growing_and_cutting_are_told_with_the_size),
        IN_DIRECTORY(I1_metadata_is_told),
        IN_DIRECTORY(I1_access_alone_is_not_told),
        IN_DIRECTORY(I1_stores_through_maps_are_not_told),
        IN_DIRECTORY(I1_watches_of_one_file_are_told_each),
        IN_DIRECTORY(I1_a_watch_does_not_keep_the_map_or_make_it_busy),
        IN_DIRECTORY(I1_a_label_that_is_no_path_does_no_harm),
        IN_DIRECTORY(I1_bad_input_is_refused),
        IN_DIRECTORY(I1_the_limit_of_watches_is_a_status_with_the_code),
    };
    return cmocka_run_group_tests_name("contract I1: watches", tests, NULL, NULL);
}
