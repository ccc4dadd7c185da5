/* SPDX-License-Identifier: Apache-2.0 */
/*
 * J1: operations in the background.
 *
 * The first write to a map takes memory, so an allocator of ours can hold a queue's thread in the
 * middle of an operation for as long as a test likes, and count what is not given back.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* Our children start threads, which ThreadSanitizer must be asked for. It looks this name up. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

/* Upper bound of waits that end at once if all is well. */
#define SOON_MS 60000

/* The allocator. */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic bool holds_givers; /* They are held when they give memory back, too. */
static _Atomic bool is_holding;   /* Threads of queues are held when they take memory. */
static int held;                  /* Such threads. */
static _Atomic long blocks;       /* Taken and not given back. */
static _Atomic long left = -1; /* Blocks to give before there is no memory; negative: any number. */

static bool is_queue_thread(void)
{
    char name[16] = "";
    (void)pthread_getname_np(pthread_self(), name, sizeof name);
    return strcmp(name, "mmio-queue") == 0;
}

static void stay_while_holding(void)
{
    /* Not even the mutex is touched otherwise: a fork() in between would leave it locked. */
    if (!is_holding) {
        return;
    }
    (void)pthread_mutex_lock(&mutex);
    held++;
    (void)pthread_cond_broadcast(&changed);
    while (is_holding) {
        (void)pthread_cond_wait(&changed, &mutex);
    }
    held--;
    (void)pthread_mutex_unlock(&mutex);
}

static void *MMIO_CALL take(size_t size, size_t alignment, void *user)
{
    (void)user;
    if (left == 0) {
        return NULL;
    }
    left -= left > 0;
    if (is_queue_thread()) {
        stay_while_holding();
    }
    blocks++;
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void MMIO_CALL give(void *memory, void *user)
{
    (void)user;
    blocks--;
    free(memory);
    if (holds_givers && is_queue_thread()) {
        stay_while_holding();
    }
}

static void hold_threads(void)
{
    (void)pthread_mutex_lock(&mutex);
    is_holding = true;
    (void)pthread_mutex_unlock(&mutex);
}

static void let_threads_go(void)
{
    (void)pthread_mutex_lock(&mutex);
    is_holding = false;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&mutex);
}

static void await_held(int count)
{
    (void)pthread_mutex_lock(&mutex);
    while (held != count) {
        (void)pthread_cond_wait(&changed, &mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
}

/* Queues and operations. */

static mmio_queue *open_queue(uint32_t threads)
{
    mmio_queue *queue = NULL;
    assert_ok(mmio_queue_open(threads, &queue, ERR));
    return queue;
}

/* A write that its thread is held in. */
typedef struct blocker {
    mmio_map *map;
    mmio_operation *operation;
} blocker;

static blocker block(mmio_queue *queue)
{
    blocker b = {.map = anonymous_map(100)};
    hold_threads();
    assert_ok(mmio_queue_write(queue, b.map, 0, "abc", 3, MMIO_FLUSH_NONE, &b.operation, ERR));
    await_held(1);
    return b;
}

static void end_blocker(blocker *b)
{
    assert_ok(mmio_operation_wait(b->operation, SOON_MS, ERR));
    assert_ok(mmio_operation_result(b->operation, ERR));
    mmio_operation_close(b->operation);
    mmio_map_close(b->map);
}

/* Waits for an operation, closes it, and gives its result, with the record in last_error. */
static mmio_status finish(mmio_operation *operation)
{
    assert_ok(mmio_operation_wait(operation, SOON_MS, ERR));
    const mmio_status status = mmio_operation_result(operation, ERR);
    mmio_operation_close(operation);
    return status;
}

static mmio_operation *submit_create(mmio_queue *queue, const char *path)
{
    mmio_operation *operation = NULL;
    assert_ok(mmio_queue_create_file(queue, path, 10, 0, &operation, ERR));
    return operation;
}

/* Threads of queues, as the kernel has them. */
static int queue_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    int count = 0;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300];
        char name[32] = "";
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = task->d_name[0] != '.' ? fopen(path, "r") : NULL;
        if (file != NULL) {
            count += fgets(name, sizeof name, file) != NULL && strcmp(name, "mmio-queue\n") == 0;
            (void)fclose(file);
        }
    }
    assert_int_equal(closedir(tasks), 0);
    return count;
}

/* They have left the library when their queue is closed, and have a few steps to go in the
 * kernel. */
static void await_no_queue_threads(void)
{
    alarm(SOON_MS / 1000);
    while (queue_threads() != 0) {
    }
    alarm(0);
}

/* Blocks in use, with those that a thread leaves to the next one. */
static long settled_blocks(void)
{
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    let_threads_go();
    end_blocker(&b);
    mmio_queue_close(queue);
    await_no_queue_threads();
    return blocks;
}

static bool is_readable(intptr_t handle, int timeout_ms)
{
    struct pollfd poll_for = {.fd = (int)handle, .events = POLLIN};
    return poll(&poll_for, 1, timeout_ms) == 1 && (poll_for.revents & POLLIN) != 0;
}

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

/* How operations end. */

static void check_record(mmio_operation *operation, mmio_status wanted, const char *beginning)
{
    assert_status(wanted, finish(operation));
    assert_int_equal(last_error.status, wanted);
    if (strncmp(last_error.message, beginning, strlen(beginning)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", last_error.message, beginning);
    }
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
} listener;

static void *listen_to(void *argument)
{
    listener *l = argument;
    mmio_operation *next;
    l->task = gettid();
    l->status = mmio_queue_next(l->queue, -1, &next, NULL);
    return NULL;
}

/* Waits until the thread sleeps, which it does nowhere but in mmio_queue_next(). */
static void await_listener(const listener *l)
{
    char path[64];
    char state = 'R';
    while (state != 'S') {
        (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", l->task);
        FILE *file = l->task != 0 ? fopen(path, "r") : NULL;
        if (file != NULL) {
            assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
            (void)fclose(file);
        }
    }
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
    assert_int_equal(blocks, before);
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
    holds_givers = true;
    assert_ok(mmio_queue_write(queue, map, 0, "def", 3, MMIO_FLUSH_NONE, &operation, ERR));
    await_held(1);
    assert_status(MMIO_ERR_BUSY, mmio_operation_wait(operation, 0, ERR));
    holds_givers = false;
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
        const long before = blocks;
        mmio_operation *operation = NULL;
        left = given;
        const mmio_status status =
            mmio_queue_write(queue, map, 0, "abc", 3, MMIO_FLUSH_NONE, &operation, ERR);
        left = -1;
        if (status == MMIO_OK) {
            assert_true(given >= 3); /* The operation, the data, the thread. */
            mmio_queue_close(queue);
            mmio_operation_close(operation);
            break;
        }
        assert_status(MMIO_ERR_NO_MEMORY, status);
        assert_null(operation);
        assert_int_equal(blocks, before);
        mmio_queue_close(queue);
    }
    mmio_queue *queue = (mmio_queue *)&map;
    left = 0;
    assert_status(MMIO_ERR_NO_MEMORY, mmio_queue_open(1, &queue, ERR));
    left = -1;
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

/* fork(). */

static void need(bool condition)
{
    if (!condition) {
        _exit(1);
    }
}

static void await_child(pid_t child)
{
    assert_true(child > 0);
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_int_equal(outcome, 0);
}

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
    await_child(child);
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
        need(blocks == before + 1); /* The blocker's map. */
        _exit(0);
    }
    await_child(child);
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
        await_child(child);
    }
    c.is_over = true;
    join_thread(thread);
    mmio_map_close(c.map);
    mmio_queue_close(c.queue);
}

int main(void)
{
    if (mmio_set_allocator(take, give, NULL, NULL) != MMIO_OK) {
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
        IN_DIRECTORY(J1_the_handle_is_readable_while_an_operation_is_to_be_had),
        IN_DIRECTORY(J1_a_handle_asked_for_late_is_readable_at_once),
        IN_DIRECTORY(J1_every_operation_is_returned_once),
        IN_DIRECTORY(J1_closing_finishes_what_runs_and_cancels_what_waits),
        IN_DIRECTORY(J1_closing_ends_waits_for_the_next_operation),
        IN_DIRECTORY(J1_dropping_an_operation_neither_cancels_nor_leaks),
        IN_DIRECTORY(J1_threads_start_with_work_and_end_with_the_queue),
        IN_DIRECTORY(J1_B7_nobody_hears_of_the_end_before_the_map_is_free),
        IN_DIRECTORY(J1_an_operation_holds_its_map_until_it_is_done_and_no_longer),
        IN_DIRECTORY(J1_a_map_that_is_shut_down_fails_its_operations),
        IN_DIRECTORY(J1_a_full_queue_is_busy),
        IN_DIRECTORY(J1_without_memory_nothing_is_submitted_and_nothing_lost),
        IN_DIRECTORY(J1_A9_bad_input_is_refused),
        IN_DIRECTORY(J1_B12_a_child_is_told_that_the_threads_are_not_there),
        IN_DIRECTORY(J1_B12_a_fork_in_the_middle_of_anything_deadlocks_nothing),
    };
    return cmocka_run_group_tests_name("contract J1: queues", tests, NULL, NULL);
}
