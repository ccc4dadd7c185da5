/* SPDX-License-Identifier: Apache-2.0 */
/* F4, F5: flushing by itself. That a flush took place is read from the kernel: no page of the file
 * is dirty any more. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "children.h"
#include "failing_disk.h"
#include "support.h"

static void write_bytes(mmio_map *map, uint64_t offset, size_t size)
{
    static const char bytes[4096] = {'x'};
    assert_ok(mmio_map_write(map, offset, bytes, size, ERR));
}

static mmio_map *map_with(uint32_t policy, uint64_t amount)
{
    mmio_map *map = create_map("f", 1 << 20);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_set_policy(map, policy, amount, ERR));
    return map;
}

/* Until the file has no dirty page; the test's time limit ends it otherwise. */
static void await_flush(mmio_map *map)
{
    while (unwritten_pages(mmio_map_path(map)) != 0) {
    }
}

static void F4_manual_is_the_default_and_never_flushes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    mmio_map_info info = {.struct_size = sizeof info};
    write_bytes(map, 0, 4096);
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.policy, MMIO_POLICY_MANUAL);
    assert_int_equal(info.flushes, 0);
    assert_int_equal(mmio_map_pending(map), 4096);
    assert_true(unwritten_pages(mmio_map_path(map)) != 0);
    mmio_map_close(map);
}

static void F4_always_flushes_each_write_that_is_not_empty(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_ALWAYS, 0);
    mmio_map_info info = {.struct_size = sizeof info};
    assert_ok(mmio_map_write(map, 0, NULL, 0, ERR));
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.flushes, 1); /* The one before the policy was set. */
    for (uint64_t i = 0; i < 3; i++) {
        write_bytes(map, i * 8192, 100);
        assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
        assert_int_equal(mmio_map_pending(map), 0);
    }
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.flushes, 4);
    mmio_map_close(map);
}

static void F4_every_kind_of_write_counts(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_ALWAYS, 0);
    char byte = 'x';
    mmio_io entries[2] = {{.offset = 0, .size = 1, .data = &byte},
                          {.offset = 100000, .size = 1, .data = &byte}};
    uint64_t offset;
    assert_ok(mmio_map_write_within(map, 0, &byte, 1, 0, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    assert_ok(mmio_map_write_batch(map, entries, 2, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    assert_ok(mmio_map_fill(map, 5000, 10, 'y', ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    assert_ok(mmio_map_zero(map, 5000, 10, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    assert_ok(mmio_map_copy(map, 0, map, 50000, 10, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    assert_ok(mmio_map_append(map, &byte, 1, &offset, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    mmio_cursor *cursor = NULL;
    assert_ok(mmio_cursor_open(map, &cursor, ERR));
    assert_ok(mmio_cursor_write(cursor, &byte, 1, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    mmio_cursor_close(cursor);
    mmio_segment *segment = NULL;
    assert_ok(mmio_segment_open(map, 70000, 10, &segment, ERR));
    assert_ok(mmio_segment_write(segment, 0, &byte, 1, ERR));
    assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    mmio_segment_close(segment);
    mmio_map_close(map);
}

static void F4_views_and_cells_do_not_trigger_a_policy_of_writes(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_ALWAYS, 0);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 10, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'x', 10);
    mmio_view_release(&view);
    assert_ok(mmio_atomic_u32_store(map, 8192, 1, ERR));
    assert_int_equal(mmio_map_pending(map), 14);
    assert_true(unwritten_pages(mmio_map_path(map)) != 0);
    mmio_map_close(map);
}

static void F4_every_bytes_flushes_with_the_write_that_reaches_the_amount(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_BYTES, 1000);
    for (int round = 0; round < 3; round++) {
        write_bytes(map, 0, 999);
        assert_int_equal(mmio_map_pending(map), 999);
        write_bytes(map, 4096, 1);
        assert_int_equal(mmio_map_pending(map), 0);
        assert_int_equal(unwritten_pages(mmio_map_path(map)), 0);
    }
    write_bytes(map, 0, 4096);
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

static void F4_every_writes_counts_calls(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_WRITES, 3);
    for (int round = 0; round < 3; round++) {
        write_bytes(map, 0, 1000);
        write_bytes(map, 0, 1000);
        assert_int_equal(mmio_map_pending(map), 2000);
        write_bytes(map, 0, 1);
        assert_int_equal(mmio_map_pending(map), 0);
    }
    /* A flush of one's own begins the count anew. */
    write_bytes(map, 0, 1);
    write_bytes(map, 0, 1);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    write_bytes(map, 0, 1);
    assert_int_equal(mmio_map_pending(map), 1);
    mmio_map_close(map);
}

static void F4_an_amount_of_0_is_manual(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_ALWAYS, 0);
    for (uint32_t policy = MMIO_POLICY_EVERY_BYTES; policy <= MMIO_POLICY_EVERY_MILLIS; policy++) {
        mmio_map_info info = {.struct_size = sizeof info};
        assert_ok(mmio_map_set_policy(map, policy, 0, ERR));
        assert_ok(mmio_map_get_info(map, &info, ERR));
        assert_int_equal(info.policy, MMIO_POLICY_MANUAL);
        write_bytes(map, 0, 100);
        assert_true(mmio_map_pending(map) != 0);
    }
    mmio_map_close(map);
}

static void F4_nonsense_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_WRITES, 5);
    mmio_map_info info = {.struct_size = sizeof info};
    assert_status(MMIO_ERR_INVALID, mmio_map_set_policy(map, 5, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_set_policy(map, MMIO_POLICY_MANUAL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_set_policy(NULL, MMIO_POLICY_ALWAYS, 0, ERR));
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.policy, MMIO_POLICY_EVERY_WRITES);
    assert_int_equal(info.policy_amount, 5);
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    mmio_map_close(map);
}

static void F4_a_policy_can_be_asked_for_at_open(void **state)
{
    (void)state;
    make_file("f", 100000, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.policy = MMIO_POLICY_ALWAYS;
    mmio_map *map = NULL;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    write_bytes(map, 0, 10);
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
    const int descriptors = open_descriptors();
    options.policy = 9;
    assert_status(MMIO_ERR_INVALID, mmio_map_open("f", &options, &map, ERR));
    assert_int_equal(open_descriptors(), descriptors);
}

static void F4_where_nothing_is_pending_every_policy_is_accepted(void **state)
{
    (void)state;
    make_file("f", 100000, 'x');
    mmio_map *maps[] = {open_mode("f", MMIO_MODE_RO), open_mode("f", MMIO_MODE_COW_RW),
                        anonymous_map(100)};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_map_set_policy(maps[i], MMIO_POLICY_EVERY_MILLIS, 1, ERR));
        assert_ok(mmio_map_set_policy(maps[i], MMIO_POLICY_ALWAYS, 0, ERR));
        mmio_map_close(maps[i]);
    }
}

static void F4_a_failing_policy_flush_is_told_by_the_write_that_asked_for_it(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_mode("disk/f", MMIO_MODE_RW);
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    failing_disk_fail();
    char byte = 'y';
    const mmio_status status = mmio_map_write(map, 1 << 20, &byte, 1, ERR);
    assert_true(status == MMIO_ERR_IO || status == MMIO_ERR_NO_SPACE);
    assert_int_not_equal(last_error.os_code, 0);
    assert_int_equal(mmio_map_pending(map), 1);
    byte = 0;
    assert_ok(mmio_map_read(map, 1 << 20, &byte, 1, ERR));
    assert_int_equal(byte, 'y');
    mmio_map_close(map);
    failing_disk_end();
}

/* Threads of the process that are named as the library names its timer. */
static int timer_threads(void)
{
    DIR *directory = opendir("/proc/self/task");
    assert_non_null(directory);
    int count = 0;
    for (const struct dirent *task; (task = readdir(directory)) != NULL;) {
        char path[300];
        char name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            count += fgets(name, sizeof name, file) != NULL && strcmp(name, "mmio-timer\n") == 0;
            fclose(file);
        }
    }
    assert_int_equal(closedir(directory), 0);
    return count;
}

static void await_no_timer(void)
{
    while (timer_threads() != 0) {
    }
}

static void F5_every_millis_flushes_what_was_written_by_any_means(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_MILLIS, 5);
    mmio_view view;
    void *data;
    write_bytes(map, 0, 100);
    await_flush(map);
    assert_ok(mmio_view_acquire(map, 8192, 10, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'x', 10);
    mmio_view_release(&view);
    await_flush(map);
    assert_ok(mmio_atomic_u32_store(map, 16384, 1, ERR));
    await_flush(map);
    assert_ok(mmio_map_data_mut(map, &data, ERR));
    ((char *)data)[32768] = 'x';
    assert_ok(mmio_map_data_mut(map, &data, ERR));
    await_flush(map);
    mmio_map_close(map);
}

static void F5_the_time_is_kept(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_MILLIS, 200);
    struct timespec before;
    struct timespec after;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    write_bytes(map, 0, 100);
    await_flush(map);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    const int64_t ms =
        (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    assert_true(ms >= 199);
    mmio_map_close(map);
}

enum { MANY = 10000 };

static void F5_one_thread_serves_10000_maps_and_ends_with_the_last(void **state)
{
    (void)state;
    static mmio_map *maps[MANY];
    const struct rlimit room = {2 * MANY, 2 * MANY};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &room), 0);
    await_no_timer(); /* Of an earlier test. */
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.policy = MMIO_POLICY_EVERY_MILLIS;
    options.policy_amount = 20;
    options.reserve = 1;
    make_file("f", 4096, 'x');
    for (int i = 0; i < MANY; i++) {
        assert_ok(mmio_map_open("f", &options, &maps[i], ERR));
    }
    assert_int_equal(timer_threads(), 1);
    for (int i = 0; i < MANY; i += 100) {
        write_bytes(maps[i], 0, 1);
    }
    for (int i = 0; i < MANY; i += 100) {
        while (mmio_map_pending(maps[i]) != 0) {
        }
    }
    assert_int_equal(timer_threads(), 1);
    for (int i = 0; i < MANY; i++) {
        mmio_map_close(maps[i]);
    }
    await_no_timer();
}

static void F5_F6_an_error_of_the_timer_is_a_loss(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_mode("disk/f", MMIO_MODE_RW);
    failing_disk_fail();
    mmio_map_info info = {.struct_size = sizeof info};
    char byte = 'y';
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_EVERY_MILLIS, 1, ERR));
    assert_ok(mmio_map_write(map, 1 << 20, &byte, 1, ERR));
    /* The kernel forgets the error at its first report, which the timer gets: then it succeeds. */
    do {
        assert_ok(mmio_map_get_info(map, &info, ERR));
    } while (info.flushes == 0);
    assert_int_not_equal(info.lost_code, 0);
    for (int i = 0; i < 2; i++) {
        assert_status(MMIO_ERR_LOST, mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
        assert_int_equal(last_error.os_code, info.lost_code);
        assert_status(MMIO_ERR_LOST, mmio_map_write(map, 1 << 20, &byte, 1, ERR));
    }
    mmio_map_close(map);
    failing_disk_end();
}

static void B7_the_timer_never_makes_a_map_busy(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        make_file("f", 4096, 'x');
        mmio_map *map = open_mode("f", MMIO_MODE_RW);
        assert_ok(mmio_map_set_policy(map, MMIO_POLICY_EVERY_MILLIS, 1, ERR));
        for (uint64_t done = 0; done < 40; done++) {
            write_bytes(map, done, 100);
        }
        intptr_t handle;
        assert_ok(mmio_map_into_handle(map, &handle, ERR));
        assert_int_equal(close((int)handle), 0);
        mmio_map_close(map);
    }
}

static void B7_a_refused_take_back_leaves_the_policy_working(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_MILLIS, 1);
    mmio_view view;
    intptr_t handle;
    assert_ok(mmio_view_acquire(map, 0, 10, 0, &view, ERR));
    write_bytes(map, 0, 10);
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    await_flush(map);
    write_bytes(map, 0, 10);
    await_flush(map);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void B13_closing_does_not_wait_for_the_interval(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_MILLIS, 3600000);
    write_bytes(map, 0, 10);
    struct timespec before;
    struct timespec after;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    mmio_map_close(map);
    await_no_timer();
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    assert_true(after.tv_sec - before.tv_sec < 2);
}

static void B12_a_child_goes_on_with_a_timer_of_its_own(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_EVERY_MILLIS, 5);
    write_bytes(map, 0, 10);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        char byte = 'z';
        if (mmio_map_write(map, 8192, &byte, 1, NULL) != MMIO_OK) {
            _exit(1);
        }
        while (mmio_map_pending(map) != 0) {
        }
        mmio_map_close(map);
        _exit(0);
    }
    end_well(child);
    await_flush(map);
    mmio_map_close(map);
}

static void F4_D3_a_batch_of_nothing_is_not_flushed(void **state)
{
    (void)state;
    mmio_map *map = map_with(MMIO_POLICY_ALWAYS, 0);
    char byte = 'x';
    mmio_io entries[2] = {{.offset = 0, .size = 0}, {.offset = UINT64_MAX, .size = 1}};
    entries[1].data = &byte;
    const uint64_t before = info_of(map).flushes;
    assert_status(MMIO_ERR_RANGE, mmio_map_write_batch(map, entries, 2, ERR));
    assert_int_equal(info_of(map).flushes, before);
    mmio_map_close(map);
}

static void F4_long_writes_are_flushed_like_short_ones(void **state)
{
    (void)state;
    static const char bytes[3 << 20] = {'x'};
    mmio_map *map = create_map("f", sizeof bytes);
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    assert_ok(mmio_map_write(map, 0, bytes, sizeof bytes, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_int_equal(unwritten_pages("f"), 0);
    assert_int_equal(info_of(map).flushes, 1);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(F4_manual_is_the_default_and_never_flushes),
        IN_DIRECTORY(F4_always_flushes_each_write_that_is_not_empty),
        IN_DIRECTORY(F4_every_kind_of_write_counts),
        IN_DIRECTORY(F4_views_and_cells_do_not_trigger_a_policy_of_writes),
        IN_DIRECTORY(F4_every_bytes_flushes_with_the_write_that_reaches_the_amount),
        IN_DIRECTORY(F4_every_writes_counts_calls),
        IN_DIRECTORY(F4_an_amount_of_0_is_manual),
        IN_DIRECTORY(F4_nonsense_is_refused_and_changes_nothing),
        IN_DIRECTORY(F4_a_policy_can_be_asked_for_at_open),
        IN_DIRECTORY(F4_where_nothing_is_pending_every_policy_is_accepted),
        IN_DIRECTORY(F4_a_failing_policy_flush_is_told_by_the_write_that_asked_for_it),
        IN_DIRECTORY(F5_every_millis_flushes_what_was_written_by_any_means),
        IN_DIRECTORY(F5_the_time_is_kept),
        IN_DIRECTORY(F5_one_thread_serves_10000_maps_and_ends_with_the_last),
        IN_DIRECTORY(F5_F6_an_error_of_the_timer_is_a_loss),
        IN_DIRECTORY(B7_the_timer_never_makes_a_map_busy),
        IN_DIRECTORY(B7_a_refused_take_back_leaves_the_policy_working),
        IN_DIRECTORY(B13_closing_does_not_wait_for_the_interval),
        IN_DIRECTORY(B12_a_child_goes_on_with_a_timer_of_its_own),
        IN_DIRECTORY(F4_long_writes_are_flushed_like_short_ones),
        IN_DIRECTORY(F4_D3_a_batch_of_nothing_is_not_flushed),
    };
    return cmocka_run_group_tests_name("contract F4, F5: policies", tests, NULL, NULL);
}
