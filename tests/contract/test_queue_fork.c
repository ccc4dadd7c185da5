/* SPDX-License-Identifier: Apache-2.0 */
/* J1, B12: queues around fork(). */
#include <stdatomic.h>
#include <unistd.h>

#include "queueing.h"
#include "watching.h"

/* In the child: a queue of its own does all that it should. */
static void use_own_queue(const char *path)
{
    mmio_queue *queue = NULL;
    mmio_operation *operation = NULL;
    need(mmio_queue_open(1, &queue, NULL) == MMIO_OK);
    need(mmio_queue_create_file(queue, path, 10, 0, &operation, NULL) == MMIO_OK);
    need(mmio_operation_wait(operation, SOON_MS, NULL) == MMIO_OK);
    need(mmio_operation_result(operation, NULL) == MMIO_OK);
    mmio_operation_close(operation);
    mmio_queue_close(queue);
}

static void check_is_forked(mmio_queue *queue, mmio_operation *const *operations, size_t count)
{
    mmio_operation *op = NULL;
    intptr_t handle = 0;
    need(mmio_queue_next(queue, -1, &op, NULL) == MMIO_ERR_FORKED);
    need(mmio_queue_handle(queue, &handle, NULL) == MMIO_ERR_FORKED && handle == -1);
    need(mmio_queue_delete_file(queue, "f", &op, NULL) == MMIO_ERR_FORKED);
    for (size_t i = 0; i < count; i++) {
        need(mmio_operation_wait(operations[i], -1, NULL) == MMIO_ERR_FORKED);
        need(mmio_operation_result(operations[i], NULL) == MMIO_ERR_FORKED);
        need(mmio_operation_cancel(operations[i], NULL) == MMIO_ERR_FORKED);
    }
}

static void J1_B12_a_child_is_told_that_the_threads_are_not_there(void **state)
{
    (void)state;
    const long before = settled_blocks();
    mmio_queue *queue = open_queue(1);
    mmio_operation *done = submit_create(queue, "f");
    assert_ok(mmio_operation_wait(done, SOON_MS, ERR));
    intptr_t handle;
    assert_ok(mmio_queue_handle(queue, &handle, ERR));
    blocker b = block(queue);
    mmio_operation *waiting = submit_create(queue, "g");
    assert_ok(mmio_queue_create_file(queue, "h", 1, 0, NULL, ERR));
    pid_t child = fork();
    if (child == 0) {
        mmio_operation_close(done);
        _exit(0);
    }
    end_well(child);
    assert_true(is_readable(handle, 0)); /* The child has the same descriptor, but not the say. */
    child = fork();
    if (child == 0) {
        alarm(60);
        is_holding = false;
        mmio_operation *const operations[] = {done, b.operation, waiting};
        check_is_forked(queue, operations, 3);
        use_own_queue("child");
        mmio_operation_close(done);
        mmio_queue_close(queue);
        mmio_operation_close(b.operation);
        mmio_operation_close(waiting);
        need(queue_blocks == before + 1); /* The blocker's map. */
        _exit(0);
    }
    end_well(child);
    assert_true(file_exists("child"));
    assert_false(file_exists("g"));
    /* The parent's side is as it was. */
    assert_true(is_readable(handle, 0));
    let_threads_go();
    assert_ok(finish(waiting));
    assert_ok(finish(done));
    end_blocker(&b);
    assert_false(is_readable(handle, 0));
    mmio_queue_close(queue);
    assert_true(file_exists("g"));
    assert_true(file_exists("h"));
}

typedef struct churn {
    mmio_queue *queue;
    mmio_map *map;
    _Atomic bool is_running;
    _Atomic bool is_over;
} churn;

static void *keep_busy(void *argument)
{
    churn *c = argument;
    while (!c->is_over) {
        mmio_operation *operation = NULL;
        if (mmio_queue_write(c->queue, c->map, 0, "abc", 3, 0, &operation, NULL) == MMIO_OK) {
            (void)mmio_operation_cancel(operation, NULL);
            (void)mmio_operation_wait(operation, -1, NULL);
            mmio_operation_close(operation);
        }
        mmio_queue *other = NULL;
        if (mmio_queue_open(1, &other, NULL) == MMIO_OK) {
            mmio_queue_close(other);
        }
        c->is_running = true;
    }
    return NULL;
}

static void J1_B12_a_fork_in_the_middle_of_anything_deadlocks_nothing(void **state)
{
    (void)state;
    need_threads_in_children();
    churn c = {.queue = open_queue(2), .map = create_map("f", 100)};
    uintptr_t thread;
    start_thread(&thread, keep_busy, &c);
    while (!c.is_running) {
    }
    for (int i = 0; i < 100; i++) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(60);
            mmio_queue_close(c.queue);
            mmio_map_close(c.map);
            use_own_queue("child");
            _exit(unlink("child"));
        }
        end_well(child);
    }
    c.is_over = true;
    join_thread(thread);
    mmio_map_close(c.map);
    mmio_queue_close(c.queue);
}

int main(void)
{
    if (mmio_set_allocator(take_block, give_block, NULL, NULL) != MMIO_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(J1_B12_a_child_is_told_that_the_threads_are_not_there),
        IN_DIRECTORY(J1_B12_a_fork_in_the_middle_of_anything_deadlocks_nothing),
    };
    return cmocka_run_group_tests_name("contract J1: queues and fork()", tests, NULL, NULL);
}
