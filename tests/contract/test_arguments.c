/* SPDX-License-Identifier: Apache-2.0 */
/* A7, A9: what no call can work with is a wrong argument, and leaves nothing behind. */
#include "support.h"

/* Each of these has one thing that it cannot do without. */

static void A7_calls_on_bytes_want_a_map_and_a_place_for_them(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    uint64_t number = 7;
    assert_status(MMIO_ERR_INVALID, mmio_map_fill(NULL, 0, 1, 'x', ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_zero(NULL, 0, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_copy(NULL, 0, map, 0, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_copy(map, 0, NULL, 0, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_append(NULL, "x", 1, &number, ERR));
    assert_int_equal(number, 0);
    number = 7;
    assert_status(MMIO_ERR_INVALID, mmio_map_append(map, NULL, 1, &number, ERR));
    assert_int_equal(number, 0);
    assert_status(MMIO_ERR_INVALID, mmio_map_check_faults(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_flush(NULL, MMIO_FLUSH_DATA, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_flush_range(NULL, 0, 1, MMIO_FLUSH_DATA, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u32_load(map, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u64_load(map, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_read(map, 0, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_write(map, 0, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_read(NULL, 0, &number, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_write(NULL, 0, &number, 1, ERR));
    assert_int_equal(mmio_map_size(map), 100);
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

static void A7_C5_walks_want_places_for_what_they_hand_out(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_walk walk;
    void *data;
    uint64_t size;
    assert_status(MMIO_ERR_INVALID, mmio_walk_begin(map, 10, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_walk_begin(NULL, 10, 0, &walk, ERR));
    assert_ok(mmio_walk_begin(map, 10, 0, &walk, ERR));
    assert_int_equal(mmio_walk_next(NULL, &data, &size), 0);
    assert_int_equal(mmio_walk_next(&walk, NULL, &size), 0);
    assert_int_equal(mmio_walk_next(&walk, &data, NULL), 0);
    assert_int_equal(walk.next, 0); /* None of them took a chunk. */
    assert_int_equal(mmio_walk_next(&walk, &data, &size), 1);
    mmio_walk_end(&walk);
    mmio_walk_end(NULL);
    mmio_map_close(map);
}

static void A7_A9_handles_want_a_place(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    intptr_t handle = 7;
    assert_status(MMIO_ERR_INVALID, mmio_map_duplicate_handle(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_duplicate_handle(NULL, &handle, ERR));
    assert_int_equal(handle, -1);
    mmio_map_close(map);
}

static void A7_M1_answers_want_places_that_are_large_enough(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_inventory *inventory = NULL;
    mmio_map_info info = {.struct_size = 3};
    mmio_residency residency = {.struct_size = 3};
    const char *text;
    uint64_t size = 7;
    assert_ok(mmio_inventory_open(&inventory, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_inventory_get(inventory, 0, &info, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_inventory_json(inventory, NULL, &size, ERR));
    assert_int_equal(size, 0);
    assert_ok(mmio_inventory_json(inventory, &text, NULL, ERR));
    assert_int_equal(text[0], '[');
    mmio_inventory_close(inventory);
    assert_status(MMIO_ERR_INVALID, mmio_map_residency(map, 0, 1, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_residency(map, 0, 1, &residency, ERR));
    mmio_map_close(map);
}

/* Options that mean something for files only, each by itself. */
static size_t options_of_files(mmio_open_options *out_options)
{
    size_t count = 0;
    for (; count < 8; count++) {
        out_options[count] = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    }
    out_options[0].flags = MMIO_OPEN_ALLOCATE;
    out_options[1].size = 100;
    out_options[2].window_offset = 1;
    out_options[3].window_size = 1;
    out_options[4].policy = MMIO_POLICY_ALWAYS;
    out_options[5].policy_amount = 1;
    out_options[6].permissions = 0600;
    out_options[7].disposition = MMIO_DISPOSITION_CREATE;
    return count;
}

static void A7_B9_B10_memory_refuses_what_only_files_have(void **state)
{
    (void)state;
    mmio_open_options options[8];
    const size_t count = options_of_files(options);
    for (size_t i = 0; i < count; i++) {
        mmio_map *map = (mmio_map *)state;
        assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(100, &options[i], &map, ERR));
        assert_null(map);
        assert_status(MMIO_ERR_INVALID, mmio_map_shared(NULL, 100, &options[i], &map, ERR));
        assert_null(map);
    }
}

static void A7_A9_options_of_no_size_are_refused_by_all_who_take_some(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.struct_size = 4;
    mmio_map *map;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(100, &options, &map, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_shared(NULL, 100, &options, &map, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_from_handle(0, NULL, &options, &map, ERR));
    mmio_source *source;
    options.struct_size = 3;
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", &options, 0, &source, ERR));
}

/* A later version of the library may know more; a program that was made for it runs with this one
 * as long as it does not ask for that. */
static void A9_longer_options_are_taken_if_they_ask_for_nothing_unknown(void **state)
{
    (void)state;
    struct {
        mmio_open_options known;
        uint64_t unknown[100]; /* Later versions may know the first of them. */
    } options = {options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0), {0}};
    make_file("f", 100, 'x');
    options.known.struct_size = sizeof options;
    mmio_source *source = NULL;
    mmio_map *map = NULL;
    assert_ok(mmio_source_open("f", &options.known, 0, &source, ERR));
    mmio_source_close(source);
    assert_ok(mmio_map_open("f", &options.known, &map, ERR));
    mmio_map_close(map);
    options.unknown[99] = 1;
    assert_status(MMIO_ERR_INVALID, mmio_source_open("f", &options.known, 0, &source, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options.known, &map, ERR));
}

static void A7_H3_I1_maps_that_were_shut_down_are_closed_whatever_their_kind(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    mmio_watcher *watcher = NULL;
    mmio_range_lock *lock;
    uint64_t watch;
    assert_ok(mmio_watcher_open(&watcher, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_watcher_add_map(watcher, map, &watch, ERR));
    mmio_watcher_close(watcher);
    mmio_map_close(map);

    make_file("f", 100, 'x');
    map = open_mode("f", MMIO_MODE_RO);
    assert_status(MMIO_ERR_MODE, mmio_range_lock_acquire(map, 0, 1, 0, 0, &lock, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_range_lock_acquire(map, 0, 1, 0, 0, &lock, ERR));
    assert_null(lock);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A7_calls_on_bytes_want_a_map_and_a_place_for_them),
        IN_DIRECTORY(A7_C5_walks_want_places_for_what_they_hand_out),
        IN_DIRECTORY(A7_A9_handles_want_a_place),
        IN_DIRECTORY(A7_M1_answers_want_places_that_are_large_enough),
        IN_DIRECTORY(A7_B9_B10_memory_refuses_what_only_files_have),
        IN_DIRECTORY(A7_A9_options_of_no_size_are_refused_by_all_who_take_some),
        IN_DIRECTORY(A9_longer_options_are_taken_if_they_ask_for_nothing_unknown),
        IN_DIRECTORY(A7_H3_I1_maps_that_were_shut_down_are_closed_whatever_their_kind),
    };
    return cmocka_run_group_tests_name("contract A7, A9: arguments", tests, NULL, NULL);
}
