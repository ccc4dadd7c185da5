/* SPDX-License-Identifier: Apache-2.0 */
/* F: flushing, and what is pending. */
#include <stdio.h>

#include "support.h"

/* Bytes this process has caused to be sent to storage. */
static unsigned long long written_to_storage(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    assert_non_null(file);
    char line[128];
    unsigned long long bytes = 0;
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = sscanf(line, "write_bytes: %llu", &bytes) == 1;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(found);
    return bytes;
}

static const uint32_t levels[] = {MMIO_FLUSH_DATA, MMIO_FLUSH_START, MMIO_FLUSH_FULL};

static void F1_every_level_is_accepted_and_the_bytes_are_in_the_file(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_map_write(map, 50000, "abc", 3, ERR));
        assert_ok(mmio_map_flush(map, levels[i], ERR));
        assert_ok(mmio_map_flush_range(map, 50000, 3, levels[i], ERR));
        char bytes[3];
        file_bytes("f", 50000, bytes, 3);
        assert_memory_equal(bytes, "abc", 3);
    }
    mmio_map_close(map);
}

static void F1_a_flush_reaches_the_device_even_if_nothing_is_pending(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    mmio_map *other = open_mode("f", MMIO_MODE_RW);
    /* Page dirtying is what the kernel counts; the other map's store is unknown to this one. */
    const unsigned long long before = written_to_storage();
    assert_ok(mmio_map_write(other, 0, "abc", 3, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_true(written_to_storage() > before);
    mmio_map_close(other);
    mmio_map_close(map);
}

static void F2_whole_flushes_reset_pending_and_others_leave_it(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    assert_ok(mmio_map_write(map, 70000, "abcdef", 6, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_START, ERR));
    assert_int_equal(mmio_map_pending(map), 6);
    assert_ok(mmio_map_flush_range(map, 0, 99999, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(mmio_map_pending(map), 6);
    assert_ok(mmio_map_flush_range(map, 0, 100000, MMIO_FLUSH_START, ERR));
    assert_int_equal(mmio_map_pending(map), 6);
    assert_ok(mmio_map_flush_range(map, 0, 100000, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_write(map, 0, "abcdef", 6, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

static void F2_ranges_at_any_offset_are_widened_to_pages(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100001);
    const uint64_t offsets[] = {0, 1, 4095, 4096, 4097, 99999, 100000};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        for (size_t level = 0; level < 3; level++) {
            assert_ok(mmio_map_flush_range(map, offsets[i], 1, levels[level], ERR));
        }
    }
    mmio_map_close(map);
}

static void F3_read_only_private_and_anonymous_maps_check_the_range_and_do_nothing(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    mmio_map *maps[4] = {NULL, NULL, NULL, anonymous_map(100)};
    for (size_t i = 0; i < 3; i++) {
        maps[i] = open_mode("f", modes[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        for (size_t level = 0; level < 3; level++) {
            assert_ok(mmio_map_flush(maps[i], levels[level], ERR));
            assert_ok(mmio_map_flush_range(maps[i], 10, 90, levels[level], ERR));
            assert_status(MMIO_ERR_RANGE,
                          mmio_map_flush_range(maps[i], 10, 91, levels[level], ERR));
        }
        mmio_map_close(maps[i]);
    }
}

static void F9_reading_counts_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    char byte;
    mmio_view view;
    uint64_t value;
    const void *data;
    assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    mmio_view_release(&view);
    assert_ok(mmio_atomic_u64_load(map, 0, &value, ERR));
    assert_ok(mmio_map_data(map, &data, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

static void F9_everything_that_writes_counts(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    void *data;
    assert_ok(mmio_view_acquire(map, 0, 10, MMIO_VIEW_WRITE, &view, ERR));
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 10);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_int_equal(mmio_map_pending(map), 13);
    assert_ok(mmio_atomic_u32_store(map, 0, 1, ERR));
    assert_ok(mmio_atomic_u64_add(map, 0, 1, NULL, ERR));
    assert_int_equal(mmio_map_pending(map), 25);
    assert_ok(mmio_atomic_acquire(map, 0, 5, 4, &view, ERR));
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 45);
    assert_ok(mmio_map_data_mut(map, &data, ERR));
    assert_int_equal(mmio_map_pending(map), 145);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(F1_every_level_is_accepted_and_the_bytes_are_in_the_file),
        IN_DIRECTORY(F1_a_flush_reaches_the_device_even_if_nothing_is_pending),
        IN_DIRECTORY(F2_whole_flushes_reset_pending_and_others_leave_it),
        IN_DIRECTORY(F2_ranges_at_any_offset_are_widened_to_pages),
        IN_DIRECTORY(F3_read_only_private_and_anonymous_maps_check_the_range_and_do_nothing),
        IN_DIRECTORY(F9_reading_counts_nothing),
        IN_DIRECTORY(F9_everything_that_writes_counts),
    };
    return cmocka_run_group_tests_name("contract F: flushing", tests, NULL, NULL);
}
