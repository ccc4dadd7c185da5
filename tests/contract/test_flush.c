/* SPDX-License-Identifier: Apache-2.0 */
/* F: flushing, and what is pending. */
#include <stdatomic.h>
#include <sys/syscall.h>

#include "support.h"

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

static void F1_a_flush_writes_what_the_map_does_not_know_of(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    mmio_map *other = open_mode("f", MMIO_MODE_RW);
    const uint32_t waiting[] = {MMIO_FLUSH_DATA, MMIO_FLUSH_FULL};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mmio_map_fill(other, 0, 1 << 20, 'a', ERR));
        assert_int_not_equal(unwritten_pages("f"), 0);
        assert_int_equal(mmio_map_pending(map), 0);
        assert_ok(mmio_map_flush(map, waiting[i], ERR));
        assert_int_equal(unwritten_pages("f"), 0);

        assert_ok(mmio_map_fill(other, 0, 1 << 20, 'b', ERR));
        assert_ok(mmio_map_flush_range(map, 0, 1 << 20, waiting[i], ERR));
        assert_int_equal(unwritten_pages("f"), 0);
    }
    mmio_map_close(other);
    mmio_map_close(map);
}

static void F1_start_begins_to_write_every_page(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    assert_ok(mmio_map_fill(map, 0, 1 << 20, 'a', ERR));
    assert_int_not_equal(dirty_pages("f"), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_START, ERR));
    assert_int_equal(dirty_pages("f"), 0);
    mmio_map_close(map);
}

static void F2_a_range_takes_its_own_pages_and_leaves_the_others(void **state)
{
    (void)state;
    /* Written page by page and far apart, so that no folio of the cache covers both places. */
    mmio_map *map = create_map("f", 64 << 20);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_write(map, 4097, "a", 1, ERR));
    assert_ok(mmio_map_write(map, 60 << 20, "b", 1, ERR));
    const uint64_t before = unwritten_pages("f");
    assert_ok(mmio_map_flush_range(map, 4096 + 4095, 1, MMIO_FLUSH_DATA, ERR));
    assert_in_range(unwritten_pages("f"), 1, before - 1);
    assert_ok(mmio_map_flush_range(map, 60 << 20, 1, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(unwritten_pages("f"), 0);
    assert_int_equal(mmio_map_pending(map), 2);
    mmio_map_close(map);
}

static void F2_start_of_a_range_begins_with_its_pages(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64 << 20);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_write(map, 0, "a", 1, ERR));
    assert_int_not_equal(dirty_pages("f"), 0);
    assert_ok(mmio_map_flush_range(map, 0, 1, MMIO_FLUSH_START, ERR));
    assert_int_equal(dirty_pages("f"), 0);
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

/* A whole flush on another thread. */
typedef struct flusher {
    mmio_map *map;
    _Atomic int number;
    _Atomic bool has_ended;
    mmio_status status;
    uintptr_t thread;
} flusher;

static void *flush_body(void *argument)
{
    flusher *f = argument;
    atomic_store(&f->number, thread_id());
    f->status = mmio_map_flush(f->map, MMIO_FLUSH_DATA, NULL);
    atomic_store(&f->has_ended, true);
    return NULL;
}

static bool is_flushing(flusher *f)
{
    return is_in_system_call(atomic_load(&f->number), SYS_fdatasync);
}

/* Writes 3 bytes while a flush of many waits for the device. False if the flush was too quick. */
static bool write_during_a_flush(mmio_map *map)
{
    assert_ok(mmio_map_fill(map, 0, mmio_map_size(map), 'a', ERR));
    flusher f = {.map = map};
    start_thread(&f.thread, flush_body, &f);
    while (!is_flushing(&f) && !atomic_load(&f.has_ended)) {
    }
    assert_ok(mmio_map_write(map, 100, "abc", 3, ERR));
    const bool is_in_time = is_flushing(&f);
    (void)join_thread(f.thread);
    assert_ok(f.status);
    return is_in_time;
}

static void F2_bytes_written_during_a_flush_stay_pending(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 32 << 20);
    while (!write_during_a_flush(map)) {
        assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    }
    assert_int_equal(mmio_map_pending(map), 3);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
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

static int32_t go_on(uint64_t done, uint64_t total, void *user)
{
    (void)done;
    (void)total;
    (void)user;
    return 0;
}

static void F9_nothing_that_only_reads_or_pages_counts(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    char byte;
    uint64_t found;
    uint32_t before;
    uint8_t page;
    void *data;
    mmio_io entry = {.size = 1, .data = &byte};
    mmio_residency residency = {.struct_size = sizeof residency};
    mmio_walk walk;
    assert_ok(mmio_map_read_within(map, 0, &byte, 1, 0, ERR));
    assert_ok(mmio_map_read_batch(map, &entry, 1, ERR));
    assert_ok(mmio_map_find(map, 0, 100, "x", 1, &found, ERR));
    assert_ok(mmio_walk_begin(map, 10, 0, &walk, ERR));
    assert_int_equal(mmio_walk_next(&walk, &data, &found), 1);
    mmio_walk_end(&walk);
    assert_ok(mmio_atomic_u32_compare_exchange(map, 0, 1, 2, &before, ERR)); /* Not equal. */
    for (uint32_t advice = MMIO_ADVICE_NORMAL; advice <= MMIO_ADVICE_DONT_NEED; advice++) {
        assert_ok(mmio_map_advise(map, 0, 100, advice, ERR));
    }
    assert_ok(mmio_map_prefetch(map, 0, 100, ERR));
    assert_ok(mmio_map_touch(map, 0, 100, 0, go_on, NULL, ERR));
    assert_ok(mmio_map_touch(map, 0, 100, MMIO_POPULATE_WRITE, NULL, NULL, ERR));
    assert_ok(mmio_map_residency(map, 0, 100, &residency, ERR));
    assert_ok(mmio_map_resident_pages(map, 0, 100, 1, &page, ERR));
    assert_ok(mmio_map_evict(map, 0, 100, ERR));
    assert_ok(mmio_map_lock_memory(map, 0, 100, ERR));
    assert_ok(mmio_map_unlock_memory(map, 0, 100, ERR));
    assert_ok(mmio_map_resize(map, 200, 0, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

/* Every kind of write there is, to the first 8 bytes. */
static void write_in_all_ways(mmio_map *map)
{
    mmio_view view;
    mmio_walk walk;
    void *data;
    uint64_t size;
    char bytes[] = "abcd";
    mmio_io entry = {.size = 4, .data = bytes};
    assert_ok(mmio_map_write(map, 0, "abcd", 4, ERR));
    assert_ok(mmio_map_write_within(map, 0, "abcd", 4, 0, ERR));
    assert_ok(mmio_map_write_batch(map, &entry, 1, ERR));
    assert_ok(mmio_map_fill(map, 0, 4, 'a', ERR));
    assert_ok(mmio_map_zero(map, 0, 4, ERR));
    assert_ok(mmio_map_copy(map, 0, map, 4, 4, ERR));
    assert_ok(mmio_view_acquire(map, 0, 4, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'y', 4);
    mmio_view_release(&view);
    assert_ok(mmio_walk_begin(map, 4, MMIO_VIEW_WRITE, &walk, ERR));
    assert_int_equal(mmio_walk_next(&walk, &data, &size), 1);
    mmio_walk_end(&walk);
    assert_ok(mmio_atomic_u32_store(map, 0, 1, ERR));
    assert_ok(mmio_atomic_u32_compare_exchange(map, 0, 1, 2, NULL, ERR));
    assert_ok(mmio_atomic_acquire(map, 0, 1, 4, &view, ERR));
    mmio_view_release(&view);
}

static void F9_B8_B9_only_shared_maps_of_files_count(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const mmio_open_options private = options_of(MMIO_MODE_COW_RW, 0, 0);
    mmio_map *maps[3] = {open_mode("f", MMIO_MODE_COW_RW), anonymous_map(100), NULL};
    assert_ok(mmio_map_anonymous(100, &private, &maps[2], ERR));
    for (size_t i = 0; i < 3; i++) {
        void *data;
        write_in_all_ways(maps[i]);
        assert_ok(mmio_map_data_mut(maps[i], &data, ERR));
        assert_int_equal(mmio_map_pending(maps[i]), 0);
        mmio_map_close(maps[i]);
    }
    char bytes[8];
    file_bytes("f", 0, bytes, 8);
    assert_memory_equal(bytes, "xxxxxxxx", 8);

    mmio_map *shared = open_mode("f", MMIO_MODE_RW);
    write_in_all_ways(shared);
    assert_int_equal(mmio_map_pending(shared), 11 * 4);
    mmio_map_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(F1_every_level_is_accepted_and_the_bytes_are_in_the_file),
        IN_DIRECTORY(F1_a_flush_writes_what_the_map_does_not_know_of),
        IN_DIRECTORY(F1_start_begins_to_write_every_page),
        IN_DIRECTORY(F2_start_of_a_range_begins_with_its_pages),
        IN_DIRECTORY(F2_whole_flushes_reset_pending_and_others_leave_it),
        IN_DIRECTORY(F2_ranges_at_any_offset_are_widened_to_pages),
        IN_DIRECTORY(F2_a_range_takes_its_own_pages_and_leaves_the_others),
        IN_DIRECTORY(F2_bytes_written_during_a_flush_stay_pending),
        IN_DIRECTORY(F3_read_only_private_and_anonymous_maps_check_the_range_and_do_nothing),
        IN_DIRECTORY(F9_reading_counts_nothing),
        IN_DIRECTORY(F9_everything_that_writes_counts),
        IN_DIRECTORY(F9_nothing_that_only_reads_or_pages_counts),
        IN_DIRECTORY(F9_B8_B9_only_shared_maps_of_files_count),
    };
    return cmocka_run_group_tests_name("contract F: flushing", tests, NULL, NULL);
}
