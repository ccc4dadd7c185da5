/* SPDX-License-Identifier: Apache-2.0 */
/* J1: what operations do, how they end, and the maps they hold. */
#include <errno.h>
#include <unistd.h>

#include "queueing.h"
#include "support.h"

/* What operations do. */

static mmio_residency residency_of(mmio_map *map)
{
    mmio_residency residency = {.struct_size = sizeof residency};
    assert_ok(mmio_map_residency(map, 0, mmio_map_size(map), &residency, ERR));
    return residency;
}

static void J1_files_are_created_copied_and_deleted(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_operation *operations[3];
    assert_ok(mmio_queue_create_file(queue, "f", 12345, 0640, &operations[0], ERR));
    assert_ok(mmio_queue_copy_file(queue, "f", "g", &operations[1], ERR));
    assert_ok(mmio_queue_delete_file(queue, "f", &operations[2], ERR));
    for (size_t i = 0; i < 3; i++) {
        assert_ok(finish(operations[i]));
    }
    assert_false(file_exists("f"));
    assert_int_equal(file_size("g"), 12345);
    mmio_queue_close(queue);
}

static void J1_a_write_is_flushed_at_its_level(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = create_map("f", 100000);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    mmio_operation *operation;
    assert_ok(mmio_queue_write(queue, map, 50000, "abc", 3, MMIO_FLUSH_NONE, &operation, ERR));
    assert_ok(finish(operation));
    assert_true(residency_of(map).dirty > 0);
    assert_ok(mmio_queue_write(queue, map, 50000, "def", 3, MMIO_FLUSH_DATA, &operation, ERR));
    assert_ok(finish(operation));
    assert_int_equal(residency_of(map).dirty, 0);
    char bytes[3];
    file_bytes("f", 50000, bytes, 3);
    assert_memory_equal(bytes, "def", 3);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

static void J1_maps_and_ranges_are_flushed_and_touched(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = create_map("f", 1 << 20);
    mmio_operation *operation;
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_queue_flush(queue, map, MMIO_FLUSH_DATA, &operation, ERR));
    assert_ok(finish(operation));
    assert_int_equal(residency_of(map).dirty, 0);
    assert_int_equal(mmio_map_pending(map), 0);

    assert_ok(mmio_map_write(map, 500000, "abc", 3, ERR));
    assert_ok(mmio_queue_flush_range(queue, map, 500000, 3, MMIO_FLUSH_DATA, &operation, ERR));
    assert_ok(finish(operation));
    assert_int_equal(residency_of(map).dirty, 0);

    assert_ok(mmio_map_evict(map, 0, 1 << 20, ERR));
    assert_true(residency_of(map).cached < residency_of(map).pages);
    assert_ok(mmio_queue_touch(queue, map, 0, 1 << 20, 0, &operation, ERR));
    assert_ok(finish(operation));
    assert_int_equal(residency_of(map).cached, residency_of(map).pages);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

static void J1_data_and_paths_are_copied_first(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = anonymous_map(100);
    blocker b = block(queue);
    char data[] = "abc";
    char path[] = "f";
    mmio_operation *write;
    assert_ok(mmio_queue_write(queue, map, 0, data, 3, MMIO_FLUSH_NONE, &write, ERR));
    mmio_operation *create = submit_create(queue, path);
    memcpy(data, "xyz", 3);
    path[0] = 'g';
    let_threads_go();
    assert_ok(finish(write));
    assert_ok(finish(create));
    assert_ok(mmio_map_read(map, 0, data, 3, ERR));
    assert_memory_equal(data, "abc", 3);
    assert_true(file_exists("f"));
    assert_false(file_exists("g"));
    end_blocker(&b);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

static void J1_one_thread_keeps_the_order(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = anonymous_map(4);
    for (int i = 0; i < 1000; i++) {
        assert_ok(mmio_queue_write(queue, map, 0, &i, sizeof i, MMIO_FLUSH_NONE, NULL, ERR));
    }
    mmio_operation *last;
    assert_ok(mmio_queue_flush(queue, map, MMIO_FLUSH_DATA, &last, ERR));
    assert_ok(finish(last));
    int value = -1;
    assert_ok(mmio_map_read(map, 0, &value, sizeof value, ERR));
    assert_int_equal(value, 999);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

static void J1_failures_have_the_record_of_the_plain_call(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = create_map("f", 100);
    mmio_map *reader = open_mode("f", MMIO_MODE_RO);
    mmio_operation *operation;
    assert_ok(mmio_queue_write(queue, map, 99, "abc", 3, 0, &operation, ERR));
    check_record(operation, MMIO_ERR_RANGE, "mmio_map_write: f: ");
    assert_int_equal(last_error.offset, 99);
    assert_int_equal(last_error.size, 3);
    assert_int_equal(last_error.limit, 100);
    assert_ok(mmio_queue_write(queue, reader, 0, "abc", 3, 0, &operation, ERR));
    check_record(operation, MMIO_ERR_MODE, "mmio_map_write: f: ");
    assert_ok(mmio_queue_flush_range(queue, map, 100, 1, 0, &operation, ERR));
    check_record(operation, MMIO_ERR_RANGE, "mmio_map_flush_range: f: ");
    assert_ok(mmio_queue_touch(queue, map, 100, 1, 0, &operation, ERR));
    check_record(operation, MMIO_ERR_RANGE, "mmio_map_touch: f: ");
    assert_ok(mmio_queue_create_file(queue, "f", 1, 0, &operation, ERR));
    check_record(operation, MMIO_ERR_EXISTS, "mmio_file_create: f: ");
    assert_int_equal(last_error.os_code, EEXIST);
    assert_ok(mmio_queue_copy_file(queue, "no", "g", &operation, ERR));
    check_record(operation, MMIO_ERR_NOT_FOUND, "mmio_file_copy: no: ");
    assert_ok(mmio_queue_delete_file(queue, "no", &operation, ERR));
    assert_ok(mmio_operation_wait(operation, SOON_MS, ERR));
    for (int i = 0; i < 3; i++) { /* It may be asked again. */
        assert_status(MMIO_ERR_NOT_FOUND, mmio_operation_result(operation, NULL));
    }
    check_record(operation, MMIO_ERR_NOT_FOUND, "mmio_file_delete: no: ");
    mmio_map_close(reader);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

static void J1_D7_waiting_has_a_deadline(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    mmio_operation *next = b.operation;
    assert_status(MMIO_ERR_BUSY, mmio_operation_wait(b.operation, 0, ERR));
    assert_status(MMIO_ERR_TIMEOUT, mmio_operation_wait(b.operation, 20, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_operation_result(b.operation, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_queue_next(queue, 0, &next, ERR));
    assert_null(next);
    assert_status(MMIO_ERR_TIMEOUT, mmio_queue_next(queue, 20, &next, ERR));
    let_threads_go();
    assert_ok(mmio_operation_wait(b.operation, -1, ERR));
    assert_ok(mmio_operation_wait(b.operation, 0, ERR));
    assert_ok(mmio_queue_next(queue, -1, &next, ERR));
    assert_ptr_equal(next, b.operation);
    assert_status(MMIO_ERR_BUSY, mmio_queue_next(queue, 0, &next, ERR));
    end_blocker(&b);
    mmio_queue_close(queue);
}

static void J1_what_has_not_begun_can_be_cancelled(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    mmio_operation *waiting = submit_create(queue, "f");
    mmio_operation *after = submit_create(queue, "g");
    assert_ok(mmio_operation_cancel(waiting, ERR));
    assert_ok(mmio_operation_wait(waiting, 0, ERR));
    assert_ok(mmio_operation_cancel(waiting, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_operation_cancel(b.operation, ERR));
    let_threads_go();
    assert_ok(finish(after));
    assert_ok(mmio_operation_wait(b.operation, SOON_MS, ERR));
    assert_ok(mmio_operation_cancel(b.operation, ERR)); /* Too late: it is over as it is. */
    assert_ok(mmio_operation_result(b.operation, ERR));
    assert_false(file_exists("f"));
    assert_true(file_exists("g"));
    mmio_operation *next;
    assert_ok(mmio_queue_next(queue, 0, &next, ERR));
    assert_ptr_equal(next, waiting);
    check_record(waiting, MMIO_ERR_CANCELLED, "mmio_operation_cancel: f: ");
    end_blocker(&b);
    mmio_queue_close(queue);
}

static void J1_a_cancelled_operation_lets_go_of_its_map(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = create_map("f", 100);
    blocker b = block(queue);
    mmio_operation *operation;
    assert_ok(mmio_queue_flush(queue, map, MMIO_FLUSH_DATA, &operation, ERR));
    intptr_t handle;
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    assert_ok(mmio_operation_cancel(operation, ERR));
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    let_threads_go();
    mmio_operation_close(operation);
    end_blocker(&b);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

/* Maps under way. */

static void J1_B7_nobody_hears_of_the_end_before_the_map_is_free(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR)); /* The next one takes no memory. */
    mmio_operation *operation;
    assert_ok(mmio_queue_write(queue, map, 0, "abc", 3, MMIO_FLUSH_NONE, &operation, ERR));
    assert_ok(finish(operation));
    hold_threads();
    queue_holds_givers = true;
    assert_ok(mmio_queue_write(queue, map, 0, "def", 3, MMIO_FLUSH_NONE, &operation, ERR));
    await_held(1);
    assert_status(MMIO_ERR_BUSY, mmio_operation_wait(operation, 0, ERR));
    queue_holds_givers = false;
    let_threads_go();
    assert_ok(finish(operation));
    mmio_map_close(map);
    mmio_queue_close(queue);
}

static void J1_an_operation_holds_its_map_until_it_is_done_and_no_longer(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(2);
    for (int i = 0; i < 200; i++) {
        make_file("f", 100, 'x');
        mmio_map *map = open_mode("f", MMIO_MODE_RW);
        mmio_operation *operation;
        intptr_t handle;
        assert_ok(mmio_queue_write(queue, map, 0, "abc", 3, MMIO_FLUSH_NONE, &operation, ERR));
        assert_ok(finish(operation));
        assert_ok(mmio_map_into_handle(map, &handle, ERR));
        assert_int_equal(close((int)handle), 0);
        mmio_map_close(map);
    }
    mmio_queue_close(queue);
}

static void J1_a_map_that_is_shut_down_fails_its_operations(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    mmio_map *map = create_map("f", 100);
    mmio_operation *operation;
    assert_ok(mmio_queue_flush(queue, map, MMIO_FLUSH_DATA, &operation, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    let_threads_go();
    check_record(operation, MMIO_ERR_CLOSED, "mmio_map_flush: f: ");
    operation = b.operation;
    assert_status(MMIO_ERR_CLOSED, mmio_queue_flush(queue, map, 0, &operation, ERR));
    assert_null(operation);
    end_blocker(&b);
    mmio_map_close(map);
    mmio_queue_close(queue);
}

int main(void)
{
    if (mmio_set_allocator(take_block, give_block, NULL, NULL) != MMIO_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(J1_files_are_created_copied_and_deleted),
        IN_DIRECTORY(J1_a_write_is_flushed_at_its_level),
        IN_DIRECTORY(J1_maps_and_ranges_are_flushed_and_touched),
        IN_DIRECTORY(J1_data_and_paths_are_copied_first),
        IN_DIRECTORY(J1_one_thread_keeps_the_order),
        IN_DIRECTORY(J1_failures_have_the_record_of_the_plain_call),
        IN_DIRECTORY(J1_D7_waiting_has_a_deadline),
        IN_DIRECTORY(J1_what_has_not_begun_can_be_cancelled),
        IN_DIRECTORY(J1_a_cancelled_operation_lets_go_of_its_map),
        IN_DIRECTORY(J1_B7_nobody_hears_of_the_end_before_the_map_is_free),
        IN_DIRECTORY(J1_an_operation_holds_its_map_until_it_is_done_and_no_longer),
        IN_DIRECTORY(J1_a_map_that_is_shut_down_fails_its_operations),
    };
    return cmocka_run_group_tests_name("contract J1: operations", tests, NULL, NULL);
}
