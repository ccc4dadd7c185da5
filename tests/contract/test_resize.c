/* SPDX-License-Identifier: Apache-2.0 */
/* E: resizing. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "files.h"
#include "support.h"

static const void *base_of(mmio_map *map)
{
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    return data;
}

static mmio_map *create_reserved(const char *path, uint64_t size, uint64_t reserve)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, size);
    options.reserve = reserve;
    mmio_map *map = NULL;
    assert_ok(mmio_map_open(path, &options, &map, ERR));
    return map;
}

static void E1_only_rw_maps_are_resized_and_the_mode_is_checked_before_the_size(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 3; i++) {
        mmio_map *map = open_mode("f", modes[i]);
        assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 0, 0, ERR));
        assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 200, 0, ERR));
        mmio_map_close(map);
    }
    assert_int_equal(file_size("f"), 100);
}

static void E1_size_0_and_too_large_are_refused_and_the_same_size_is_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_resize(map, 0, 0, ERR));
    assert_status(MMIO_ERR_TOO_LARGE, mmio_map_resize(map, mmio_max_size() + 1, 0, ERR));
    assert_status(MMIO_ERR_TOO_LARGE, mmio_map_resize(map, UINT64_MAX, 0, ERR));
    assert_ok(mmio_map_resize(map, 100, 0, ERR));
    assert_int_equal(file_size("f"), 100);
    assert_int_equal(truncate("f", 50), 0); /* By others, whose business it stays. */
    assert_ok(mmio_map_resize(map, 100, 0, ERR));
    assert_int_equal(file_size("f"), 50);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void A6_E1_a_resize_that_succeeds_leaves_the_record_alone(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_error error;
    mmio_error untouched;
    memset(&error, 0xaa, sizeof error);
    memset(&untouched, 0xaa, sizeof untouched);
    const uint64_t sizes[] = {100, 200, 50, 1 << 30, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_ok(mmio_map_resize(map, sizes[i], 0, &error));
        assert_memory_equal(&error, &untouched, sizeof error);
    }
    mmio_map_close(map);
}

static void E2_growth_in_the_reservation_keeps_the_base_and_reads_zero(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_write(map, 97, "abc", 3, ERR));
    const void *base = base_of(map);
    const uint64_t sizes[] = {101, 4096, 4097, 1 << 20, 64 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_ok(mmio_map_resize(map, sizes[i], 0, ERR));
        assert_int_equal(mmio_map_size(map), sizes[i]);
        assert_int_equal(file_size("f"), sizes[i]);
        assert_ptr_equal(base_of(map), base);
        char byte = 1;
        assert_ok(mmio_map_read(map, sizes[i] - 1, &byte, 1, ERR));
        assert_int_equal(byte, 0);
    }
    char bytes[3];
    assert_ok(mmio_map_read(map, 97, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    mmio_map_close(map);
}

static void E2_growth_beyond_the_reservation_leaves_views_where_they_are_and_coherent(void **state)
{
    (void)state;
    mmio_map *map = create_reserved("f", 4096, 8192);
    mmio_view old;
    assert_ok(mmio_view_acquire(map, 0, 4096, MMIO_VIEW_WRITE, &old, ERR));
    const void *address = old.data;
    const uint64_t sizes[] = {1 << 20, 4 << 20, 64 << 20};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_map_resize(map, sizes[i], 0, ERR));
        mmio_view new;
        assert_ok(mmio_view_acquire(map, 0, sizes[i], 0, &new, ERR));
        assert_ptr_equal(old.data, address);
        assert_ptr_not_equal(new.data, old.data);
        memset(old.data, 'a' + (int)i, 4096);
        assert_memory_equal(new.data, old.data, 4096);
        mmio_view_release(&new);
    }
    /* The old region's view still stands in the way of cutting its bytes. */
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 4095, 0, ERR));
    assert_ok(mmio_map_resize(map, 4096, 0, ERR));
    mmio_view_release(&old);
    assert_ok(mmio_map_resize(map, 1, 0, ERR));
    mmio_map_close(map);
}

static void E2_a_failed_growth_changes_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_reserved("f", 5000, 8192);
    const void *base = base_of(map);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {.rlim_cur = 1 << 16, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    assert_status(MMIO_ERR_NO_SPACE, mmio_map_resize(map, 1 << 20, 0, ERR));
    assert_int_equal(last_error.os_code, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(mmio_map_size(map), 5000);
    assert_int_equal(file_size("f"), 5000);
    assert_ptr_equal(base_of(map), base);

    /* Address space: the file can be extended, but not mapped. */
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit little = {.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    const mmio_status status = mmio_map_resize(map, (uint64_t)1 << 35, 0, ERR);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_status(MMIO_ERR_NO_MEMORY, status);
    assert_int_equal(last_error.os_code, ENOMEM);
    assert_non_null(strstr(last_error.message, "cannot map the file"));
    assert_int_equal(mmio_map_size(map), 5000);
    assert_int_equal(file_size("f"), 5000);
    assert_ptr_equal(base_of(map), base);
    mmio_map_close(map);
}

static void E2_no_address_space_is_set_aside_where_it_is_limited(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    /* Far above what any process has: only that there is a limit matters. */
    const struct rlimit limited = {.rlim_cur = (rlim_t)1 << 60, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &limited), 0);
    mmio_map *map = create_map("f", 100);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.reserve, mmio_page_size());
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR));
    mmio_map_close(map);
}

static void E3_views_below_the_cut_do_not_matter(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 500, MMIO_VIEW_WRITE, &view, ERR));
    assert_ok(mmio_map_resize(map, 500, 0, ERR));
    memset(view.data, 'x', 500);
    assert_int_equal(file_size("f"), 500);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 499, 0, ERR));
    assert_int_equal(file_size("f"), 500);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void E3_cut_bytes_read_as_zero_after_regrowth(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    assert_ok(mmio_map_resize(map, 100, 0, ERR));
    char byte = 'y';
    assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 100, &byte, 1, ERR));
    assert_ok(mmio_map_resize(map, 10000, 0, ERR));
    for (uint64_t offset = 0; offset < 10000; offset++) {
        assert_ok(mmio_map_read(map, offset, &byte, 1, ERR));
        assert_int_equal(byte, offset < 100 ? 'x' : 0);
    }
    mmio_map_close(map);
}

static void E3_D7_waiting_for_ones_own_views_is_a_deadlock(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 50, 0, ERR));
    assert_non_null(strstr(last_error.message, "a view reaches beyond the new size"));
    assert_status(MMIO_ERR_TIMEOUT, mmio_map_resize(map, 50, 20, ERR));
    assert_status(MMIO_ERR_DEADLOCK, mmio_map_resize(map, 50, -1, ERR));
    assert_non_null(strstr(last_error.message, "only the calling thread's own views"));
    assert_int_equal(file_size("f"), 100);
    mmio_view_release(&view);
    assert_ok(mmio_map_resize(map, 50, -1, ERR));
    mmio_map_close(map);
}

static void E2_a_failed_growth_leaves_what_others_added(void **state)
{
    (void)state;
    mmio_map *map = create_reserved("f", 5000, 8192);
    struct rlimit before;
    assert_int_equal(truncate("f", (off_t)1 << 36), 0);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit little = {.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    const mmio_status status = mmio_map_resize(map, (uint64_t)1 << 35, 0, ERR);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_status(MMIO_ERR_NO_MEMORY, status);
    assert_int_equal(mmio_map_size(map), 5000);
    assert_int_equal(file_size("f"), (uint64_t)1 << 36);
    mmio_map_close(map);
}

static void E2_B4_growth_of_an_allocated_map_reserves_all_of_it(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 4096);
    options.flags = MMIO_OPEN_ALLOCATE;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_ok(mmio_map_resize(map, 4 << 20, 0, ERR));
    assert_int_equal(file_size("f"), 4 << 20);
    assert_true(disk_use("f") >= 4 << 20);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(E1_only_rw_maps_are_resized_and_the_mode_is_checked_before_the_size),
        IN_DIRECTORY(E1_size_0_and_too_large_are_refused_and_the_same_size_is_nothing),
        IN_DIRECTORY(A6_E1_a_resize_that_succeeds_leaves_the_record_alone),
        IN_DIRECTORY(E2_growth_in_the_reservation_keeps_the_base_and_reads_zero),
        IN_DIRECTORY(E2_growth_beyond_the_reservation_leaves_views_where_they_are_and_coherent),
        IN_DIRECTORY(E2_a_failed_growth_changes_nothing),
        IN_DIRECTORY(E2_no_address_space_is_set_aside_where_it_is_limited),
        IN_DIRECTORY(E3_views_below_the_cut_do_not_matter),
        IN_DIRECTORY(E3_cut_bytes_read_as_zero_after_regrowth),
        IN_DIRECTORY(E3_D7_waiting_for_ones_own_views_is_a_deadlock),
        IN_DIRECTORY(E2_a_failed_growth_leaves_what_others_added),
        IN_DIRECTORY(E2_B4_growth_of_an_allocated_map_reserves_all_of_it),
    };
    return cmocka_run_group_tests_name("contract E: resizing", tests, NULL, NULL);
}
