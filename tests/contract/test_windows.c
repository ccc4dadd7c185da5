/* SPDX-License-Identifier: Apache-2.0 */
/* A1: windows at any offset of a file. */
#include <stdio.h>
#include <unistd.h>

#include "support.h"

/* Byte i of the file is i * 7 % 251. */
enum { FILE_SIZE = 300000 };

static void make_pattern(void)
{
    FILE *file = fopen("f", "wb");
    assert_non_null(file);
    for (int i = 0; i < FILE_SIZE; i++) {
        assert_int_not_equal(fputc(i * 7 % 251, file), EOF);
    }
    assert_int_equal(fclose(file), 0);
}

static unsigned char pattern_at(uint64_t offset)
{
    return (unsigned char)(offset * 7 % 251);
}

static mmio_status open_window(uint32_t mode, uint64_t offset, uint64_t size, mmio_map **out_map)
{
    mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    options.window_offset = offset;
    options.window_size = size;
    return mmio_map_open("f", &options, out_map, ERR);
}

static void A1_a_window_at_any_offset_shows_the_files_bytes_there(void **state)
{
    (void)state;
    make_pattern();
    const uint64_t offsets[] = {0, 1, 4095, 4096, 4097, 65536, 123457, FILE_SIZE - 1};
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
            const uint64_t rest = FILE_SIZE - offsets[i];
            mmio_map *map = NULL;
            unsigned char byte;
            assert_ok(open_window(mode, offsets[i], 0, &map));
            assert_int_equal(mmio_map_size(map), rest);
            assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
            assert_int_equal(byte, pattern_at(offsets[i]));
            assert_ok(mmio_map_read(map, rest - 1, &byte, 1, ERR));
            assert_int_equal(byte, pattern_at(FILE_SIZE - 1));
            assert_status(MMIO_ERR_RANGE, mmio_map_read(map, rest, &byte, 1, ERR));
            assert_int_equal(last_error.limit, rest);
            mmio_map_close(map);
        }
    }
}

static void A1_a_window_ends_where_it_was_asked_to(void **state)
{
    (void)state;
    make_pattern();
    mmio_map *map = NULL;
    mmio_view view;
    assert_ok(open_window(MMIO_MODE_RO, 5000, 10000, &map));
    assert_int_equal(mmio_map_size(map), 10000);
    assert_ok(mmio_view_acquire(map, 0, 10000, 0, &view, ERR));
    for (uint64_t i = 0; i < 10000; i++) {
        assert_int_equal(((unsigned char *)view.data)[i], pattern_at(5000 + i));
    }
    mmio_view_release(&view);
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.window_offset, 5000);
    mmio_map_close(map);
}

/* However much address space was asked for, all of the window is mapped. */
static void A1_a_window_that_reserves_too_much_is_whole(void **state)
{
    (void)state;
    make_pattern();
    const uint64_t reserves[] = {FILE_SIZE + 1, UINT64_MAX / 2, UINT64_MAX - 3840,
                                 UINT64_MAX - 3839, UINT64_MAX};
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        for (size_t i = 0; i < sizeof reserves / sizeof reserves[0]; i++) {
            mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
            options.window_offset = 4096 + 3840;
            options.reserve = reserves[i];
            mmio_map *map;
            assert_ok(mmio_map_open("f", &options, &map, ERR));
            const uint64_t last = mmio_map_size(map) - 1;
            unsigned char byte;
            assert_ok(mmio_map_read(map, last, &byte, 1, ERR));
            assert_int_equal(byte, pattern_at(FILE_SIZE - 1));
            mmio_map_info info = {.struct_size = sizeof info};
            assert_ok(mmio_map_get_info(map, &info, ERR));
            assert_true(info.reserve > last);
            mmio_map_close(map);
        }
    }
}

static void A1_what_is_done_to_a_window_is_done_to_that_part_of_the_file(void **state)
{
    (void)state;
    make_pattern();
    mmio_map *map = NULL;
    unsigned char bytes[3];
    const unsigned char zeros[3] = {0};
    assert_ok(open_window(MMIO_MODE_RW, 5001, 200000, &map));
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    file_bytes("f", 5001, bytes, 3);
    assert_memory_equal(bytes, "abc", 3);
    file_bytes("f", 5000, bytes, 1);
    assert_int_equal(bytes[0], pattern_at(5000));
    /* Large enough to become a hole in the file. */
    assert_ok(mmio_map_zero(map, 1, 150000, ERR));
    file_bytes("f", 5001, bytes, 1);
    assert_int_equal(bytes[0], 'a');
    file_bytes("f", 5002, bytes, 3);
    assert_memory_equal(bytes, zeros, 3);
    file_bytes("f", 155001, bytes, 1);
    assert_int_equal(bytes[0], 0);
    file_bytes("f", 155002, bytes, 1);
    assert_int_equal(bytes[0], pattern_at(155002));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_flush_range(map, 3, 5, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_touch(map, 0, 200000, 0, NULL, NULL, ERR));
    assert_ok(mmio_map_evict(map, 0, 200000, ERR));
    mmio_map_close(map);
}

static void A1_pages_of_a_window_are_the_files_pages(void **state)
{
    (void)state;
    make_pattern();
    const uint64_t page = mmio_page_size();
    mmio_map *map = NULL;
    mmio_residency residency = {.struct_size = sizeof residency};
    assert_ok(open_window(MMIO_MODE_RO, page - 1, page + 2, &map));
    assert_ok(mmio_map_residency(map, 0, page + 2, &residency, ERR));
    assert_int_equal(residency.pages, 3);
    assert_int_equal(residency.cached, 3);
    mmio_map_close(map);
}

static void A1_cells_are_aligned_within_the_file(void **state)
{
    (void)state;
    make_pattern();
    mmio_map *map = NULL;
    uint32_t before;
    assert_ok(open_window(MMIO_MODE_RW, 4096, 0, &map));
    assert_ok(mmio_atomic_u32_add(map, 4, 1, &before, ERR));
    mmio_map_close(map);
    assert_ok(open_window(MMIO_MODE_RW, 4098, 0, &map));
    assert_status(MMIO_ERR_ALIGN, mmio_atomic_u32_add(map, 4, 1, &before, ERR));
    assert_ok(mmio_atomic_u32_add(map, 2, 1, &before, ERR));
    mmio_map_close(map);
}

static void A1_windows_beyond_the_file_are_out_of_range(void **state)
{
    (void)state;
    make_file("f", 1000, 'x');
    const uint64_t bad[][2] = {{1001, 0}, {0, 1001},       {1000, 1},
                               {999, 2},  {UINT64_MAX, 0}, {1, UINT64_MAX}};
    mmio_map *map = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(MMIO_ERR_RANGE, open_window(MMIO_MODE_RO, bad[i][0], bad[i][1], &map));
        assert_null(map);
        assert_int_equal(last_error.offset, bad[i][0]);
        assert_int_equal(last_error.size, bad[i][1]);
        assert_int_equal(last_error.limit, 1000);
    }
    assert_ok(open_window(MMIO_MODE_RO, 1000, 0, &map));
    assert_int_equal(mmio_map_size(map), 0);
    mmio_map_close(map);
    assert_status(MMIO_ERR_INVALID, open_window(MMIO_MODE_RW, 1000, 0, &map));
}

static void A1_windows_neither_create_nor_resize(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_map *map = NULL;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 100);
    options.window_size = 10;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    assert_int_equal(file_size("f"), 10000);
    assert_ok(open_window(MMIO_MODE_RW, 0, 5000, &map));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 6000, 0, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 5000, 0, ERR));
    assert_non_null(strstr(last_error.message, "window"));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A1_a_window_at_any_offset_shows_the_files_bytes_there),
        IN_DIRECTORY(A1_a_window_ends_where_it_was_asked_to),
        IN_DIRECTORY(A1_a_window_that_reserves_too_much_is_whole),
        IN_DIRECTORY(A1_what_is_done_to_a_window_is_done_to_that_part_of_the_file),
        IN_DIRECTORY(A1_pages_of_a_window_are_the_files_pages),
        IN_DIRECTORY(A1_cells_are_aligned_within_the_file),
        IN_DIRECTORY(A1_windows_beyond_the_file_are_out_of_range),
        IN_DIRECTORY(A1_windows_neither_create_nor_resize),
    };
    return cmocka_run_group_tests_name("contract A1: windows", tests, NULL, NULL);
}
