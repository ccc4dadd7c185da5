/* SPDX-License-Identifier: Apache-2.0 */
/* D5: cursors. */
#include "cursors.h"
#include "support.h"

#define POSITION_MOST ((uint64_t)INT64_MAX)

/* The position must stay. */
static void check_seek_refused(mmio_cursor *cursor, int64_t offset, uint32_t whence)
{
    const uint64_t before = mmio_cursor_position(cursor);
    uint64_t position = 7;
    assert_status(MMIO_ERR_INVALID, mmio_cursor_seek(cursor, offset, whence, &position, ERR));
    assert_int_equal(position, 0);
    assert_int_equal(mmio_cursor_position(cursor), before);
}

static const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_RW, MMIO_MODE_COW, MMIO_MODE_COW_RW};
#define MODE_COUNT (sizeof modes / sizeof modes[0])

static void D5_reading_moves_on_and_stops_at_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODE_COUNT; i++) {
        mmio_map *map = alphabet(modes[i]);
        mmio_cursor *cursor = cursor_of(map);
        check_read(cursor, 10, "abcdefghij");
        check_read(cursor, 0, "");
        check_read(cursor, 10, "klmnopqrst");
        assert_int_equal(mmio_cursor_position(cursor), 20);
        check_read(cursor, 10, "uvwxyz");
        assert_int_equal(mmio_cursor_position(cursor), 26);
        check_read(cursor, 10, "");
        assert_int_equal(mmio_cursor_position(cursor), 26);
        mmio_cursor_close(cursor);
        mmio_map_close(map);
    }
}

static void D5_an_empty_map_reads_nothing(void **state)
{
    (void)state;
    make_file("f", 0, 0);
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    mmio_cursor *cursor = cursor_of(map);
    mmio_view view;
    check_read(cursor, 10, "");
    assert_ok(mmio_cursor_peek(cursor, &view, ERR));
    assert_int_equal(view.size, 0);
    check_seek(cursor, 0, MMIO_SEEK_END, 0);
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void D5_seeking_counts_from_start_position_and_end(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RO);
    mmio_cursor *cursor = cursor_of(map);
    check_seek(cursor, 3, MMIO_SEEK_START, 3);
    check_read(cursor, 2, "de");
    check_seek(cursor, 4, MMIO_SEEK_CURRENT, 9);
    check_read(cursor, 1, "j");
    check_seek(cursor, -10, MMIO_SEEK_CURRENT, 0);
    check_seek(cursor, -2, MMIO_SEEK_END, 24);
    check_read(cursor, 64, "yz");
    check_seek(cursor, 0, MMIO_SEEK_END, 26);
    check_seek(cursor, -26, MMIO_SEEK_END, 0);
    check_read(cursor, 1, "a");
    assert_ok(mmio_cursor_seek(cursor, 5, MMIO_SEEK_START, NULL, ERR));
    assert_int_equal(mmio_cursor_position(cursor), 5);
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void D5_positions_beyond_the_end_are_legal_and_read_nothing(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RO);
    mmio_cursor *cursor = cursor_of(map);
    mmio_view view;
    check_seek(cursor, 1, MMIO_SEEK_END, 27);
    check_read(cursor, 10, "");
    check_seek(cursor, 1000000, MMIO_SEEK_CURRENT, 1000027);
    check_seek(cursor, INT64_MAX, MMIO_SEEK_START, POSITION_MOST);
    check_read(cursor, 10, "");
    assert_ok(mmio_cursor_peek(cursor, &view, ERR));
    assert_int_equal(view.size, 0);
    assert_int_equal(mmio_cursor_position(cursor), POSITION_MOST);
    assert_ok(mmio_cursor_consume(cursor, 0, ERR));
    check_seek(cursor, 0, MMIO_SEEK_CURRENT, POSITION_MOST);
    check_seek(cursor, -INT64_MAX, MMIO_SEEK_CURRENT, 0);
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void D5_negative_and_overflowing_targets_are_refused_and_leave_the_position(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RO);
    mmio_cursor *cursor = cursor_of(map);
    check_seek(cursor, 5, MMIO_SEEK_START, 5);
    check_seek_refused(cursor, -1, MMIO_SEEK_START);
    check_seek_refused(cursor, -6, MMIO_SEEK_CURRENT);
    check_seek_refused(cursor, -27, MMIO_SEEK_END);
    check_seek_refused(cursor, INT64_MIN, MMIO_SEEK_START);
    check_seek_refused(cursor, INT64_MIN, MMIO_SEEK_CURRENT);
    check_seek_refused(cursor, INT64_MIN, MMIO_SEEK_END);
    check_seek_refused(cursor, INT64_MAX - 4, MMIO_SEEK_CURRENT);
    check_seek_refused(cursor, INT64_MAX - 25, MMIO_SEEK_END);
    check_seek(cursor, INT64_MAX - 26, MMIO_SEEK_END, POSITION_MOST);
    check_seek_refused(cursor, 1, MMIO_SEEK_CURRENT);
    check_seek_refused(cursor, INT64_MIN, MMIO_SEEK_CURRENT);
    assert_status(MMIO_ERR_INVALID, mmio_cursor_consume(cursor, 1, ERR));
    check_seek(cursor, 5, MMIO_SEEK_START, 5);
    assert_status(MMIO_ERR_INVALID, mmio_cursor_consume(cursor, UINT64_MAX, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_consume(cursor, POSITION_MOST - 4, ERR));
    check_read(cursor, 1, "f");
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void D5_peeking_lends_the_rest_without_copying_or_moving(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODE_COUNT; i++) {
        mmio_map *map = alphabet(modes[i]);
        mmio_cursor *cursor = cursor_of(map);
        check_seek(cursor, 20, MMIO_SEEK_START, 20);
        const void *base;
        mmio_view view;
        assert_ok(mmio_map_data(map, &base, ERR));
        assert_ok(mmio_cursor_peek(cursor, &view, ERR));
        assert_ptr_equal(view.data, (const char *)base + 20);
        assert_int_equal(view.size, 6);
        assert_memory_equal(view.data, "uvwxyz", 6);
        assert_int_equal(mmio_cursor_position(cursor), 20);
        assert_ok(mmio_cursor_consume(cursor, 4, ERR));
        check_read(cursor, 10, "yz");
        mmio_view_release(&view);
        /* A peek is for reading: nothing is to be flushed because of it. */
        assert_int_equal(mmio_map_pending(map), 0);
        check_seek(cursor, 0, MMIO_SEEK_END, 26);
        assert_ok(mmio_cursor_peek(cursor, &view, ERR));
        assert_int_equal(view.size, 0);
        mmio_view_release(&view);
        mmio_cursor_close(cursor);
        mmio_map_close(map);
    }
}

static void D5_C1_a_peeked_view_outlives_cursor_and_map_and_holds_off_a_shrink(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    mmio_view view;
    assert_ok(mmio_cursor_consume(cursor, 10, ERR));
    assert_ok(mmio_cursor_peek(cursor, &view, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 25, 0, ERR));
    mmio_cursor_close(cursor);
    mmio_map_close(map);
    assert_memory_equal(view.data, "klmnopqrstuvwxyz", 16);
    mmio_view_release(&view);
}

static void D5_cursors_follow_resizes(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    check_seek(cursor, 24, MMIO_SEEK_START, 24);
    assert_ok(mmio_map_resize(map, 10, 0, ERR));
    check_read(cursor, 4, "");
    assert_int_equal(mmio_cursor_position(cursor), 24);
    check_seek(cursor, -1, MMIO_SEEK_END, 9);
    check_read(cursor, 4, "j");
    assert_ok(mmio_map_resize(map, 5000, 0, ERR));
    assert_ok(mmio_map_write(map, 4998, "yz", 2, ERR));
    check_seek(cursor, -2, MMIO_SEEK_END, 4998);
    check_read(cursor, 4, "yz");
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void D5_writing_moves_on_and_never_grows_the_map(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    assert_ok(mmio_cursor_write(cursor, "ABC", 3, ERR));
    assert_ok(mmio_cursor_write(cursor, "DE", 2, ERR));
    assert_int_equal(mmio_map_pending(map), 5);
    check_read(cursor, 2, "fg");
    check_seek(cursor, -2, MMIO_SEEK_END, 24);
    assert_status(MMIO_ERR_RANGE, mmio_cursor_write(cursor, "XYZ", 3, ERR));
    assert_int_equal(last_error.offset, 24);
    assert_int_equal(last_error.size, 3);
    assert_int_equal(last_error.limit, 26);
    assert_non_null(strstr(last_error.message, "mmio_cursor_write"));
    assert_int_equal(mmio_cursor_position(cursor), 24);
    assert_ok(mmio_cursor_write(cursor, "YZ", 2, ERR));
    assert_ok(mmio_cursor_write(cursor, NULL, 0, ERR));
    assert_int_equal(mmio_cursor_position(cursor), 26);
    assert_int_equal(file_size("f"), 26);
    char bytes[26];
    file_bytes("f", 0, bytes, 26);
    assert_memory_equal(bytes, "ABCDEfghijklmnopqrstuvwxYZ", 26);
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void D5_D1_modes_decide_whether_a_cursor_writes(void **state)
{
    (void)state;
    const uint32_t read_only[] = {MMIO_MODE_RO, MMIO_MODE_COW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = alphabet(read_only[i]);
        mmio_cursor *cursor = cursor_of(map);
        check_seek(cursor, 100, MMIO_SEEK_START, 100);
        assert_status(MMIO_ERR_MODE, mmio_cursor_write(cursor, "A", 1, ERR));
        assert_ok(mmio_cursor_write(cursor, "", 0, ERR));
        assert_int_equal(mmio_cursor_position(cursor), 100);
        mmio_cursor_close(cursor);
        mmio_map_close(map);
    }
    mmio_map *map = alphabet(MMIO_MODE_COW_RW);
    mmio_cursor *cursor = cursor_of(map);
    assert_ok(mmio_cursor_write(cursor, "AB", 2, ERR));
    check_seek(cursor, 0, MMIO_SEEK_START, 0);
    check_read(cursor, 3, "ABc");
    char byte;
    file_bytes("f", 0, &byte, 1);
    assert_int_equal(byte, 'a');
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void A4_D5_a_cursor_keeps_its_map_open(void **state)
{
    (void)state;
    const int before = open_descriptors();
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    intptr_t handle;
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    mmio_map_close(map);
    check_read(cursor, 3, "abc");
    mmio_cursor_close(cursor);
    assert_int_equal(open_descriptors(), before);
}

static void D5_a_map_that_was_shut_down_answers_closed(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    char byte = 'x';
    size_t count = 7;
    uint64_t position = 7;
    mmio_view view = {.size = 7};
    assert_ok(mmio_cursor_consume(cursor, 4, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_read(cursor, &byte, 1, &count, ERR));
    assert_int_equal(count, 0);
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_read(cursor, &byte, 0, &count, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_write(cursor, &byte, 1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_write(cursor, &byte, 0, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_peek(cursor, &view, ERR));
    assert_int_equal(view.size, 0);
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_consume(cursor, 1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_seek(cursor, -1, MMIO_SEEK_START, &position, ERR));
    assert_int_equal(position, 0);
    assert_int_equal(mmio_cursor_position(cursor), 4);
    mmio_cursor *late = cursor;
    assert_status(MMIO_ERR_CLOSED, mmio_cursor_open(map, &late, ERR));
    assert_null(late);
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

static void A9_D5_bad_arguments_clear_what_is_given_out(void **state)
{
    (void)state;
    mmio_map *map = alphabet(MMIO_MODE_RW);
    mmio_cursor *cursor = cursor_of(map);
    mmio_cursor *none = cursor;
    char byte;
    size_t count = 7;
    uint64_t position = 7;
    mmio_view view = {.size = 7};
    assert_status(MMIO_ERR_INVALID, mmio_cursor_open(NULL, &none, ERR));
    assert_null(none);
    assert_status(MMIO_ERR_INVALID, mmio_cursor_open(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_read(NULL, &byte, 1, &count, ERR));
    assert_int_equal(count, 0);
    count = 7;
    assert_status(MMIO_ERR_INVALID, mmio_cursor_read(cursor, NULL, 1, &count, ERR));
    assert_int_equal(count, 0);
    assert_status(MMIO_ERR_INVALID, mmio_cursor_read(cursor, &byte, 1, NULL, ERR));
    assert_ok(mmio_cursor_read(cursor, NULL, 0, &count, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_write(NULL, "a", 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_write(cursor, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_peek(NULL, &view, ERR));
    assert_int_equal(view.size, 0);
    assert_status(MMIO_ERR_INVALID, mmio_cursor_peek(cursor, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_consume(NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_cursor_seek(NULL, 1, MMIO_SEEK_START, &position, ERR));
    assert_int_equal(position, 0);
    check_seek_refused(cursor, 0, 3);
    check_seek_refused(cursor, 0, UINT32_MAX);
    assert_int_equal(mmio_cursor_position(NULL), 0);
    assert_int_equal(mmio_cursor_position(cursor), 0);
    mmio_cursor_close(NULL);
    mmio_cursor_close(cursor);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D5_reading_moves_on_and_stops_at_the_end),
        IN_DIRECTORY(D5_an_empty_map_reads_nothing),
        IN_DIRECTORY(D5_seeking_counts_from_start_position_and_end),
        IN_DIRECTORY(D5_positions_beyond_the_end_are_legal_and_read_nothing),
        IN_DIRECTORY(D5_negative_and_overflowing_targets_are_refused_and_leave_the_position),
        IN_DIRECTORY(D5_peeking_lends_the_rest_without_copying_or_moving),
        IN_DIRECTORY(D5_C1_a_peeked_view_outlives_cursor_and_map_and_holds_off_a_shrink),
        IN_DIRECTORY(D5_cursors_follow_resizes),
        IN_DIRECTORY(D5_writing_moves_on_and_never_grows_the_map),
        IN_DIRECTORY(D5_D1_modes_decide_whether_a_cursor_writes),
        IN_DIRECTORY(A4_D5_a_cursor_keeps_its_map_open),
        IN_DIRECTORY(D5_a_map_that_was_shut_down_answers_closed),
        IN_DIRECTORY(A9_D5_bad_arguments_clear_what_is_given_out),
    };
    return cmocka_run_group_tests_name("contract D5: cursors", tests, NULL, NULL);
}
