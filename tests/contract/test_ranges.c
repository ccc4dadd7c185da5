/* SPDX-License-Identifier: Apache-2.0 */
/* A: ranges, handles, errors. */
#include <stdio.h>

#include "support.h"

static void A1_a_map_covers_the_whole_file(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    assert_int_equal(mmio_map_size(map), 10000);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 10000, 0, &view, ERR));
    for (uint64_t i = 0; i < view.size; i++) {
        assert_int_equal(((const char *)view.data)[i], 'x');
    }
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void A2_length_0_is_accepted_at_any_offset(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const uint64_t offsets[] = {0, 100, 101, UINT64_MAX};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        mmio_view view;
        assert_ok(mmio_view_acquire(map, offsets[i], 0, MMIO_VIEW_WRITE, &view, ERR));
        assert_int_equal(view.size, 0);
        mmio_view_release(&view);
        assert_ok(mmio_map_read(map, offsets[i], NULL, 0, ERR));
        assert_ok(mmio_map_write(map, offsets[i], NULL, 0, ERR));
        assert_ok(mmio_map_flush_range(map, offsets[i], 0, MMIO_FLUSH_DATA, ERR));
    }
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

static void assert_range_error(uint64_t offset, uint64_t size, uint64_t limit)
{
    assert_int_equal(last_error.status, MMIO_ERR_RANGE);
    assert_int_equal(last_error.offset, offset);
    assert_int_equal(last_error.size, size);
    assert_int_equal(last_error.limit, limit);
    assert_int_equal(last_error.os_code, 0);
}

static void A2_ranges_beyond_the_map_are_refused_with_all_numbers(void **state)
{
    (void)state;
    const struct {
        uint64_t offset;
        uint64_t size;
    } ranges[] = {{0, 101}, {100, 1}, {1, 100}, {UINT64_MAX, 1}, {50, SIZE_MAX - 10}};
    mmio_map *map = create_map("f", 100);
    char buffer[128];
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const uint64_t offset = ranges[i].offset;
        const uint64_t size = ranges[i].size;
        mmio_view view;
        assert_status(MMIO_ERR_RANGE, mmio_view_acquire(map, offset, size, 0, &view, ERR));
        assert_range_error(offset, size, 100);
        assert_null(view.data);
        assert_int_equal(view.size, 0);
        assert_status(MMIO_ERR_RANGE, mmio_map_read(map, offset, buffer, size, ERR));
        assert_range_error(offset, size, 100);
        assert_status(MMIO_ERR_RANGE, mmio_map_write(map, offset, buffer, size, ERR));
        assert_range_error(offset, size, 100);
        assert_status(MMIO_ERR_RANGE,
                      mmio_map_flush_range(map, offset, size, MMIO_FLUSH_DATA, ERR));
        assert_range_error(offset, size, 100);
    }
    mmio_map_close(map);
}

static void A4_holders_share_one_map(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_map *same = mmio_map_retain(map);
    assert_ptr_equal(map, same);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_int_equal(mmio_map_pending(same), 3);
    assert_ok(mmio_map_resize(same, 200, 0, ERR));
    assert_int_equal(mmio_map_size(map), 200);
    mmio_map_close(map);
    char bytes[3];
    assert_ok(mmio_map_read(same, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    mmio_map_close(same);
}

static void A5_writes_are_visible_to_other_maps_and_readers_without_a_flush(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_map *other = open_mode("f", MMIO_MODE_RO);
    assert_ok(mmio_map_write(map, 7, "abc", 3, ERR));
    char bytes[3];
    assert_ok(mmio_map_read(other, 7, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    file_bytes("f", 7, bytes, 3);
    assert_memory_equal(bytes, "abc", 3);
    mmio_map_close(other);
    mmio_map_close(map);
}

static void A6_messages_name_operation_path_and_numbers(void **state)
{
    (void)state;
    mmio_map *map = create_map("some file", 100);
    char byte;
    assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 4711, &byte, 1, ERR));
    assert_non_null(strstr(last_error.message, "mmio_map_read"));
    assert_non_null(strstr(last_error.message, "some file"));
    assert_non_null(strstr(last_error.message, "4711"));
    assert_non_null(strstr(last_error.message, "100"));
    mmio_map_close(map);
}

static void A6_messages_of_long_paths_stay_whole(void **state)
{
    (void)state;
    char path[3000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    mmio_map *map;
    assert_status(MMIO_ERR_IO, mmio_map_open(path, NULL, &map, ERR));
    assert_true(strlen(last_error.message) < sizeof last_error.message);
    assert_non_null(strstr(last_error.message, "File name too long"));
}

static void A6_the_error_record_is_optional_and_left_alone_on_success(void **state)
{
    (void)state;
    mmio_map *map;
    assert_status(MMIO_ERR_NOT_FOUND, mmio_map_open("missing", NULL, &map, NULL));
    map = create_map("f", 100);
    char byte;
    assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 100, &byte, 1, NULL));
    mmio_error before;
    memset(&before, 0x5a, sizeof before);
    mmio_error after = before;
    assert_ok(mmio_map_read(map, 0, &byte, 1, &after));
    assert_memory_equal(&before, &after, sizeof before);
    mmio_map_close(map);
}

static uint32_t built_with(void)
{
    return (uint32_t)MMIO_VERSION_MAJOR << 16 | (uint32_t)MMIO_VERSION_MINOR << 8 |
           (uint32_t)MMIO_VERSION_PATCH;
}

static void A7_statuses_have_names_texts_and_say_whether_to_retry(void **state)
{
    (void)state;
    assert_string_equal(mmio_status_name(MMIO_OK), "MMIO_OK");
    assert_string_equal(mmio_status_name(MMIO_ERR_UNSUPPORTED), "MMIO_ERR_UNSUPPORTED");
    for (mmio_status status = MMIO_ERR_LOST; status <= MMIO_OK; status++) {
        assert_non_null(mmio_status_name(status));
        const int32_t retryable = status == MMIO_ERR_BUSY || status == MMIO_ERR_TIMEOUT;
        assert_int_equal(mmio_status_is_retryable(status), retryable);
    }
    /* A later version may know the next one. */
    const mmio_status next = mmio_version() == built_with() ? MMIO_ERR_LOST - 1 : -9999;
    const mmio_status unknown[] = {1, next, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_null(mmio_status_name(unknown[i]));
        assert_non_null(mmio_status_text(unknown[i]));
        assert_int_equal(mmio_status_is_retryable(unknown[i]), 0);
    }
}

static void A8_sizes_above_the_largest_are_refused_before_the_file_is_touched(void **state)
{
    (void)state;
    assert_int_equal(mmio_max_size(), (uint64_t)128 << 40);
    mmio_map *map;
    const uint64_t sizes[] = {mmio_max_size() + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const mmio_open_options options =
            options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, sizes[i]);
        make_file("old", 10, 'x');
        assert_status(MMIO_ERR_TOO_LARGE, mmio_map_open("old", &options, &map, ERR));
        assert_int_equal(last_error.size, sizes[i]);
        assert_int_equal(last_error.limit, mmio_max_size());
        assert_int_equal(file_size("old"), 10);
        assert_status(MMIO_ERR_TOO_LARGE, mmio_map_open("new", &options, &map, ERR));
        assert_false(file_exists("new"));
        assert_status(MMIO_ERR_TOO_LARGE, mmio_map_anonymous(sizes[i], NULL, &map, ERR));
    }
}

static void A9_out_parameters_are_cleared_on_failure(void **state)
{
    (void)state;
    mmio_map *map = (mmio_map *)(uintptr_t)1;
    assert_status(MMIO_ERR_NOT_FOUND, mmio_map_open("missing", NULL, &map, ERR));
    assert_null(map);
    map = (mmio_map *)(uintptr_t)1;
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(0, NULL, &map, ERR));
    assert_null(map);
    map = (mmio_map *)(uintptr_t)1;
    assert_status(MMIO_ERR_IO, mmio_map_from_handle(-1, NULL, NULL, &map, ERR));
    assert_null(map);

    map = anonymous_map(8);
    uint64_t value = 7;
    assert_status(MMIO_ERR_RANGE, mmio_atomic_u64_load(map, 8, &value, ERR));
    assert_int_equal(value, 0);
    value = 7;
    assert_status(MMIO_ERR_ALIGN, mmio_atomic_u64_add(map, 4, 1, &value, ERR));
    assert_int_equal(value, 0);
    intptr_t handle = 7;
    assert_status(MMIO_ERR_MODE, mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(handle, -1);
    mmio_map_close(map);
}

static void A9_unknown_flag_bits_and_values_are_refused(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    mmio_map *map;
    mmio_open_options options = options_of(5, 0, 0);
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    options = options_of(0, 4, 10);
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    options = options_of(0, 0, 0);
    options.flags = 0x80000000u;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    options.flags = 0;
    options.touch = 3;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    options.touch = 0;
    options.permissions = 010000;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    options.permissions = 0;
    options.on_fault = 3;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));

    map = open_mode("f", MMIO_MODE_RW);
    mmio_view view;
    assert_status(MMIO_ERR_INVALID, mmio_view_acquire(map, 0, 1, 2, &view, ERR));
    mmio_walk walk;
    assert_status(MMIO_ERR_INVALID, mmio_walk_begin(map, 1, 2, &walk, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_flush(map, 3, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_acquire(map, 0, 1, 2, &view, ERR));
    mmio_map_close(map);
}

static void A9_option_structs_of_other_sizes(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    mmio_map *map;
    struct {
        mmio_open_options known;
        uint64_t later[100]; /* Later versions may know the first of them. */
    } options;
    memset(&options, 0, sizeof options);

    const uint32_t refused[] = {0, 4, 71, 4097, UINT32_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        options.known.struct_size = refused[i];
        assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options.known, &map, ERR));
    }
    options.known.struct_size = sizeof options;
    assert_ok(mmio_map_open("f", &options.known, &map, ERR));
    mmio_map_close(map);
    options.later[99] = (uint64_t)1 << 63;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options.known, &map, ERR));
    options.known.struct_size = sizeof options.known;
    assert_ok(mmio_map_open("f", &options.known, &map, ERR));
    mmio_map_close(map);
}

static void A9_info_is_never_written_beyond_its_struct_size(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10);
    struct {
        mmio_map_info known;
        uint64_t later[100];
    } info;
    memset(&info, 0xff, sizeof info);
    info.known.struct_size = sizeof info.known;
    assert_ok(mmio_map_get_info(map, &info.known, ERR));
    assert_int_equal(info.known.size, 10);
    assert_int_equal(info.later[0], UINT64_MAX);
    info.known.struct_size = sizeof info;
    assert_ok(mmio_map_get_info(map, &info.known, ERR));
    assert_int_equal(info.known.struct_size, sizeof info);
    assert_int_equal(info.later[99], 0);
    info.known.struct_size = sizeof info.known - 1;
    assert_status(MMIO_ERR_INVALID, mmio_map_get_info(map, &info.known, ERR));
    mmio_map_close(map);
}

static void A7_null_arguments_are_invalid_everywhere(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(8);
    mmio_map *out;
    mmio_view view;
    mmio_walk walk;
    mmio_map_info info = {.struct_size = sizeof info};
    intptr_t handle;
    uint64_t value;
    const void *data;
    void *data_mut;
    char byte = 0;
    assert_status(MMIO_ERR_INVALID, mmio_map_open(NULL, NULL, &out, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", NULL, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_from_handle(0, NULL, NULL, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, NULL, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_shutdown(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_into_handle(NULL, &handle, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_into_handle(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_get_info(NULL, &info, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_get_info(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_resize(NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_view_acquire(NULL, 0, 1, 0, &view, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_view_acquire(map, 0, 1, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_walk_begin(NULL, 1, 0, &walk, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_walk_begin(map, 1, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_data(NULL, &data, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_data(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_data_mut(NULL, &data_mut, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_data_mut(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_read(NULL, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_read(map, 0, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_write(NULL, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_write(map, 0, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_flush(NULL, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_rewrite_lost(NULL, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_acknowledge_loss(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_flush_range(NULL, 0, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_acquire(NULL, 0, 1, 8, &view, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_acquire(map, 0, 1, 8, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u64_load(NULL, 0, &value, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u64_load(map, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u64_store(NULL, 0, 1, ERR));
    assert_null(mmio_map_retain(NULL));
    assert_null(mmio_map_path(NULL));
    assert_int_equal(mmio_map_size(NULL), 0);
    assert_int_equal(mmio_map_mode(NULL), 0);
    assert_int_equal(mmio_map_pending(NULL), 0);
    mmio_map_close(NULL);
    mmio_view_release(NULL);
    mmio_walk_end(NULL);
    assert_int_equal(mmio_walk_next(NULL, &data_mut, &value), 0);
    mmio_map_close(map);
}

static void B15_M3_the_library_says_what_it_is(void **state)
{
    (void)state;
    const uint32_t version = mmio_version();
    assert_true(version >= built_with());
    char text[32];
    (void)snprintf(text, sizeof text, "%u.%u.%u", version >> 16, version >> 8 & 0xff,
                   version & 0xff);
    assert_string_equal(mmio_version_string(), text);
    assert_true(mmio_page_size() >= 4096);
    assert_int_equal(mmio_map_granularity() % mmio_page_size(), 0);
    assert_int_equal(mmio_has(MMIO_FEATURE_GROW_IN_PLACE), 1);
    assert_int_equal(mmio_has(MMIO_FEATURE_DURABLE_FLUSH), 1);
    assert_int_equal(mmio_has(0), 0);
    assert_int_equal(mmio_has(UINT32_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A1_a_map_covers_the_whole_file),
        IN_DIRECTORY(A2_length_0_is_accepted_at_any_offset),
        IN_DIRECTORY(A2_ranges_beyond_the_map_are_refused_with_all_numbers),
        IN_DIRECTORY(A4_holders_share_one_map),
        IN_DIRECTORY(A5_writes_are_visible_to_other_maps_and_readers_without_a_flush),
        IN_DIRECTORY(A6_messages_name_operation_path_and_numbers),
        IN_DIRECTORY(A6_messages_of_long_paths_stay_whole),
        IN_DIRECTORY(A6_the_error_record_is_optional_and_left_alone_on_success),
        IN_DIRECTORY(A7_statuses_have_names_texts_and_say_whether_to_retry),
        IN_DIRECTORY(A8_sizes_above_the_largest_are_refused_before_the_file_is_touched),
        IN_DIRECTORY(A9_out_parameters_are_cleared_on_failure),
        IN_DIRECTORY(A9_unknown_flag_bits_and_values_are_refused),
        IN_DIRECTORY(A9_option_structs_of_other_sizes),
        IN_DIRECTORY(A9_info_is_never_written_beyond_its_struct_size),
        IN_DIRECTORY(A7_null_arguments_are_invalid_everywhere),
        IN_DIRECTORY(B15_M3_the_library_says_what_it_is),
    };
    return cmocka_run_group_tests_name("contract A: ranges, handles, errors", tests, NULL, NULL);
}
