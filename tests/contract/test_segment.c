/* SPDX-License-Identifier: Apache-2.0 */
/* C6: segments. */
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static mmio_segment *segment_of(mmio_map *map, uint64_t offset, uint64_t size)
{
    mmio_segment *segment = NULL;
    assert_ok(mmio_segment_open(map, offset, size, &segment, ERR));
    return segment;
}

static void check_numbers(uint64_t offset, uint64_t size, uint64_t limit)
{
    assert_int_equal(last_error.offset, offset);
    assert_int_equal(last_error.size, size);
    assert_int_equal(last_error.limit, limit);
}

static void C6_a_segment_is_checked_when_made(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 0, 100);
    assert_int_equal(mmio_segment_offset(segment), 0);
    assert_int_equal(mmio_segment_size(segment), 100);
    assert_int_equal(mmio_segment_is_valid(segment), 1);
    mmio_segment_close(segment);
    const uint64_t ranges[][2] = {{0, 101}, {100, 1}, {50, 51}, {UINT64_MAX, 2}, {1, UINT64_MAX}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        segment = (mmio_segment *)state;
        assert_status(MMIO_ERR_RANGE,
                      mmio_segment_open(map, ranges[i][0], ranges[i][1], &segment, ERR));
        check_numbers(ranges[i][0], ranges[i][1], 100);
        assert_null(segment);
    }
    mmio_map_close(map);
}

static void C6_bytes_are_those_of_the_map(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    char bytes[20];
    assert_ok(mmio_map_write(map, 40, "0123456789abcdefghij", 20, ERR));
    assert_ok(mmio_segment_read(segment, 0, bytes, 20, ERR));
    assert_memory_equal(bytes, "0123456789abcdefghij", 20);
    assert_ok(mmio_segment_read(segment, 18, bytes, 2, ERR));
    assert_memory_equal(bytes, "ij", 2);
    assert_ok(mmio_segment_write(segment, 3, "XYZ", 3, ERR));
    file_bytes("f", 40, bytes, 20);
    assert_memory_equal(bytes, "012XYZ6789abcdefghij", 20);
    assert_int_equal(mmio_map_pending(map), 23);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

static void C6_a_longer_write_is_out_of_range_and_a_shorter_one_leaves_the_rest(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_fill(map, 0, 100, '.', ERR));
    mmio_segment *segment = segment_of(map, 40, 4);
    char bytes[8];
    assert_status(MMIO_ERR_RANGE, mmio_segment_write(segment, 0, "abcde", 5, ERR));
    check_numbers(0, 5, 4);
    assert_non_null(strstr(last_error.message, "segment's size 4"));
    assert_status(MMIO_ERR_RANGE, mmio_segment_write(segment, 2, "abc", 3, ERR));
    check_numbers(2, 3, 4);
    assert_status(MMIO_ERR_RANGE, mmio_segment_write(segment, UINT64_MAX, "ab", 2, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_segment_read(segment, 0, bytes, 5, ERR));
    check_numbers(0, 5, 4);
    assert_status(MMIO_ERR_RANGE, mmio_segment_read(segment, 4, bytes, 1, ERR));
    file_bytes("f", 38, bytes, 8);
    assert_memory_equal(bytes, "........", 8);
    assert_ok(mmio_segment_write(segment, 0, "ab", 2, ERR));
    assert_ok(mmio_segment_write(segment, 3, "d", 1, ERR));
    file_bytes("f", 38, bytes, 8);
    assert_memory_equal(bytes, "..ab.d..", 8);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

/* Every use of an invalid segment tells its place, its size and the map's. */
static void check_invalid(mmio_segment *segment, uint64_t map_size)
{
    const uint64_t offset = mmio_segment_offset(segment);
    const uint64_t size = mmio_segment_size(segment);
    char byte = 'x';
    mmio_view view = {.size = 7};
    assert_int_equal(mmio_segment_is_valid(segment), 0);
    assert_status(MMIO_ERR_RANGE, mmio_segment_read(segment, 0, &byte, 1, ERR));
    check_numbers(offset, size, map_size);
    assert_int_equal(byte, 'x');
    assert_status(MMIO_ERR_RANGE, mmio_segment_write(segment, 0, &byte, 1, ERR));
    check_numbers(offset, size, map_size);
    assert_status(MMIO_ERR_RANGE, mmio_segment_view(segment, 0, &view, ERR));
    check_numbers(offset, size, map_size);
    assert_int_equal(view.size, 0);
    assert_status(MMIO_ERR_RANGE, mmio_segment_view(segment, MMIO_VIEW_WRITE, &view, ERR));
    check_numbers(offset, size, map_size);
}

static void C6_a_shrink_makes_it_invalid_and_regrowth_valid_again(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    assert_ok(mmio_segment_write(segment, 0, "abc", 3, ERR));
    assert_ok(mmio_map_resize(map, 60, 0, ERR));
    assert_int_equal(mmio_segment_is_valid(segment), 1);
    /* Its first bytes are still there, but it is one thing. */
    assert_ok(mmio_map_resize(map, 59, 0, ERR));
    check_invalid(segment, 59);
    assert_ok(mmio_map_resize(map, 10, 0, ERR));
    check_invalid(segment, 10);
    assert_int_equal(mmio_segment_offset(segment), 40);
    assert_int_equal(mmio_segment_size(segment), 20);
    assert_ok(mmio_map_resize(map, 60, 0, ERR));
    assert_int_equal(mmio_segment_is_valid(segment), 1);
    char bytes[3];
    assert_ok(mmio_segment_read(segment, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "\0\0\0", 3);
    assert_ok(mmio_segment_write(segment, 17, "xyz", 3, ERR));
    file_bytes("f", 57, bytes, 3);
    assert_memory_equal(bytes, "xyz", 3);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

static void A2_C6_size_0_is_accepted_anywhere_and_does_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    assert_ok(mmio_segment_read(segment, 1000, NULL, 0, ERR));
    assert_ok(mmio_segment_write(segment, UINT64_MAX, NULL, 0, ERR));
    assert_ok(mmio_map_resize(map, 10, 0, ERR));
    assert_ok(mmio_segment_read(segment, 0, NULL, 0, ERR));
    assert_ok(mmio_segment_write(segment, 0, NULL, 0, ERR));
    mmio_segment_close(segment);
    segment = segment_of(map, 1000, 0);
    mmio_view view;
    assert_int_equal(mmio_segment_is_valid(segment), 1);
    assert_ok(mmio_segment_view(segment, MMIO_VIEW_WRITE, &view, ERR));
    assert_int_equal(view.size, 0);
    mmio_view_release(&view);
    assert_status(MMIO_ERR_RANGE, mmio_segment_write(segment, 0, "a", 1, ERR));
    check_numbers(0, 1, 0);
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

static void C6_C3_modes_decide_who_may_write(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const uint32_t read_only[] = {MMIO_MODE_RO, MMIO_MODE_COW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", read_only[i]);
        mmio_segment *segment = segment_of(map, 40, 4);
        mmio_view view = {.size = 7};
        char bytes[4];
        assert_ok(mmio_segment_read(segment, 0, bytes, 4, ERR));
        assert_memory_equal(bytes, "xxxx", 4);
        /* The mode is told before the range. */
        assert_status(MMIO_ERR_MODE, mmio_segment_write(segment, 9, "a", 1, ERR));
        assert_ok(mmio_segment_write(segment, 0, "", 0, ERR));
        assert_status(MMIO_ERR_MODE, mmio_segment_view(segment, MMIO_VIEW_WRITE, &view, ERR));
        assert_int_equal(view.size, 0);
        mmio_segment_close(segment);
        mmio_map_close(map);
    }
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    mmio_segment *segment = segment_of(map, 40, 4);
    assert_ok(mmio_segment_write(segment, 0, "abcd", 4, ERR));
    char bytes[4];
    assert_ok(mmio_map_read(map, 40, bytes, 4, ERR));
    assert_memory_equal(bytes, "abcd", 4);
    file_bytes("f", 40, bytes, 4);
    assert_memory_equal(bytes, "xxxx", 4);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

static void C1_C6_a_view_of_a_segment_pins_it_and_outlives_it(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    const void *base;
    mmio_view view;
    assert_ok(mmio_map_data(map, &base, ERR));
    assert_ok(mmio_segment_view(segment, MMIO_VIEW_WRITE, &view, ERR));
    assert_ptr_equal(view.data, (const char *)base + 40);
    assert_int_equal(view.size, 20);
    memcpy(view.data, "abcdefghijklmnopqrst", 20);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 59, 0, ERR));
    assert_ok(mmio_map_resize(map, 60, 0, ERR));
    mmio_segment_close(segment);
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 20);
    segment = segment_of(map, 40, 20);
    assert_ok(mmio_segment_view(segment, 0, &view, ERR));
    mmio_segment_close(segment);
    mmio_map_close(map);
    assert_memory_equal(view.data, "abcdefghijklmnopqrst", 20);
    mmio_view_release(&view);
}

static void A4_C6_a_segment_keeps_its_map_open(void **state)
{
    (void)state;
    const int before = open_descriptors();
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    mmio_map_close(map);
    assert_ok(mmio_segment_write(segment, 0, "abc", 3, ERR));
    char bytes[3];
    file_bytes("f", 40, bytes, 3);
    assert_memory_equal(bytes, "abc", 3);
    mmio_segment_close(segment);
    assert_int_equal(open_descriptors(), before);
}

static void C6_a_map_that_was_shut_down_answers_closed(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    mmio_segment *empty = segment_of(map, 0, 0);
    assert_ok(mmio_map_shutdown(map, ERR));
    char byte;
    mmio_view view = {.size = 7};
    assert_int_equal(mmio_segment_is_valid(segment), 0);
    assert_int_equal(mmio_segment_is_valid(empty), 0);
    assert_status(MMIO_ERR_CLOSED, mmio_segment_read(segment, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_segment_read(segment, 20, &byte, 1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_segment_write(segment, 0, "a", 1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_segment_write(segment, 0, "a", 0, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_segment_view(segment, 0, &view, ERR));
    assert_int_equal(view.size, 0);
    assert_status(MMIO_ERR_CLOSED, mmio_segment_view(empty, 0, &view, ERR));
    mmio_segment *late = segment;
    assert_status(MMIO_ERR_CLOSED, mmio_segment_open(map, 0, 1, &late, ERR));
    assert_null(late);
    mmio_segment_close(segment);
    mmio_segment_close(empty);
    mmio_map_close(map);
}

static void A9_C6_bad_arguments_clear_what_is_given_out(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    mmio_segment *none = segment;
    mmio_view view = {.size = 7};
    char byte;
    assert_status(MMIO_ERR_INVALID, mmio_segment_open(NULL, 0, 1, &none, ERR));
    assert_null(none);
    assert_status(MMIO_ERR_INVALID, mmio_segment_open(map, 0, 1, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_segment_read(NULL, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_segment_read(segment, 0, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_segment_write(NULL, 0, "a", 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_segment_write(segment, 0, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_segment_view(NULL, 0, &view, ERR));
    assert_int_equal(view.size, 0);
    view.size = 7;
    assert_status(MMIO_ERR_INVALID, mmio_segment_view(segment, 2, &view, ERR));
    assert_int_equal(view.size, 0);
    assert_status(MMIO_ERR_INVALID, mmio_segment_view(segment, 0, NULL, ERR));
    assert_int_equal(mmio_segment_is_valid(NULL), 0);
    assert_int_equal(mmio_segment_offset(NULL), 0);
    assert_int_equal(mmio_segment_size(NULL), 0);
    mmio_segment_close(NULL);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

static void B12_C6_a_child_uses_its_parents_segment(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_segment *segment = segment_of(map, 40, 20);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(mmio_segment_write(segment, 0, "child", 5, NULL) == MMIO_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    char bytes[5];
    assert_ok(mmio_segment_read(segment, 0, bytes, 5, ERR));
    assert_memory_equal(bytes, "child", 5);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

/* A segment at the end that comes and goes. Whatever a use answers, it touches no byte that is not
 * there: that would be a SIGBUS. */
enum { SIZE_LEAST = 4096, SIZE_MOST = 60 << 10, USERS = 3 };

typedef struct user {
    mmio_segment *segment;
    uint64_t own_place; /* Stores through views are this user's own business. */
    _Atomic bool is_over;
    _Atomic uint64_t done;
    _Atomic uint64_t refused;
    _Atomic uint64_t wrong;
    uintptr_t thread;
} user;

static void judge(user *u, mmio_status status)
{
    atomic_fetch_add(&u->done, status == MMIO_OK);
    atomic_fetch_add(&u->refused, status == MMIO_ERR_RANGE);
    atomic_fetch_add(&u->wrong, status != MMIO_OK && status != MMIO_ERR_RANGE);
}

static void *use_segment(void *argument)
{
    user *u = argument;
    const uint64_t last = mmio_segment_size(u->segment) - 1;
    while (!atomic_load(&u->is_over)) {
        char byte = 0;
        mmio_view view;
        judge(u, mmio_segment_read(u->segment, last, &byte, 1, NULL));
        /* Also where the byte itself survives the shrink. */
        judge(u, mmio_segment_write(u->segment, 0, &byte, 1, NULL));
        judge(u, mmio_segment_write(u->segment, last, &byte, 1, NULL));
        const mmio_status status = mmio_segment_view(u->segment, MMIO_VIEW_WRITE, &view, NULL);
        judge(u, status);
        if (status == MMIO_OK) {
            ((volatile char *)view.data)[u->own_place] = 0;
            atomic_fetch_add(&u->wrong, ((volatile char *)view.data)[u->own_place] != 0);
            mmio_view_release(&view);
        }
    }
    return NULL;
}

static bool have_met_both(user *users)
{
    for (int i = 0; i < USERS; i++) {
        if (atomic_load(&users[i].done) == 0 || atomic_load(&users[i].refused) == 0) {
            return false;
        }
    }
    return true;
}

static void A3_C6_check_and_access_are_one_step(void **state)
{
    (void)state;
    enum { RESIZES = 2000 };
    mmio_map *map = create_map("f", SIZE_MOST);
    user users[USERS] = {0};
    for (int i = 0; i < USERS; i++) {
        users[i].segment = segment_of(map, SIZE_LEAST - 1, SIZE_MOST - SIZE_LEAST + 1);
        users[i].own_place = mmio_segment_size(users[i].segment) - 2 - (uint64_t)i;
        start_thread(&users[i].thread, use_segment, &users[i]);
    }
    mmio_status status = MMIO_OK;
    for (int i = 0; (i < RESIZES || !have_met_both(users)) && status == MMIO_OK; i++) {
        status = mmio_map_resize(map, SIZE_LEAST, -1, ERR);
        if (status == MMIO_OK) {
            status = mmio_map_resize(map, SIZE_MOST, 0, ERR);
        }
    }
    for (int i = 0; i < USERS; i++) {
        atomic_store(&users[i].is_over, true);
    }
    for (int i = 0; i < USERS; i++) {
        (void)join_thread(users[i].thread);
    }
    assert_ok(status);
    for (int i = 0; i < USERS; i++) {
        assert_int_equal(atomic_load(&users[i].wrong), 0);
        mmio_segment_close(users[i].segment);
    }
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(C6_a_segment_is_checked_when_made),
        IN_DIRECTORY(C6_bytes_are_those_of_the_map),
        IN_DIRECTORY(C6_a_longer_write_is_out_of_range_and_a_shorter_one_leaves_the_rest),
        IN_DIRECTORY(C6_a_shrink_makes_it_invalid_and_regrowth_valid_again),
        IN_DIRECTORY(A2_C6_size_0_is_accepted_anywhere_and_does_nothing),
        IN_DIRECTORY(C6_C3_modes_decide_who_may_write),
        IN_DIRECTORY(C1_C6_a_view_of_a_segment_pins_it_and_outlives_it),
        IN_DIRECTORY(A4_C6_a_segment_keeps_its_map_open),
        IN_DIRECTORY(C6_a_map_that_was_shut_down_answers_closed),
        IN_DIRECTORY(A9_C6_bad_arguments_clear_what_is_given_out),
        IN_DIRECTORY(B12_C6_a_child_uses_its_parents_segment),
        IN_DIRECTORY(A3_C6_check_and_access_are_one_step),
    };
    return cmocka_run_group_tests_name("contract C6: segments", tests, NULL, NULL);
}
