/* SPDX-License-Identifier: Apache-2.0 */
/* B11: a file that is mapped when it has to be. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support.h"

#define SIZE 100000

static mmio_open_options deferred(void)
{
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_DEFER;
    return options;
}

static mmio_map *open_deferred(void)
{
    const mmio_open_options options = deferred();
    mmio_map *map;
    make_file("f", SIZE, 'x');
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    return map;
}

/* As the kernel lists them. */
static bool is_mapped(const char *name)
{
    char path[4096];
    char line[8192];
    bool found = false;
    assert_non_null(realpath(name, path));
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        found = found || strstr(line, path) != NULL;
    }
    (void)fclose(maps);
    return found;
}

static void B11_a_few_short_reads_do_not_map_the_file(void **state)
{
    (void)state;
    mmio_map *map = open_deferred();
    char bytes[4096];
    assert_int_equal(mmio_map_size(map), SIZE);
    assert_ok(mmio_map_read(map, SIZE - sizeof bytes, bytes, sizeof bytes, ERR));
    assert_int_equal(bytes[0], 'x');
    assert_int_equal(bytes[sizeof bytes - 1], 'x');
    assert_ok(mmio_map_read(map, 0, bytes, 1, ERR));
    assert_false(is_mapped("f"));
    for (int i = 0; i < 4; i++) {
        assert_ok(mmio_map_read(map, 5, bytes, 100, ERR));
    }
    assert_true(is_mapped("f"));
    mmio_map_close(map);
    assert_false(is_mapped("f"));
}

static void B11_a_long_read_maps_the_file(void **state)
{
    (void)state;
    static char bytes[SIZE];
    mmio_map *map = open_deferred();
    assert_ok(mmio_map_read(map, 0, bytes, SIZE, ERR));
    assert_int_equal(bytes[SIZE - 1], 'x');
    assert_true(is_mapped("f"));
    mmio_map_close(map);
}

static void B11_whatever_else_wants_bytes_maps_the_file(void **state)
{
    (void)state;
    mmio_map *map = open_deferred();
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 1, 2, 0, &view, ERR));
    assert_memory_equal(view.data, "xx", 2);
    assert_true(is_mapped("f"));
    mmio_view_release(&view);
    mmio_map_close(map);

    map = open_deferred();
    const void *data;
    assert_ok(mmio_map_data(map, &data, ERR));
    assert_memory_equal(data, "xx", 2);
    mmio_map_close(map);

    map = open_deferred();
    uint64_t found;
    assert_ok(mmio_map_find(map, 0, SIZE, "x", 1, &found, ERR));
    assert_int_equal(found, 0);
    mmio_map_close(map);

    map = open_deferred();
    mmio_residency residency = {.struct_size = sizeof residency};
    assert_ok(mmio_map_residency(map, 0, SIZE, &residency, ERR));
    assert_int_equal(residency.cached, residency.pages);
    mmio_map_close(map);
}

static void B11_D2_ranges_are_checked_as_ever(void **state)
{
    (void)state;
    mmio_map *map = open_deferred();
    char byte;
    mmio_error error;
    assert_status(MMIO_ERR_RANGE, mmio_map_read(map, SIZE, &byte, 1, &error));
    assert_int_equal(error.limit, SIZE);
    assert_ok(mmio_map_read(map, SIZE + 1, &byte, 0, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
    assert_false(is_mapped("f"));
    mmio_map_close(map);
}

static void B11_A1_a_window_begins_where_it_does(void **state)
{
    (void)state;
    mmio_open_options options = deferred();
    options.window_offset = 4099;
    options.window_size = 10;
    char bytes[10];
    mmio_map *map;
    make_file("f", SIZE, 'x');
    FILE *file = fopen("f", "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 4099, SEEK_SET), 0);
    assert_int_equal(fwrite("0123456789", 1, 10, file), 10);
    assert_int_equal(fclose(file), 0);
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_ok(mmio_map_read(map, 0, bytes, 10, ERR));
    assert_memory_equal(bytes, "0123456789", 10);
    assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 1, bytes, 10, ERR));
    mmio_map_close(map);
}

/* No guard is needed: nothing is mapped. */
static void B11_L1_bytes_that_are_gone_are_told(void **state)
{
    (void)state;
    mmio_map *map = open_deferred();
    char bytes[100];
    mmio_error error;
    assert_int_equal(truncate("f", 1040), 0);
    assert_status(MMIO_ERR_FAULT, mmio_map_read(map, 1000, bytes, 100, &error));
    assert_int_equal(error.done, 40);
    assert_int_equal(error.offset, 1040);
    assert_int_equal(error.cause, MMIO_CAUSE_TRUNCATED);
    uint64_t before;
    uint64_t after;
    assert_ok(mmio_map_refresh(map, &before, &after, ERR));
    assert_int_equal(after, 1040);
    assert_ok(mmio_map_read(map, 1000, bytes, 40, ERR));
    assert_false(is_mapped("f"));
    assert_int_equal(truncate("f", SIZE), 0);
    assert_ok(mmio_map_refresh(map, &before, &after, ERR));
    assert_ok(mmio_map_read(map, 1040, bytes, 100, ERR));
    assert_int_equal(bytes[0], 0);
    mmio_map_close(map);
}

static void B11_B7_the_file_can_be_taken_back_unmapped(void **state)
{
    (void)state;
    mmio_map *map = open_deferred();
    intptr_t handle;
    char byte;
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_read(map, 0, &byte, 1, ERR));
    assert_int_equal(pread((int)handle, &byte, 1, 0), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
}

static void B11_only_maps_for_reading_are_deferred(void **state)
{
    (void)state;
    mmio_open_options options = deferred();
    mmio_map *map;
    make_file("f", SIZE, 'x');
    for (uint32_t mode = MMIO_MODE_RW; mode <= MMIO_MODE_COW_RW; mode++) {
        options.mode = mode;
        assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    }
    options.mode = MMIO_MODE_RO;
    options.touch = MMIO_TOUCH_EAGER;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_true(is_mapped("f"));
    mmio_map_close(map);
}

typedef struct reader {
    mmio_map *map;
    _Atomic uint32_t *ready;
} reader;

static void *read_and_view(void *argument)
{
    const reader *r = argument;
    atomic_fetch_add(r->ready, 1);
    while (*r->ready != 4) {
    }
    for (int i = 0; i < 100; i++) {
        char bytes[64] = "";
        mmio_view view;
        assert_ok(mmio_map_read(r->map, (uint64_t)i * 64, bytes, sizeof bytes, NULL));
        assert_int_equal(bytes[63], 'x');
        assert_ok(mmio_view_acquire(r->map, (uint64_t)i, 64, 0, &view, NULL));
        assert_int_equal(((const char *)view.data)[63], 'x');
        mmio_view_release(&view);
    }
    return NULL;
}

static void B11_A4_threads_map_it_once(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        _Atomic uint32_t ready = 0;
        reader r = {open_deferred(), &ready};
        uintptr_t threads[4];
        for (int i = 0; i < 4; i++) {
            start_thread(&threads[i], read_and_view, &r);
        }
        for (int i = 0; i < 4; i++) {
            (void)join_thread(threads[i]);
        }
        mmio_map_close(r.map);
        assert_false(is_mapped("f"));
    }
}

static void B11_B13_a_deferred_map_that_was_shut_down_is_closed(void **state)
{
    (void)state;
    mmio_map *map = open_deferred();
    char byte;
    mmio_view view;
    assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_read(map, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_view_acquire(map, 0, 1, 0, &view, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_prefetch(map, 0, 1, ERR));
    assert_false(is_mapped("f"));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B11_a_few_short_reads_do_not_map_the_file),
        IN_DIRECTORY(B11_a_long_read_maps_the_file),
        IN_DIRECTORY(B11_whatever_else_wants_bytes_maps_the_file),
        IN_DIRECTORY(B11_D2_ranges_are_checked_as_ever),
        IN_DIRECTORY(B11_A1_a_window_begins_where_it_does),
        IN_DIRECTORY(B11_L1_bytes_that_are_gone_are_told),
        IN_DIRECTORY(B11_B7_the_file_can_be_taken_back_unmapped),
        IN_DIRECTORY(B11_only_maps_for_reading_are_deferred),
        IN_DIRECTORY(B11_A4_threads_map_it_once),
        IN_DIRECTORY(B11_B13_a_deferred_map_that_was_shut_down_is_closed),
    };
    return cmocka_run_group_tests_name("contract B11: deferred mapping", tests, NULL, NULL);
}
