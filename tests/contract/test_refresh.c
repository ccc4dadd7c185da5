/* SPDX-License-Identifier: Apache-2.0 */
/* E5: following a file that others resized. */
#include <stdlib.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

/* Another process does it. */
static void resize_elsewhere(const char *path, off_t size)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(truncate(path, size) == 0 ? 0 : 1);
    }
    end_well(child);
}

static void check_refresh(mmio_map *map, uint64_t before, uint64_t after)
{
    uint64_t said_before = 1;
    uint64_t said_after = 1;
    assert_ok(mmio_map_refresh(map, &said_before, &said_after, ERR));
    assert_int_equal(said_before, before);
    assert_int_equal(said_after, after);
    assert_int_equal(mmio_map_size(map), after);
}

static const uint32_t following[] = {MMIO_MODE_RO, MMIO_MODE_RW, MMIO_MODE_COW};

static void E5_a_file_that_grew_shows_its_new_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        make_file("f", 5000, 'x');
        mmio_map *map = open_mode("f", following[i]);
        mmio_view view;
        char byte = 1;
        assert_ok(mmio_view_acquire(map, 4000, 1000, 0, &view, ERR));
        check_refresh(map, 5000, 5000);
        resize_elsewhere("f", 5000000);
        assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 5000, &byte, 1, ERR));
        check_refresh(map, 5000, 5000000);
        assert_ok(mmio_map_read(map, 4999999, &byte, 1, ERR));
        assert_int_equal(byte, 0);
        assert_ok(mmio_map_read(map, 4999, &byte, 1, ERR));
        assert_int_equal(byte, 'x');
        assert_memory_equal(view.data, "xxx", 3);
        mmio_view_release(&view);
        mmio_map_close(map);
    }
}

static void E5_a_file_that_was_cut_is_told_and_its_rest_is_out_of_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        make_file("f", 50000, 'x');
        mmio_map *map = open_mode("f", following[i]);
        char byte;
        resize_elsewhere("f", 5000);
        check_refresh(map, 50000, 5000);
        assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 5000, &byte, 1, ERR));
        assert_ok(mmio_map_read(map, 4999, &byte, 1, ERR));
        resize_elsewhere("f", 0);
        check_refresh(map, 5000, 0);
        assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 0, &byte, 1, ERR));
        resize_elsewhere("f", 100);
        check_refresh(map, 0, 100);
        assert_ok(mmio_map_read(map, 99, &byte, 1, ERR));
        assert_int_equal(byte, 0);
        mmio_map_close(map);
    }
}

static void E5_an_empty_file_that_grew_can_be_followed(void **state)
{
    (void)state;
    make_file("f", 0, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    char byte = 1;
    resize_elsewhere("f", 100);
    check_refresh(map, 0, 100);
    assert_ok(mmio_map_read(map, 99, &byte, 1, ERR));
    assert_int_equal(byte, 0);
    mmio_map_close(map);
}

static void E5_a_map_of_a_file_cut_to_nothing_can_still_be_resized(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 5000);
    resize_elsewhere("f", 0);
    check_refresh(map, 5000, 0);
    assert_ok(mmio_map_resize(map, 100, 0, ERR));
    assert_ok(mmio_map_write(map, 97, "abc", 3, ERR));
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 100);
}

static void E5_windows_follow_within_what_they_asked_for(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.window_offset = 5001;
    mmio_map *open_ended = NULL;
    assert_ok(mmio_map_open("f", &options, &open_ended, ERR));
    options.window_size = 4000;
    mmio_map *fixed = NULL;
    assert_ok(mmio_map_open("f", &options, &fixed, ERR));
    resize_elsewhere("f", 20000);
    check_refresh(open_ended, 4999, 14999);
    check_refresh(fixed, 4000, 4000);
    char byte = 1;
    assert_ok(mmio_map_read(open_ended, 14998, &byte, 1, ERR));
    assert_int_equal(byte, 0);
    resize_elsewhere("f", 6001);
    check_refresh(open_ended, 14999, 1000);
    check_refresh(fixed, 4000, 1000);
    resize_elsewhere("f", 5000);
    check_refresh(fixed, 1000, 0);
    resize_elsewhere("f", 20000);
    check_refresh(fixed, 0, 4000);
    mmio_map_close(open_ended);
    mmio_map_close(fixed);
}

static void E5_private_writable_maps_do_not_follow(void **state)
{
    (void)state;
    make_file("f", 5000, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    uint64_t before = 1;
    uint64_t after = 1;
    assert_status(MMIO_ERR_MODE, mmio_map_refresh(map, &before, &after, ERR));
    assert_int_equal(before, 0);
    assert_int_equal(after, 0);
    mmio_map_close(map);
    assert_status(MMIO_ERR_INVALID, mmio_map_refresh(NULL, NULL, NULL, ERR));
    map = open_mode("f", MMIO_MODE_RO);
    assert_ok(mmio_map_refresh(map, NULL, NULL, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_refresh(map, NULL, NULL, ERR));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(E5_a_file_that_grew_shows_its_new_bytes),
        IN_DIRECTORY(E5_a_file_that_was_cut_is_told_and_its_rest_is_out_of_range),
        IN_DIRECTORY(E5_an_empty_file_that_grew_can_be_followed),
        IN_DIRECTORY(E5_a_map_of_a_file_cut_to_nothing_can_still_be_resized),
        IN_DIRECTORY(E5_windows_follow_within_what_they_asked_for),
        IN_DIRECTORY(E5_private_writable_maps_do_not_follow),
    };
    return cmocka_run_group_tests_name("contract E5: refreshing", tests, NULL, NULL);
}
