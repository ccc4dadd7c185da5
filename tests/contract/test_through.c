/* SPDX-License-Identifier: Apache-2.0 */
/* F4: writes that are flushed soon are the same as others, whichever way they take. Needs root. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing_disk.h"
#include "files.h"
#include "support.h"

#define SIZE (4u << 20)

static mmio_map *map_of(const char *path, uint32_t policy, uint64_t amount)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.policy = policy;
    options.policy_amount = amount;
    mmio_map *map;
    assert_ok(mmio_map_open(path, &options, &map, ERR));
    return map;
}

static void write_every_way(mmio_map *map)
{
    char bytes[] = "bat";
    mmio_io entries[2] = {{.offset = 3u << 20, .size = 3, .data = bytes},
                          {.offset = (3u << 20) + 4096, .size = 3, .data = bytes}};
    mmio_cursor *cursor;
    mmio_segment *segment;
    assert_ok(mmio_map_write(map, 100, "abc", 3, ERR));
    assert_ok(mmio_map_write_within(map, 1u << 20, "def", 3, 0, ERR));
    assert_ok(mmio_map_write_batch(map, entries, 2, ERR));
    assert_ok(mmio_cursor_open(map, &cursor, ERR));
    assert_ok(mmio_cursor_write(cursor, "xyz", 3, ERR));
    mmio_cursor_close(cursor);
    assert_ok(mmio_segment_open(map, 2u << 20, 100, &segment, ERR));
    assert_ok(mmio_segment_write(segment, 5, "seg", 3, ERR));
    mmio_segment_close(segment);
}

static void check_bytes(mmio_map *map, const char *path, uint64_t offset, const char *expected)
{
    char bytes[3];
    mmio_view view;
    assert_ok(mmio_map_read(map, offset, bytes, 3, ERR));
    assert_memory_equal(bytes, expected, 3);
    assert_ok(mmio_view_acquire(map, offset, 3, 0, &view, ERR));
    assert_memory_equal(view.data, expected, 3);
    mmio_view_release(&view);
    file_bytes(path, offset, bytes, 3);
    assert_memory_equal(bytes, expected, 3);
}

static void every_way_is_seen(const char *path)
{
    const uint32_t policies[] = {MMIO_POLICY_ALWAYS, MMIO_POLICY_EVERY_BYTES,
                                 MMIO_POLICY_EVERY_WRITES, MMIO_POLICY_EVERY_MILLIS};
    for (size_t i = 0; i < 4; i++) {
        mmio_map *map = map_of(path, policies[i], policies[i] == MMIO_POLICY_ALWAYS ? 0 : 8);
        assert_ok(mmio_map_zero(map, 0, SIZE, ERR));
        write_every_way(map);
        check_bytes(map, path, 100, "abc");
        check_bytes(map, path, 1u << 20, "def");
        check_bytes(map, path, (3u << 20) + 4096, "bat");
        check_bytes(map, path, 0, "xyz");
        check_bytes(map, path, (2u << 20) + 5, "seg");
        mmio_map_close(map);
        assert_int_equal(file_size(path), SIZE);
    }
}

static void F4_A5_every_way_of_writing_is_seen_by_all(void **state)
{
    (void)state;
    const char *const kinds[] = {"ext4", "xfs", "btrfs"};
    make_file("f", SIZE, 0);
    every_way_is_seen("f");
    for (size_t i = 0; i < 3; i++) {
        failing_disk_begin(kinds[i]); /* But it does not fail. */
        every_way_is_seen("disk/f");
        failing_disk_end();
    }
}

static void F4_small_durable_writes_give_the_device_little(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = map_of("disk/f", MMIO_POLICY_ALWAYS, 0);
    mmio_queue *queue;
    assert_ok(mmio_queue_open(1, &queue, ERR));
    char letter = 'b';
    mmio_io entry = {.offset = 3u << 20, .size = 1, .data = &letter};
    assert_ok(mmio_map_write(map, 0, "a", 1, ERR));
    const unsigned long before = device_count(DEVICE_SECTORS_WRITTEN, "disk/f");
    assert_ok(mmio_map_write(map, 1u << 20, "a", 1, ERR));
    assert_ok(mmio_map_write_batch(map, &entry, 1, ERR));
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_MANUAL, 0, ERR));
    mmio_operation *operation;
    assert_ok(mmio_queue_write(queue, map, 2u << 20, "c", 1, MMIO_FLUSH_DATA, &operation, ERR));
    assert_ok(mmio_operation_wait(operation, -1, ERR));
    assert_ok(mmio_operation_result(operation, ERR));
    mmio_operation_close(operation);
    /* The blocks, and not the megabytes that the cache is made of. */
    assert_in_range(device_count(DEVICE_SECTORS_WRITTEN, "disk/f") - before, 3 * 4096 / 512,
                    (128 << 10) / 512);
    mmio_queue_close(queue);
    mmio_map_close(map);
}

static void F4_D6_durable_appends_go_to_the_end(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = map_of("f", MMIO_POLICY_ALWAYS, 0);
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t offset;
        assert_ok(mmio_map_append(map, &i, sizeof i, &offset, ERR));
        assert_int_equal(offset, 100 + 8 * i);
    }
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 260);
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t number;
        file_bytes("f", 100 + 8 * i, &number, sizeof number);
        assert_int_equal(number, i);
    }
}

static void F4_A1_windows_write_where_they_are(void **state)
{
    (void)state;
    make_file("f", 100000, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.window_offset = 12345;
    options.policy = MMIO_POLICY_ALWAYS;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_ok(mmio_map_write(map, 10, "abc", 3, ERR));
    char bytes[5];
    file_bytes("f", 12354, bytes, 5);
    assert_memory_equal(bytes, "xabcx", 5);
    mmio_map_close(map);
}

static void F4_B7_handles_that_append_write_in_place_too(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    const mmio_open_options options = options_of(MMIO_MODE_RW, 0, 0);
    mmio_map *map;
    const int fd = open("f", O_RDWR | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(mmio_map_from_handle(fd, "f", &options, &map, ERR));
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    assert_ok(mmio_map_write(map, 5000, "abc", 3, ERR));
    check_bytes(map, "f", 5000, "abc");
    assert_int_equal(file_size("f"), 10000);
    mmio_map_close(map);
}

static void F4_a_file_that_others_cut_is_not_made_longer(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_map *map = map_of("f", MMIO_POLICY_ALWAYS, 0);
    assert_int_equal(truncate("f", 100), 0);
    /* In the page that the file ends in. */
    assert_ok(mmio_map_write(map, 200, "abc", 3, ERR));
    assert_int_equal(file_size("f"), 100);
    mmio_map_close(map);
}

static void F4_a_limit_on_files_does_not_matter_within_one(void **state)
{
    (void)state;
    make_file("f", 100000, 'x');
    mmio_map *map = map_of("f", MMIO_POLICY_ALWAYS, 0);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit little = {4096, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    const mmio_status status = mmio_map_write(map, 50000, "abc", 3, ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(status);
    check_bytes(map, "f", 50000, "abc");
    mmio_map_close(map);
}

/* Writes as long as a few blocks of stripes, each of one letter. */
enum { LENGTH = 200000, WRITES = 400 };

typedef struct writer {
    mmio_map *map;
    _Atomic bool has_ended;
    mmio_status status;
} writer;

static void *write_letters(void *argument)
{
    writer *w = argument;
    static char letters[LENGTH];
    for (int i = 0; i < WRITES && w->status == MMIO_OK; i++) {
        memset(letters, 'a' + i % 26, sizeof letters);
        w->status = mmio_map_write(w->map, 777, letters, sizeof letters, NULL);
    }
    atomic_store(&w->has_ended, true);
    return NULL;
}

static void F4_D2_reads_see_whole_writes(void **state)
{
    (void)state;
    make_file("f", SIZE, 'a');
    /* Every write goes through the file, and few of them wait for the device. */
    writer w = {.map = map_of("f", MMIO_POLICY_EVERY_WRITES, 16)};
    static char letters[LENGTH];
    uintptr_t thread;
    start_thread(&thread, write_letters, &w);
    while (!atomic_load(&w.has_ended)) {
        assert_ok(mmio_map_read(w.map, 777, letters, sizeof letters, ERR));
        assert_memory_equal(letters, letters + 1, sizeof letters - 1);
    }
    (void)join_thread(thread);
    assert_ok(w.status);
    mmio_map_close(w.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_FAILING_DISK(F4_A5_every_way_of_writing_is_seen_by_all),
        ON_FAILING_DISK(F4_small_durable_writes_give_the_device_little),
        IN_DIRECTORY(F4_D6_durable_appends_go_to_the_end),
        IN_DIRECTORY(F4_A1_windows_write_where_they_are),
        IN_DIRECTORY(F4_B7_handles_that_append_write_in_place_too),
        IN_DIRECTORY(F4_a_file_that_others_cut_is_not_made_longer),
        IN_DIRECTORY(F4_a_limit_on_files_does_not_matter_within_one),
        IN_DIRECTORY(F4_D2_reads_see_whole_writes),
    };
    return cmocka_run_group_tests_name("contract F4: durable writes", tests, NULL, NULL);
}
