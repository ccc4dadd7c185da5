/* SPDX-License-Identifier: Apache-2.0 */
#include "queueing.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Children start threads, which ThreadSanitizer must be asked for. It looks this name up. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

/* The allocator. */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int held; /* Threads of queues. */
_Atomic bool is_holding;
_Atomic bool queue_holds_givers;
_Atomic long queue_blocks;
_Atomic long queue_blocks_left = -1;

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

void *MMIO_CALL take_block(size_t size, size_t alignment, void *user)
{
    (void)user;
    if (queue_blocks_left == 0) {
        return NULL;
    }
    queue_blocks_left -= queue_blocks_left > 0;
    if (is_queue_thread()) {
        stay_while_holding();
    }
    queue_blocks++;
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void MMIO_CALL give_block(void *memory, void *user)
{
    (void)user;
    queue_blocks--;
    free(memory);
    if (queue_holds_givers && is_queue_thread()) {
        stay_while_holding();
    }
}

void hold_threads(void)
{
    (void)pthread_mutex_lock(&mutex);
    is_holding = true;
    (void)pthread_mutex_unlock(&mutex);
}

void let_threads_go(void)
{
    (void)pthread_mutex_lock(&mutex);
    is_holding = false;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&mutex);
}

void await_held(int count)
{
    (void)pthread_mutex_lock(&mutex);
    while (held != count) {
        (void)pthread_cond_wait(&changed, &mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
}

mmio_queue *open_queue(uint32_t threads)
{
    mmio_queue *queue = NULL;
    assert_ok(mmio_queue_open(threads, &queue, ERR));
    return queue;
}

blocker block(mmio_queue *queue)
{
    blocker b = {.map = anonymous_map(100)};
    hold_threads();
    assert_ok(mmio_queue_write(queue, b.map, 0, "abc", 3, MMIO_FLUSH_NONE, &b.operation, ERR));
    await_held(1);
    return b;
}

void end_blocker(blocker *b)
{
    assert_ok(mmio_operation_wait(b->operation, SOON_MS, ERR));
    assert_ok(mmio_operation_result(b->operation, ERR));
    mmio_operation_close(b->operation);
    mmio_map_close(b->map);
}

mmio_status finish(mmio_operation *operation)
{
    assert_ok(mmio_operation_wait(operation, SOON_MS, ERR));
    const mmio_status status = mmio_operation_result(operation, ERR);
    mmio_operation_close(operation);
    return status;
}

mmio_operation *submit_create(mmio_queue *queue, const char *path)
{
    mmio_operation *operation = NULL;
    assert_ok(mmio_queue_create_file(queue, path, 10, 0, &operation, ERR));
    return operation;
}

int queue_threads(void)
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

void await_no_queue_threads(void)
{
    alarm(SOON_MS / 1000);
    while (queue_threads() != 0) {
    }
    alarm(0);
}

long settled_blocks(void)
{
    mmio_queue *queue = open_queue(1);
    blocker b = block(queue);
    let_threads_go();
    end_blocker(&b);
    mmio_queue_close(queue);
    await_no_queue_threads();
    return queue_blocks;
}

bool is_readable(intptr_t handle, int timeout_ms)
{
    struct pollfd poll_for = {.fd = (int)handle, .events = POLLIN};
    return poll(&poll_for, 1, timeout_ms) == 1 && (poll_for.revents & POLLIN) != 0;
}

void check_record(mmio_operation *operation, mmio_status wanted, const char *beginning)
{
    assert_status(wanted, finish(operation));
    assert_int_equal(last_error.status, wanted);
    if (strncmp(last_error.message, beginning, strlen(beginning)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", last_error.message, beginning);
    }
}
