/* SPDX-License-Identifier: Apache-2.0 */
/* B8, B9, B11, B13: kinds of maps, touching at open, and the end. */
#include <stdio.h>

#include "files.h"
#include "opening.h"
#include "support.h"

/* Kinds. */

static void B8_cow_is_for_reading(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW);
    mmio_view view;
    char byte = 'y';
    assert_ok(mmio_map_read(map, 99, &byte, 1, ERR));
    assert_int_equal(byte, 'x');
    assert_status(MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_MODE, mmio_view_acquire(map, 0, 1, MMIO_VIEW_WRITE, &view, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 200, 0, ERR));
    mmio_map_close(map);
}

static void B8_cow_rw_never_reaches_the_file(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    char bytes[3];
    assert_ok(mmio_map_read(map, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 200, 0, ERR));
    mmio_map_close(map);
    file_bytes("f", 0, bytes, 3);
    assert_memory_equal(bytes, "xxx", 3);
}

static void B9_anonymous_maps_are_zeroed_ordinary_maps(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(10000);
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.kind, MMIO_KIND_ANONYMOUS);
    assert_int_equal(info.mode, MMIO_MODE_RW);
    assert_string_equal(mmio_map_path(map), "");
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 10000, MMIO_VIEW_WRITE, &view, ERR));
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(((char *)view.data)[i], 0);
    }
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_memory_equal(view.data, "abc", 3);
    uint32_t before;
    assert_ok(mmio_atomic_u32_add(map, 4, 5, &before, ERR));
    assert_ok(mmio_map_resize(map, (uint64_t)3 << 30, 0, ERR));
    assert_memory_equal(view.data, "abc", 3);
    mmio_view_release(&view);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_resize(map, 2, 0, ERR));
    assert_ok(mmio_map_resize(map, 10, 0, ERR));
    char bytes[10];
    assert_ok(mmio_map_read(map, 0, bytes, 10, ERR));
    assert_memory_equal(bytes, "ab\0\0\0\0\0\0\0\0", 10);
    mmio_map_close(map);
}

static void B9_anonymous_maps_take_any_mode_and_only_their_options(void **state)
{
    (void)state;
    mmio_map *map;
    char byte = 1;
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        const mmio_open_options options = options_of(mode, 0, 0);
        assert_ok(mmio_map_anonymous(100, &options, &map, ERR));
        assert_int_equal(mmio_map_mode(map), mode);
        assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
        assert_int_equal(byte, 0);
        const bool is_writable = mode == MMIO_MODE_RW || mode == MMIO_MODE_COW_RW;
        assert_status(is_writable ? MMIO_OK : MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
        mmio_map_close(map);
    }
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(0, NULL, &map, ERR));
    mmio_open_options options = options_of(0, MMIO_DISPOSITION_CREATE, 0);
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, &options, &map, ERR));
    options = options_of(0, 0, 8);
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, &options, &map, ERR));
    options = options_of(0, 0, 0);
    options.flags = MMIO_OPEN_ALLOCATE;
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, &options, &map, ERR));
}

static unsigned long resident_kib(const mmio_map *map, const void *data)
{
    static const char *const resident[] = {"Rss"};
    return smaps_kib(data, mmio_map_size(map), resident, 1);
}

static void B11_touching_eagerly_reads_all_pages_in(void **state)
{
    (void)state;
    make_file("f", 1 << 20, 'x');
    const uint32_t hints[] = {MMIO_TOUCH_NEVER, MMIO_TOUCH_LAZY, MMIO_TOUCH_EAGER};
    for (size_t i = 0; i < 3; i++) {
        mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
        options.touch = hints[i];
        mmio_map *map;
        const void *data;
        assert_ok(mmio_map_open("f", &options, &map, ERR));
        assert_ok(mmio_map_data(map, &data, ERR));
        assert_int_equal(resident_kib(map, data), hints[i] == MMIO_TOUCH_EAGER ? 1024 : 0);
        mmio_map_close(map);
    }
}

static void B11_a_failing_touch_does_not_fail_the_open(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
    options.touch = MMIO_TOUCH_EAGER;
    assert_ok(open_with("empty", options));
}

static void B13_the_last_close_unmaps_and_closes(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    for (int round = 0; round < 1000; round++) {
        mmio_map *map = round == 0 ? create_map("f", 100) : open_mode("f", MMIO_MODE_RW);
        assert_int_equal(open_descriptors(), descriptors + 1);
        mmio_map_close(map);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

/* Shutting down. */

static mmio_status after_shutdown(mmio_map *map, int call)
{
    mmio_view view;
    mmio_walk walk;
    mmio_map_info info = {.struct_size = sizeof info};
    char byte = 0;
    uint64_t value;
    const void *data;
    void *data_mut;
    intptr_t handle;
    switch (call) {
    case 0:
        return mmio_view_acquire(map, 0, 1, 0, &view, ERR);
    case 1:
        return mmio_view_acquire(map, 0, 0, MMIO_VIEW_WRITE, &view, ERR);
    case 2:
        return mmio_walk_begin(map, 0, MMIO_VIEW_WRITE, &walk, ERR);
    case 3:
        return mmio_map_read(map, 0, &byte, 0, ERR);
    case 4:
        return mmio_map_write(map, 1000, &byte, 1, ERR);
    case 5:
        return mmio_map_flush(map, MMIO_FLUSH_DATA, ERR);
    case 6:
        return mmio_map_flush_range(map, 0, 1, MMIO_FLUSH_DATA, ERR);
    case 7:
        return mmio_map_resize(map, 50, 0, ERR);
    case 8:
        return mmio_atomic_u64_load(map, 1, &value, ERR);
    case 9:
        return mmio_atomic_acquire(map, 0, 0, 8, &view, ERR);
    case 10:
        return mmio_map_data(map, &data, ERR);
    case 11:
        return mmio_map_data_mut(map, &data_mut, ERR);
    case 12:
        return mmio_map_get_info(map, &info, ERR);
    default:
        return mmio_map_into_handle(map, &handle, ERR);
    }
}

static void B13_shutdown_answers_closed_to_every_call(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        const int descriptors = open_descriptors();
        mmio_map *map = open_mode("f", mode);
        assert_ok(mmio_map_shutdown(map, ERR));
        assert_int_equal(open_descriptors(), descriptors);
        for (int call = 0; call <= 13; call++) {
            assert_status(MMIO_ERR_CLOSED, after_shutdown(map, call));
        }
        assert_int_equal(mmio_map_size(map), 0);
        assert_int_equal(mmio_map_pending(map), 0);
        assert_int_equal(mmio_map_mode(map), mode);
        assert_string_equal(mmio_map_path(map), "f");
        assert_ok(mmio_map_shutdown(map, ERR));
        mmio_map_close(map);
    }
}

static void B13_C1_shutdown_leaves_views_alone(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, MMIO_VIEW_WRITE, &view, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    memset(view.data, 'y', 100);
    mmio_view_release(&view);
    assert_int_equal(open_descriptors(), descriptors);
    mmio_map_close(map);
    char byte;
    file_bytes("f", 99, &byte, 1);
    assert_int_equal(byte, 'y');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B8_cow_is_for_reading),
        IN_DIRECTORY(B8_cow_rw_never_reaches_the_file),
        IN_DIRECTORY(B9_anonymous_maps_are_zeroed_ordinary_maps),
        IN_DIRECTORY(B9_anonymous_maps_take_any_mode_and_only_their_options),
        IN_DIRECTORY(B11_touching_eagerly_reads_all_pages_in),
        IN_DIRECTORY(B11_a_failing_touch_does_not_fail_the_open),
        IN_DIRECTORY(B13_the_last_close_unmaps_and_closes),
        IN_DIRECTORY(B13_shutdown_answers_closed_to_every_call),
        IN_DIRECTORY(B13_C1_shutdown_leaves_views_alone),
    };
    return cmocka_run_group_tests_name("contract B: kinds of maps and their end", tests, NULL,
                                       NULL);
}
