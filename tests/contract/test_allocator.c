/* SPDX-License-Identifier: Apache-2.0 */
/* M2: the allocator hook. A program of its own, since an allocator comes before all other use. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "watchers.h"

static _Atomic long live_blocks;
static _Atomic bool is_empty;
static _Atomic long misaligned;

/* What the allocator does once besides, with the library. */
static void (*aside)(void);
static mmio_map *aside_map;

static void *MMIO_CALL count_allocate(size_t size, size_t alignment, void *user)
{
    assert_ptr_equal(user, &live_blocks);
    if (aside != NULL) {
        void (*now)(void) = aside;
        aside = NULL;
        now();
    }
    if (is_empty) {
        return NULL;
    }
    void *memory = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    assert_non_null(memory);
    memset(memory, 0xee, size); /* The library must not count on zeros. */
    misaligned += (uintptr_t)memory % alignment != 0;
    live_blocks++;
    return memory;
}

static void MMIO_CALL count_release(void *memory, void *user)
{
    assert_ptr_equal(user, &live_blocks);
    assert_non_null(memory);
    live_blocks--;
    free(memory);
}

static void M2_an_allocator_is_taken_once_and_before_first_use(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID, mmio_set_allocator(NULL, count_release, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_set_allocator(count_allocate, NULL, NULL, ERR));
    assert_ptr_equal(strstr(last_error.message, "mmio_set_allocator: one"), last_error.message);
    assert_ok(mmio_set_allocator(count_allocate, count_release, &live_blocks, ERR));
    assert_status(MMIO_ERR_BUSY,
                  mmio_set_allocator(count_allocate, count_release, &live_blocks, ERR));
}

static void M2_all_memory_comes_from_it_and_goes_back(void **state)
{
    (void)state;
    mmio_map *warm = create_map("f", 100); /* This thread's pins stay. */
    assert_ok(mmio_map_write(warm, 0, "abc", 3, ERR));
    mmio_map_close(warm);
    const long before = live_blocks;
    mmio_map *map = create_map("g", 100000);
    assert_true(live_blocks > before);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    mmio_map_close(map);
    assert_int_equal(live_blocks, before);
    assert_int_equal(misaligned, 0);
}

static void M2_without_memory_calls_fail_and_nothing_is_lost(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const int descriptors = open_descriptors();
    is_empty = true;
    mmio_map *other = map;
    assert_status(MMIO_ERR_NO_MEMORY, mmio_map_open("f", NULL, &other, ERR));
    assert_null(other);
    assert_status(MMIO_ERR_NO_MEMORY, mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ptr_equal(strstr(last_error.message, "mmio_map_write: f: "), last_error.message);
    is_empty = false;
    assert_int_equal(open_descriptors(), descriptors);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    mmio_map_close(map);
}

/* Whichever of the two maps comes first in memory, and is locked first. */
static void M2_D4_a_copy_between_maps_without_memory_locks_neither(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        mmio_map *maps[] = {anonymous_map(100000), anonymous_map(100000)};
        assert_ok(mmio_map_write(maps[way], 0, "x", 1, ERR)); /* Once is enough for this one. */
        is_empty = true;
        const mmio_status status = mmio_map_copy(maps[0], 70000, maps[1], 70000, 10, ERR);
        is_empty = false;
        assert_status(MMIO_ERR_NO_MEMORY, status);
        assert_ok(mmio_map_write_within(maps[0], 70000, "abc", 3, 0, ERR));
        assert_ok(mmio_map_write_within(maps[1], 70000, "abc", 3, 0, ERR));
        assert_ok(mmio_map_copy(maps[0], 70000, maps[1], 70000, 10, ERR));
        mmio_map_close(maps[0]);
        mmio_map_close(maps[1]);
    }
}

static void M2_A6_no_memory_is_no_code_of_the_system(void **state)
{
    (void)state;
    mmio_watcher *watcher = NULL;
    uint64_t watch;
    make_file("f", 100, 'x');
    assert_ok(mmio_watcher_open(&watcher, ERR));
    is_empty = true;
    const mmio_status status = mmio_watcher_add_path(watcher, "f", &watch, ERR);
    is_empty = false;
    assert_status(MMIO_ERR_NO_MEMORY, status);
    assert_int_equal(last_error.os_code, 0);
    assert_non_null(strstr(last_error.message, "no memory"));
    mmio_watcher_close(watcher);
}

static void M2_D4_long_patterns_want_memory_and_short_ones_do_not(void **state)
{
    (void)state;
    static char pattern[40000];
    mmio_map *map = create_map("f", 100000);
    uint64_t at = 7;
    is_empty = true;
    const mmio_status of_long = mmio_map_find(map, 0, 100000, pattern, sizeof pattern, &at, ERR);
    const mmio_status of_short = mmio_map_find(map, 0, 100000, "x", 1, &at, NULL);
    is_empty = false;
    assert_status(MMIO_ERR_NO_MEMORY, of_long);
    assert_ok(of_short);
    assert_int_equal(at, UINT64_MAX);
    assert_ok(mmio_map_find(map, 0, 100000, pattern, sizeof pattern, &at, ERR));
    assert_int_equal(at, 0);
    mmio_map_close(map);
}

/* Events that there is no room for are an event. */
static void M2_I2_without_memory_the_queue_of_events_is_shorter(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    mmio_watcher *last = watch_last();
    is_empty = true;
    change_often(100);
    await_all(last);
    is_empty = false;
    int count = 0;
    mmio_watch_event event = next(watcher);
    for (; event.kind != MMIO_WATCH_OVERFLOW; event = next(watcher)) {
        count++;
    }
    assert_in_range(count, 1, 99);
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(watcher, 0, &event, ERR));
    change_often(1);
    assert_int_equal(next(watcher).kind, MMIO_WATCH_MODIFIED);
    mmio_watcher_close(watcher);
    mmio_watcher_close(last);
}

static void shut_down_aside(void)
{
    assert_ok(mmio_map_shutdown(aside_map, NULL));
}

/* In the middle of it: the file is longer already, and not yet mapped. */
static void M2_E2_B13_a_growth_that_meets_a_shutdown_takes_itself_back(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 4096);
    options.reserve = 8192;
    assert_ok(mmio_map_open("f", &options, &aside_map, ERR));
    const int descriptors = open_descriptors();
    const long blocks = live_blocks;
    aside = shut_down_aside;
    assert_status(MMIO_ERR_CLOSED, mmio_map_resize(aside_map, 1 << 20, 0, ERR));
    assert_null(aside);
    assert_int_equal(file_size("f"), 4096);
    assert_int_equal(open_descriptors(), descriptors - 1);
    assert_int_equal(live_blocks, blocks);
    mmio_map_close(aside_map);
}

/* While an inventory is taken there come, one after the other: a map, a place that a map has left,
 * and a map with a long name for one with a short name. */
static int came;
static mmio_map *maps[3];
static mmio_view left;

static void come_aside(void)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 4096);
    options.reserve = 8192;
    switch (came++) {
    case 0:
        assert_ok(mmio_map_open("a", &options, &maps[0], NULL));
        break;
    case 1:
        assert_ok(mmio_view_acquire(maps[0], 0, 1, 0, &left, NULL));
        assert_ok(mmio_map_resize(maps[0], 1 << 20, 0, NULL));
        break;
    case 2:
        mmio_map_close(maps[1]);
        assert_ok(mmio_map_open("a file with a longer name", &options, &maps[1], NULL));
        break;
    default:
        return;
    }
    aside = come_aside;
}

static void M2_M1_the_allocator_may_use_maps_while_they_are_listed(void **state)
{
    (void)state;
    mmio_inventory *inventory = NULL;
    maps[1] = create_map("b", 4096);
    aside = come_aside;
    assert_ok(mmio_inventory_open(&inventory, ERR));
    aside = NULL;
    assert_int_equal(came, 4);
    assert_int_equal(mmio_inventory_count(inventory), 2);
    for (uint64_t i = 0; i < 2; i++) {
        const char *path = NULL;
        mmio_map_info info = {.struct_size = sizeof info};
        assert_ok(mmio_inventory_get(inventory, i, &info, &path, ERR));
        const bool is_first = strcmp(path, "a") == 0;
        assert_true(is_first || strcmp(path, "a file with a longer name") == 0);
        assert_int_equal(info.size, is_first ? 1 << 20 : 4096);
        assert_int_equal(info.views, is_first ? 1 : 0);
    }
    mmio_inventory_close(inventory);
    mmio_view_release(&left);
    mmio_map_close(maps[0]);
    mmio_map_close(maps[1]);
}

/* As many views as there is room for without more memory. */
static size_t take_all_room(mmio_map *map, mmio_view *views, size_t most)
{
    size_t count = 0;
    while (count < most && mmio_view_acquire(map, 0, 1, 0, &views[count], NULL) == MMIO_OK) {
        count++;
    }
    return count;
}

static void M2_C1_without_room_for_one_more_hold_calls_say_so(void **state)
{
    (void)state;
    enum { MOST = 100000 };
    static mmio_view views[MOST];
    make_file("d", 100, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_DEFER;
    mmio_map *deferred = NULL;
    assert_ok(mmio_map_open("d", &options, &deferred, ERR));
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_write(map, 0, "a", 1, ERR));
    char byte;
    const void *data;
    is_empty = true;
    const size_t count = take_all_room(map, views, MOST);
    const mmio_status statuses[] = {
        mmio_map_read(deferred, 0, &byte, 1, NULL), mmio_map_data(deferred, &data, NULL),
        mmio_map_append(map, "b", 1, NULL, NULL),   mmio_map_read(map, 0, &byte, 1, NULL),
        mmio_map_flush(map, MMIO_FLUSH_DATA, NULL), mmio_map_resize(map, 200, 0, NULL),
    };
    is_empty = false;
    assert_in_range(count, 1, MOST - 1);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        assert_status(MMIO_ERR_NO_MEMORY, statuses[i]);
    }
    assert_int_equal(mmio_map_size(map), 100);
    assert_int_equal(file_size("f"), 100);
    for (size_t i = 0; i < count; i++) {
        mmio_view_release(&views[i]);
    }
    assert_ok(mmio_map_read(deferred, 0, &byte, 1, ERR));
    assert_ok(mmio_map_append(map, "b", 1, NULL, ERR));
    mmio_map_close(deferred);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(M2_an_allocator_is_taken_once_and_before_first_use),
        IN_DIRECTORY(M2_all_memory_comes_from_it_and_goes_back),
        IN_DIRECTORY(M2_without_memory_calls_fail_and_nothing_is_lost),
        IN_DIRECTORY(M2_D4_a_copy_between_maps_without_memory_locks_neither),
        IN_DIRECTORY(M2_A6_no_memory_is_no_code_of_the_system),
        IN_DIRECTORY(M2_D4_long_patterns_want_memory_and_short_ones_do_not),
        IN_DIRECTORY(M2_I2_without_memory_the_queue_of_events_is_shorter),
        IN_DIRECTORY(M2_E2_B13_a_growth_that_meets_a_shutdown_takes_itself_back),
        IN_DIRECTORY(M2_M1_the_allocator_may_use_maps_while_they_are_listed),
        IN_DIRECTORY(M2_C1_without_room_for_one_more_hold_calls_say_so),
    };
    return cmocka_run_group_tests_name("contract M2: the allocator", tests, NULL, NULL);
}
