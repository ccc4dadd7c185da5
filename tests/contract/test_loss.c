/* SPDX-License-Identifier: Apache-2.0 */
/* F6: what a device failed to write is not forgotten. Needs root. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "losing.h"

static void check_every_write_says_lost(mmio_map *map, int32_t code)
{
    const uint32_t policies[] = {MMIO_POLICY_ALWAYS, MMIO_POLICY_EVERY_BYTES,
                                 MMIO_POLICY_EVERY_WRITES, MMIO_POLICY_EVERY_MILLIS};
    char letter = 'b';
    mmio_io entry = {.size = 1, .data = &letter};
    for (size_t i = 0; i < 4; i++) {
        assert_ok(mmio_map_set_policy(map, policies[i], policies[i] == 1 ? 0 : 1000, ERR));
        check_lost(mmio_map_write(map, 0, "a", 1, ERR), code);
        check_lost(mmio_map_fill(map, 0, 1, 'a', ERR), code);
        check_lost(mmio_map_write_batch(map, &entry, 1, ERR), code);
    }
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_MANUAL, 0, ERR));
    assert_ok(mmio_map_write(map, 0, "a", 1, ERR));
}

static void every_call_says_lost(const char *kind)
{
    failing_disk_begin(kind);
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    for (int i = 0; i < 2; i++) {
        check_every_flush_says_lost(map, code);
        failing_disk_heal();
        check_every_flush_says_lost(map, code);
        failing_disk_fail();
    }
    assert_ok(mmio_map_acknowledge_loss(map, ERR));
    assert_int_equal(lost_code(map), 0);
    mmio_map_close(map);
    failing_disk_end();
}

static void F6_a_loss_is_told_by_every_later_flush_on_every_file_system(void **state)
{
    (void)state;
    every_call_says_lost("ext4");
    every_call_says_lost("xfs");
    every_call_says_lost("btrfs");
}

/* The byte is written beside the map, so that none is pending. */
static void F6_a_flush_that_fails_is_none_and_leaves_what_is_pending(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    intptr_t handle;
    assert_ok(mmio_map_duplicate_handle(map, &handle, ERR));
    assert_int_equal(pwrite((int)handle, "y", 1, PLACE), 1);
    assert_int_equal(close((int)handle), 0);
    failing_disk_fail();
    (void)check_first(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_int_equal(info_of(map).flushes, 0);
    mmio_map_close(map);
}

static void F6_a_loss_is_told_by_every_write_under_a_policy(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    check_every_write_says_lost(map, code);
    failing_disk_heal();
    check_every_write_says_lost(map, code);
    mmio_map_close(map);
}

static void F6_a_loss_is_told_at_the_end_once(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    intptr_t handle;
    check_lost(mmio_map_into_handle(map, &handle, ERR), code);
    assert_int_equal(handle, -1);
    char byte;
    assert_ok(mmio_map_read(map, PLACE, &byte, 1, ERR));
    check_lost(mmio_map_shutdown(map, ERR), code);
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_acknowledge_loss(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
}

static void F6_the_inventory_shows_losses(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    mmio_inventory *inventory;
    mmio_map_info info = {.struct_size = sizeof info};
    const char *text;
    char expected[32];
    assert_ok(mmio_inventory_open(&inventory, ERR));
    assert_ok(mmio_inventory_get(inventory, 0, &info, NULL, ERR));
    assert_int_equal(info.lost_code, code);
    assert_ok(mmio_inventory_json(inventory, &text, NULL, ERR));
    (void)snprintf(expected, sizeof expected, "\"lost_code\":%d,", code);
    assert_non_null(strstr(text, expected));
    mmio_inventory_close(inventory);
    mmio_map_close(map);
}

static void F6_every_map_of_the_file_in_the_process_is_told(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    make_file("disk/other", 100, 'x');
    mmio_map *map = open_file();
    intptr_t handle;
    assert_ok(mmio_map_duplicate_handle(map, &handle, ERR));
    const mmio_open_options options = options_of(MMIO_MODE_RW, 0, 0);
    mmio_map *maps[4] = {map, open_file(), NULL, NULL};
    assert_ok(mmio_map_from_handle(handle, "same", &options, &maps[2], ERR));
    mmio_map *other = open_mode("disk/other", MMIO_MODE_RW);
    mmio_map *reader = open_mode("disk/f", MMIO_MODE_RO);
    mmio_map *elsewhere = create_map("elsewhere", 100);
    mmio_map *closed = open_file();
    mmio_view kept;
    assert_ok(mmio_view_acquire(closed, 0, 1, 0, &kept, ERR));
    mmio_map_close(closed);
    assert_ok(mmio_map_flush(other, MMIO_FLUSH_FULL, ERR));
    const int32_t code = lose_byte(map);
    maps[3] = open_file();
    mmio_map *late = open_mode("disk/other", MMIO_MODE_RW);
    failing_disk_heal();
    for (size_t i = 0; i < 4; i++) {
        check_lost(mmio_map_flush(maps[i], MMIO_FLUSH_DATA, ERR), code);
    }
    assert_ok(mmio_map_flush(other, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_flush(reader, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_flush(late, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_flush(elsewhere, MMIO_FLUSH_DATA, ERR));
    mmio_view_release(&kept);
    mmio_map_close(late);
    mmio_map_close(elsewhere);
    /* Each of them answers for itself. */
    for (size_t i = 0; i < 4; i++) {
        check_lost(mmio_map_flush(maps[i], MMIO_FLUSH_DATA, ERR), code);
        assert_ok(mmio_map_acknowledge_loss(maps[i], ERR));
        assert_ok(mmio_map_flush(maps[i], MMIO_FLUSH_DATA, ERR));
        mmio_map_close(maps[i]);
    }
    mmio_map_close(other);
    mmio_map_close(reader);
    map = open_file();
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
}

static void F6_what_was_lost_is_not_evicted(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    check_lost(mmio_map_evict(map, 0, FILE_SIZE, ERR), code);
    failing_disk_heal();
    check_lost(mmio_map_evict(map, PLACE, 1, ERR), code);
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_evict(map, 0, FILE_SIZE, ERR));
    char byte;
    assert_ok(mmio_map_read(map, PLACE, &byte, 1, ERR));
    assert_int_equal(byte, 'y');
    mmio_map_close(map);
}

/* Who meets a loss first. */

static mmio_status by_range(mmio_map *map)
{
    return mmio_map_flush_range(map, PLACE, 1, MMIO_FLUSH_DATA, ERR);
}

static mmio_status by_eviction(mmio_map *map)
{
    return mmio_map_evict(map, PLACE, 1, ERR);
}

static mmio_status by_policy(mmio_map *map)
{
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    const mmio_status status = mmio_map_write(map, PLACE, "z", 1, ERR);
    const mmio_error told = last_error;
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_MANUAL, 0, ERR));
    last_error = told;
    return status;
}

static mmio_status by_append(mmio_map *map)
{
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    const mmio_status status = mmio_map_append(map, "z", 1, NULL, ERR);
    const mmio_error told = last_error;
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_MANUAL, 0, ERR));
    last_error = told;
    return status;
}

static mmio_status by_path(mmio_map *map)
{
    (void)map;
    return mmio_file_write("disk/f", PLACE, "z", 1, MMIO_FLUSH_DATA, ERR);
}

static void F6_whoever_meets_a_loss_every_flush_tells_of_it(void **state)
{
    (void)state;
    mmio_status (*const ways[])(mmio_map *) = {by_range, by_eviction, by_policy, by_append,
                                               by_path};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        failing_disk_begin("ext4");
        mmio_map *map = open_file();
        write_byte(map, 'y');
        failing_disk_fail();
        const int32_t code = check_first(ways[i](map));
        failing_disk_heal();
        assert_status(MMIO_ERR_LOST, mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
        assert_int_equal(last_error.os_code, code);
        mmio_map_close(map);
        failing_disk_end();
    }
}

/* The system tells one of those who ask at the same time. */
enum { THREADS = 8, ROUNDS = 1000 };

typedef struct flusher {
    mmio_map *map;
    pthread_barrier_t *start;
    uint64_t offset;
    mmio_status status;
    uintptr_t thread;
} flusher;

static void *flush_to_the_end(void *argument)
{
    flusher *f = argument;
    (void)pthread_barrier_wait(f->start);
    f->status =
        mmio_map_flush_range(f->map, f->offset, FILE_SIZE - f->offset, MMIO_FLUSH_DATA, NULL);
    return NULL;
}

/* From offset 0 on flushes are shared, from others each is on its own. */
static void flush_together(uint64_t offset)
{
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    failing_disk_fail();
    flusher flushers[THREADS];
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (int round = 0; round < ROUNDS; round++) {
        write_byte(map, 'y');
        for (size_t i = 0; i < THREADS; i++) {
            flushers[i] = (flusher){.map = map, .start = &start, .offset = offset};
            start_thread(&flushers[i].thread, flush_to_the_end, &flushers[i]);
        }
        for (size_t i = 0; i < THREADS; i++) {
            (void)join_thread(flushers[i].thread);
            assert_int_not_equal(flushers[i].status, MMIO_OK);
        }
        assert_ok(mmio_map_acknowledge_loss(map, ERR));
    }
    assert_int_equal(pthread_barrier_destroy(&start), 0);
    mmio_map_close(map);
}

static void F6_no_flush_succeeds_beside_one_that_met_the_loss(void **state)
{
    (void)state;
    flush_together(1);
}

static void F6_F7_an_error_reaches_all_who_share_a_flush(void **state)
{
    (void)state;
    flush_together(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_FAILING_DISK(F6_a_loss_is_told_by_every_later_flush_on_every_file_system),
        ON_FAILING_DISK(F6_a_flush_that_fails_is_none_and_leaves_what_is_pending),
        ON_FAILING_DISK(F6_a_loss_is_told_by_every_write_under_a_policy),
        ON_FAILING_DISK(F6_a_loss_is_told_at_the_end_once),
        ON_FAILING_DISK(F6_the_inventory_shows_losses),
        ON_FAILING_DISK(F6_every_map_of_the_file_in_the_process_is_told),
        ON_FAILING_DISK(F6_what_was_lost_is_not_evicted),
        ON_FAILING_DISK(F6_whoever_meets_a_loss_every_flush_tells_of_it),
        ON_FAILING_DISK(F6_no_flush_succeeds_beside_one_that_met_the_loss),
        ON_FAILING_DISK(F6_F7_an_error_reaches_all_who_share_a_flush),
    };
    return cmocka_run_group_tests_name("contract F: losses", tests, NULL, NULL);
}
