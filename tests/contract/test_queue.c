/* SPDX-License-Identifier: Apache-2.0 */
/* J1: queues: their descriptor, their end, their threads and limits. */
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "queueing.h"
#include "support.h"

/* One descriptor for all operations. */

static void J1_the_handle_is_readable_while_an_operation_is_to_be_had(void **state)
{
    (void)state;
    const int before = open_descriptors();
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    mmio_operation *second = submit_create(queue, "f");
    const int without = open_descriptors();
    intptr_t handle;
    intptr_t again;
    assert_ok(mmio_queue_handle(queue, &handle, ERR));
    assert_ok(mmio_queue_handle(queue, &again, ERR));
    assert_int_equal(again, handle);
    assert_int_equal(open_descriptors(), without + 1);
    assert_false(is_readable(handle, 0));

    let_threads_go();
    assert_true(is_readable(handle, SOON_MS));
    mmio_operation *next;
    assert_ok(mmio_queue_next(queue, 0, &next, ERR));
    assert_ptr_equal(next, b.operation);
    assert_true(is_readable(handle, SOON_MS));
    assert_ok(mmio_queue_next(queue, 0, &next, ERR));
    assert_ptr_equal(next, second);
    assert_false(is_readable(handle, 0));
    mmio_operation_close(second);

    /* Closed operations are not to be had. */
    assert_ok(finish(submit_create(queue, "g")));
    assert_false(is_readable(handle, 0));
    assert_ok(mmio_queue_create_file(queue, "h", 1, 0, NULL, ERR));
    assert_ok(finish(submit_create(queue, "i")));
    assert_true(file_exists("h"));
    assert_false(is_readable(handle, 0));
    end_blocker(&b);
    mmio_queue_close(queue);
    assert_int_equal(open_descriptors(), before);
}

static void J1_a_handle_asked_for_late_is_readable_at_once(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    mmio_operation *operation = submit_create(queue, "f");
    assert_ok(mmio_operation_wait(operation, SOON_MS, ERR));
    intptr_t handle;
    assert_ok(mmio_queue_handle(queue, &handle, ERR));
    assert_true(is_readable(handle, 0));
    mmio_operation_close(operation);
    assert_false(is_readable(handle, 0));
    mmio_queue_close(queue);
}

enum { SUBMITTERS = 4, EACH = 500 };

typedef struct crowd {
    mmio_queue *queue;
    mmio_map *map;
    _Atomic int failures;
} crowd;

static void *submit_many(void *argument)
{
    crowd *c = argument;
    for (uint64_t i = 0; i < EACH; i++) {
        mmio_operation *operation = NULL;
        c->failures += mmio_queue_write(c->queue, c->map, i * 8, &i, sizeof i, MMIO_FLUSH_NONE,
                                        &operation, NULL) != MMIO_OK;
    }
    return NULL;
}

static void J1_every_operation_is_returned_once(void **state)
{
    (void)state;
    crowd c = {.queue = open_queue(0), .map = anonymous_map(EACH * 8)};
    uintptr_t threads[SUBMITTERS];
    for (size_t i = 0; i < SUBMITTERS; i++) {
        start_thread(&threads[i], submit_many, &c);
    }
    mmio_operation *operation;
    for (int i = 0; i < SUBMITTERS * EACH; i++) {
        assert_ok(mmio_queue_next(c.queue, SOON_MS, &operation, ERR));
        assert_ok(mmio_operation_result(operation, ERR));
        mmio_operation_close(operation);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        join_thread(threads[i]);
    }
    assert_int_equal(c.failures, 0);
    assert_status(MMIO_ERR_BUSY, mmio_queue_next(c.queue, 0, &operation, ERR));
    for (uint64_t i = 0; i < EACH; i++) {
        uint64_t value;
        assert_ok(mmio_map_read(c.map, i * 8, &value, sizeof value, ERR));
        assert_int_equal(value, i);
    }
    mmio_map_close(c.map);
    mmio_queue_close(c.queue);
}

/* Closing. */

typedef struct closing {
    mmio_queue *queue;
    _Atomic bool is_over;
} closing;

static void *close_queue(void *argument)
{
    closing *c = argument;
    mmio_queue_close(c->queue);
    c->is_over = true;
    return NULL;
}

static void J1_closing_finishes_what_runs_and_cancels_what_waits(void **state)
{
    (void)state;
    closing c = {.queue = open_queue(1)};
    blocker b = block(c.queue);
    mmio_operation *waiting = submit_create(c.queue, "f");
    assert_ok(mmio_queue_create_file(c.queue, "g", 1, 0, NULL, ERR));
    uintptr_t thread;
    start_thread(&thread, close_queue, &c);
    check_record(waiting, MMIO_ERR_CANCELLED, "mmio_queue_close: f: ");
    assert_false(c.is_over);
    let_threads_go();
    join_thread(thread);
    assert_ok(mmio_operation_wait(b.operation, 0, ERR)); /* Operations outlive their queue. */
    end_blocker(&b);
    assert_false(file_exists("f"));
    assert_false(file_exists("g"));
}

typedef struct listener {
    mmio_queue *queue;
    _Atomic int task; /* The thread, by the kernel's number. */
    mmio_status status;
    mmio_operation *next;
} listener;

static void *listen_to(void *argument)
{
    listener *l = argument;
    l->task = thread_id();
    l->status = mmio_queue_next(l->queue, -1, &l->next, NULL);
    return NULL;
}

static void await_listener(const listener *l)
{
    while (l->task == 0) {
    }
    await_sleep(l->task, SYS_futex);
}

static void J1_waits_for_the_next_operation_end_with_it(void **state)
{
    (void)state;
    listener l = {.queue = open_queue(1)};
    uintptr_t thread;
    start_thread(&thread, listen_to, &l);
    await_listener(&l);
    mmio_operation *operation = submit_create(l.queue, "f");
    (void)join_thread(thread);
    assert_ok(l.status);
    assert_ptr_equal(l.next, operation);
    assert_ok(mmio_operation_result(operation, ERR));
    mmio_operation_close(operation);
    mmio_queue_close(l.queue);
}

static void J1_closing_ends_waits_for_the_next_operation(void **state)
{
    (void)state;
    listener listeners[2] = {{.queue = open_queue(1)}};
    listeners[1].queue = listeners[0].queue;
    uintptr_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        start_thread(&threads[i], listen_to, &listeners[i]);
        await_listener(&listeners[i]);
    }
    mmio_queue_close(listeners[0].queue);
    for (size_t i = 0; i < 2; i++) {
        join_thread(threads[i]);
        assert_status(MMIO_ERR_CLOSED, listeners[i].status);
    }
}

static void J1_dropping_an_operation_neither_cancels_nor_leaks(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    const long before = settled_blocks();
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_queue_write(queue, map, 0, "abc", 3, MMIO_FLUSH_DATA, NULL, ERR));
    mmio_operation *dropped;
    assert_ok(mmio_queue_write(queue, map, 3, "def", 3, MMIO_FLUSH_DATA, &dropped, ERR));
    mmio_operation_close(dropped);
    mmio_map_close(map); /* The operations hold it. */
    mmio_operation *last = submit_create(queue, "g");
    let_threads_go();
    assert_ok(finish(last));
    char bytes[6];
    file_bytes("f", 0, bytes, 6);
    assert_memory_equal(bytes, "abcdef", 6);
    end_blocker(&b);

    /* One that is done, one that waits, one that nobody ever asks for. */
    mmio_operation *done = submit_create(queue, "h");
    assert_ok(mmio_operation_wait(done, SOON_MS, ERR));
    b = block(queue);
    mmio_operation *waiting = submit_create(queue, "i");
    assert_ok(mmio_queue_create_file(queue, "j", 1, 0, NULL, ERR));
    let_threads_go();
    mmio_queue_close(queue);
    end_blocker(&b);
    mmio_operation_close(waiting);
    mmio_operation_close(done);
    mmio_operation_close(NULL);
    mmio_queue_close(NULL);
    assert_int_equal(queue_blocks, before);
    assert_int_equal(open_descriptors(), descriptors);
}

static void J1_threads_start_with_work_and_end_with_the_queue(void **state)
{
    (void)state;
    enum { THREADS = 3, WRITES = 6 };
    await_no_queue_threads();
    mmio_queue *queue = open_queue(THREADS);
    assert_int_equal(queue_threads(), 0);
    assert_ok(finish(submit_create(queue, "f")));
    assert_int_equal(queue_threads(), 1);
    hold_threads();
    mmio_map *maps[WRITES];
    mmio_operation *operations[WRITES];
    for (size_t i = 0; i < WRITES; i++) {
        maps[i] = anonymous_map(10);
        assert_ok(mmio_queue_write(queue, maps[i], 0, "abc", 3, 0, &operations[i], ERR));
    }
    await_held(THREADS);
    assert_int_equal(queue_threads(), THREADS);
    let_threads_go();
    for (size_t i = 0; i < WRITES; i++) {
        assert_ok(finish(operations[i]));
        mmio_map_close(maps[i]);
    }
    assert_int_equal(queue_threads(), THREADS);
    mmio_queue_close(queue);
    await_no_queue_threads();
}

/* Limits. */

static void J1_a_full_queue_is_busy(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    mmio_operation *first = submit_create(queue, "f");
    for (int i = 1; i < 65536; i++) {
        assert_ok(mmio_queue_delete_file(queue, "no", NULL, ERR));
    }
    mmio_operation *refused = first;
    assert_status(MMIO_ERR_BUSY, mmio_queue_delete_file(queue, "no", &refused, ERR));
    assert_null(refused);
    assert_ok(mmio_operation_cancel(first, ERR));
    assert_ok(mmio_queue_delete_file(queue, "no", NULL, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_queue_delete_file(queue, "no", NULL, ERR));
    let_threads_go();
    mmio_operation_close(first);
    mmio_queue_close(queue);
    end_blocker(&b);
}

static void J1_without_memory_nothing_is_submitted_and_nothing_lost(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    for (long given = 0;; given++) {
        mmio_queue *queue = open_queue(1);
        const long before = queue_blocks;
        mmio_operation *operation = NULL;
        queue_blocks_left = given;
        const mmio_status status =
            mmio_queue_write(queue, map, 0, "abc", 3, MMIO_FLUSH_NONE, &operation, ERR);
        queue_blocks_left = -1;
        if (status == MMIO_OK) {
            assert_true(given >= 3); /* The operation, the data, the thread. */
            mmio_queue_close(queue);
            mmio_operation_close(operation);
            break;
        }
        assert_status(MMIO_ERR_NO_MEMORY, status);
        assert_null(operation);
        assert_int_equal(queue_blocks, before);
        mmio_queue_close(queue);
    }
    mmio_queue *queue = (mmio_queue *)&map;
    queue_blocks_left = 0;
    assert_status(MMIO_ERR_NO_MEMORY, mmio_queue_open(1, &queue, ERR));
    queue_blocks_left = -1;
    assert_null(queue);
    mmio_map_close(map);
}

static void J1_A9_bad_input_is_refused(void **state)
{
    (void)state;
    mmio_queue *queue = open_queue(64);
    mmio_map *map = create_map("f", 100);
    mmio_queue *none = queue;
    mmio_operation *op = NULL;
    intptr_t handle = 0;
    assert_status(MMIO_ERR_INVALID, mmio_queue_open(65, &none, ERR));
    assert_null(none);
    assert_status(MMIO_ERR_INVALID, mmio_queue_open(1, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_queue_handle(NULL, &handle, ERR));
    assert_int_equal(handle, -1);
    assert_status(MMIO_ERR_INVALID, mmio_queue_handle(queue, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_queue_next(NULL, 0, &op, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_queue_next(queue, 0, NULL, ERR));
    mmio_queue *queues[] = {NULL, queue};
    mmio_map *maps[] = {map, NULL};
    for (size_t i = 0; i < 2; i++) {
        mmio_queue *q = queues[i];
        mmio_map *m = maps[i];
        op = (mmio_operation *)&op;
        assert_status(MMIO_ERR_INVALID, mmio_queue_write(q, m, 0, "a", 1, 0, &op, ERR));
        assert_null(op);
        assert_status(MMIO_ERR_INVALID, mmio_queue_flush(q, m, 0, &op, ERR));
        assert_status(MMIO_ERR_INVALID, mmio_queue_flush_range(q, m, 0, 1, 0, &op, ERR));
        assert_status(MMIO_ERR_INVALID, mmio_queue_touch(q, m, 0, 1, 0, &op, ERR));
        const char *path = i == 0 ? "g" : NULL;
        op = (mmio_operation *)&op;
        assert_status(MMIO_ERR_INVALID, mmio_queue_create_file(q, path, 1, 0, &op, ERR));
        assert_null(op);
        assert_status(MMIO_ERR_INVALID, mmio_queue_copy_file(q, "f", path, &op, ERR));
        assert_status(MMIO_ERR_INVALID, mmio_queue_copy_file(q, path, "g", &op, ERR));
        assert_status(MMIO_ERR_INVALID, mmio_queue_delete_file(q, path, &op, ERR));
    }
    assert_status(MMIO_ERR_INVALID, mmio_queue_write(queue, map, 0, NULL, 1, 0, &op, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_queue_write(queue, map, 0, "a", 1, 4, &op, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_queue_flush(queue, map, MMIO_FLUSH_NONE, &op, ERR));
    assert_status(MMIO_ERR_INVALID,
                  mmio_queue_flush_range(queue, map, 0, 1, MMIO_FLUSH_NONE, &op, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_queue_touch(queue, map, 0, 1, 2, &op, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_operation_wait(NULL, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_operation_result(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_operation_cancel(NULL, ERR));
    /* No data at all are fine, anywhere. */
    assert_ok(mmio_queue_write(queue, map, UINT64_MAX, NULL, 0, MMIO_FLUSH_DATA, &op, ERR));
    assert_ok(finish(op));
    mmio_map_close(map);
    mmio_queue_close(queue);
}

int main(void)
{
    if (mmio_set_allocator(take_block, give_block, NULL, NULL) != MMIO_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(J1_the_handle_is_readable_while_an_operation_is_to_be_had),
        IN_DIRECTORY(J1_a_handle_asked_for_late_is_readable_at_once),
        IN_DIRECTORY(J1_every_operation_is_returned_once),
        IN_DIRECTORY(J1_closing_finishes_what_runs_and_cancels_what_waits),
        IN_DIRECTORY(J1_waits_for_the_next_operation_end_with_it),
        IN_DIRECTORY(J1_closing_ends_waits_for_the_next_operation),
        IN_DIRECTORY(J1_dropping_an_operation_neither_cancels_nor_leaks),
        IN_DIRECTORY(J1_threads_start_with_work_and_end_with_the_queue),
        IN_DIRECTORY(J1_a_full_queue_is_busy),
        IN_DIRECTORY(J1_without_memory_nothing_is_submitted_and_nothing_lost),
        IN_DIRECTORY(J1_A9_bad_input_is_refused),
    };
    return cmocka_run_group_tests_name("contract J1: queues", tests, NULL, NULL);
}
