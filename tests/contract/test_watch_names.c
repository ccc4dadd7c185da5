/* SPDX-License-Identifier: Apache-2.0 */
/* I1: watches of paths whose names come, go and move. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"
#include "watching.h"

static void create_file(void)
{
    new_file("f", 0);
}

static void fill_file(void)
{
    put_bytes("f", 0, "abc");
}

static void I1_a_removed_path_is_told_once_and_waits_for_the_next_file(void **state)
{
    (void)state;
    scene s = scene_of_path();
    by_another_process(remove_file);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    by_another_process(create_file);
    expect(&s, MMIO_WATCH_REPLACED, 0);
    by_another_process(fill_file);
    expect(&s, MMIO_WATCH_GROWN, 3);
    expect_nothing(&s, 3);
    scene_end(&s);
}

static void I1_a_map_whose_file_is_removed_is_told_once(void **state)
{
    (void)state;
    scene s = scene_of_map();
    by_another_process(remove_file);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    by_another_process(create_file);
    expect(&s, MMIO_WATCH_REPLACED, 0);
    /* The map's own file lives, and is still heard of. */
    assert_ok(mmio_map_resize(s.map, 2 * VIEW_SIZE, -1, ERR));
    expect(&s, MMIO_WATCH_GROWN, 2 * VIEW_SIZE);
    scene_end(&s);
}

static void replace_file(void)
{
    new_file("new", 777);
    need(rename("new", "f") == 0);
}

static void I1_a_file_renamed_over_the_path_is_told_and_followed(void **state)
{
    (void)state;
    scene s = scene_of_path();
    for (int i = 0; i < 3; i++) {
        by_another_process(replace_file);
        expect(&s, MMIO_WATCH_REPLACED, 777);
        by_another_process(fill_file);
        expect(&s, MMIO_WATCH_MODIFIED, 777);
    }
    expect_nothing(&s, 777);
    scene_end(&s);
}

static void I1_a_map_stays_with_its_file_when_another_is_renamed_over_it(void **state)
{
    (void)state;
    scene s = scene_of_map();
    by_another_process(replace_file);
    expect(&s, MMIO_WATCH_REPLACED, 777);
    by_another_process(fill_file);
    by_another_process(replace_file);
    expect(&s, MMIO_WATCH_REPLACED, 777);
    /* Nothing was told of what happened to the other file; the map's own is still heard of. */
    assert_ok(mmio_map_resize(s.map, 2 * VIEW_SIZE, -1, ERR));
    expect(&s, MMIO_WATCH_GROWN, 2 * VIEW_SIZE);
    assert_int_equal(((const char *)s.view.data)[VIEW_SIZE - 1], 0);
    scene_end(&s);
}

static void remove_and_create(void)
{
    /* File systems like to give the number of the removed file to the next one. */
    remove_file();
    new_file("f", 10);
}

static void I1_a_new_file_with_the_number_of_the_removed_one_is_followed(void **state)
{
    (void)state;
    mmio_watch_event event;
    scene s = {.map = NULL};
    make_file("f", 10, 'x');
    assert_ok(mmio_watcher_open(&s.watcher, ERR));
    assert_ok(mmio_watcher_add_path(s.watcher, "f", &s.watch, ERR));
    for (int i = 0; i < 200; i++) {
        by_another_process(remove_and_create);
        /* It may have been seen to be missing, or not. Sizes depend on when it was looked at. */
        do {
            assert_ok(mmio_watcher_next(s.watcher, PATIENCE, &event, ERR));
        } while (event.kind != MMIO_WATCH_REPLACED);
        by_another_process(change_mode);
        do {
            assert_ok(mmio_watcher_next(s.watcher, PATIENCE, &event, ERR));
            assert_int_not_equal(event.kind, MMIO_WATCH_REMOVED);
        } while (event.kind != MMIO_WATCH_METADATA);
    }
    mmio_watcher_close(s.watcher);
}

static void move_away(void)
{
    need(rename("f", "away") == 0);
}

static void move_back(void)
{
    need(rename("away", "f") == 0);
}

static void I1_a_file_moved_away_and_back(void **state)
{
    (void)state;
    scene s = scene_of_path();
    by_another_process(move_away);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    by_another_process(move_back);
    expect(&s, MMIO_WATCH_REPLACED, VIEW_SIZE);
    expect_nothing(&s, VIEW_SIZE);
    scene_end(&s);
    assert_int_equal(unlink("f"), 0);

    s = scene_of_map();
    by_another_process(move_away);
    expect(&s, MMIO_WATCH_METADATA, VIEW_SIZE);
    by_another_process(move_back);
    expect(&s, MMIO_WATCH_METADATA, VIEW_SIZE);
    expect_nothing(&s, VIEW_SIZE);
    scene_end(&s);
}

static void swap_link(void)
{
    need(symlink("second", "new") == 0 && rename("new", "link") == 0);
}

static void I1_symbolic_links_are_followed_and_may_be_replaced(void **state)
{
    (void)state;
    make_file("first", 10, 'x');
    make_file("second", 20, 'x');
    assert_int_equal(symlink("first", "link"), 0);
    scene s = {.map = NULL};
    assert_ok(mmio_watcher_open(&s.watcher, ERR));
    assert_ok(mmio_watcher_add_path(s.watcher, "link", &s.watch, ERR));
    assert_int_equal(truncate("first", 5), 0);
    expect(&s, MMIO_WATCH_TRUNCATED, 5);
    by_another_process(swap_link);
    expect(&s, MMIO_WATCH_REPLACED, 20);
    assert_int_equal(truncate("first", 50), 0);
    assert_int_equal(truncate("second", 30), 0);
    expect(&s, MMIO_WATCH_GROWN, 30);
    mmio_watcher_close(s.watcher);
}

static void move_directory(void)
{
    need(rename("d", "e") == 0);
}

static void grow_file(void)
{
    need(truncate("f", VIEW_SIZE + 1) == 0);
}

static void put_directory(void)
{
    need(mkdir("f", 0700) == 0);
}

static void put_file_again(void)
{
    need(rmdir("f") == 0);
    new_file("f", 0);
}

static void I1_a_directory_is_not_the_next_file(void **state)
{
    (void)state;
    scene s = scene_of_path();
    by_another_process(remove_file);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    by_another_process(put_directory);
    by_another_process(put_file_again);
    expect(&s, MMIO_WATCH_REPLACED, 0);
    scene_end(&s);
}

static void I1_a_directory_moved_away_takes_the_file_with_it(void **state)
{
    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    make_file("d/f", 10, 'x');
    scene s = {.map = NULL};
    assert_ok(mmio_watcher_open(&s.watcher, ERR));
    assert_ok(mmio_watcher_add_path(s.watcher, "d/f", &s.watch, ERR));
    /* Those of other directories, of a label and of a file that was gone before have no part. */
    scene others = scene_begin();
    uint64_t watch;
    mmio_map *map;
    const mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
    const int fd = open("f", O_RDONLY | O_CLOEXEC);
    make_file("d/gone", 10, 'x');
    assert_ok(mmio_map_from_handle(fd, "label", &options, &map, ERR));
    assert_ok(mmio_watcher_add_map(others.watcher, map, &watch, ERR));
    assert_ok(mmio_watcher_add_path(others.watcher, "d/gone", &watch, ERR));
    assert_int_equal(unlink("d/gone"), 0);
    mmio_watch_event event;
    assert_ok(mmio_watcher_next(others.watcher, PATIENCE, &event, ERR));
    assert_int_equal(event.kind, MMIO_WATCH_REMOVED);
    assert_ok(mmio_watcher_add_path(others.watcher, "f", &others.watch, ERR));
    by_another_process(move_directory);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    mmio_watcher_close(s.watcher);
    by_another_process(grow_file);
    assert_ok(mmio_watcher_next(others.watcher, PATIENCE, &event, ERR));
    assert_int_equal(event.kind, MMIO_WATCH_GROWN);
    mmio_map_close(map);
    scene_end(&others);
}

static void I1_the_current_directory_may_change(void **state)
{
    (void)state;
    scene s = scene_of_path();
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(chdir("d"), 0);
    assert_int_equal(truncate("../f", 1), 0);
    expect(&s, MMIO_WATCH_TRUNCATED, 1);
    assert_int_equal(rename("../f", "../g"), 0);
    expect(&s, MMIO_WATCH_REMOVED, 0);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(truncate("g", VIEW_SIZE), 0);
    scene_end(&s);
}

static void take_away_and_replace(void)
{
    need(rename("f", "kept") == 0);
    new_file("f", 5);
}

static void put_back_and_grow(void)
{
    need(rename("kept", "f") == 0);
    need(truncate("f", VIEW_SIZE + 1) == 0);
}

/* Events up to the one of that kind. */
static int count_until(const scene *s, uint32_t kind, uint32_t counted)
{
    int count = 0;
    mmio_watch_event event;
    do {
        assert_ok(mmio_watcher_next(s->watcher, PATIENCE, &event, ERR));
        count += event.kind == counted;
    } while (event.kind != kind);
    return count;
}

static void I1_a_maps_own_file_that_comes_back_is_no_other(void **state)
{
    (void)state;
    scene s = scene_of_map();
    by_another_process(take_away_and_replace);
    assert_int_equal(count_until(&s, MMIO_WATCH_REPLACED, MMIO_WATCH_GROWN), 0);
    by_another_process(put_back_and_grow);
    assert_int_equal(count_until(&s, MMIO_WATCH_GROWN, MMIO_WATCH_REPLACED), 0);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(I1_a_removed_path_is_told_once_and_waits_for_the_next_file),
        IN_DIRECTORY(I1_a_map_whose_file_is_removed_is_told_once),
        IN_DIRECTORY(I1_a_file_renamed_over_the_path_is_told_and_followed),
        IN_DIRECTORY(I1_a_map_stays_with_its_file_when_another_is_renamed_over_it),
        IN_DIRECTORY(I1_a_new_file_with_the_number_of_the_removed_one_is_followed),
        IN_DIRECTORY(I1_a_file_moved_away_and_back),
        IN_DIRECTORY(I1_symbolic_links_are_followed_and_may_be_replaced),
        IN_DIRECTORY(I1_a_directory_moved_away_takes_the_file_with_it),
        IN_DIRECTORY(I1_the_current_directory_may_change),
        IN_DIRECTORY(I1_a_directory_is_not_the_next_file),
        IN_DIRECTORY(I1_a_maps_own_file_that_comes_back_is_no_other),
    };
    return cmocka_run_group_tests_name("contract I1: watches of names", tests, NULL, NULL);
}
