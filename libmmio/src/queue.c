/* SPDX-License-Identifier: Apache-2.0 */
/* Queues: their threads, and hearing of what these have done. */
#include "queue.h"

#include "base/memory.h"
#include "fork.h"
#include "os/os.h"
#include "system.h"

#define THREADS_DEFAULT 4u
#define THREADS_MOST 64u
#define WAITING_MOST 65536u

/* Live queues: from opening until their memory is freed. */
static mmio__lock queues_lock;
static mmio_queue *newest_queue;

static void list_add(mmio_queue *queue)
{
    mmio__lock_take(&queues_lock);
    queue->next_live = newest_queue;
    queue->link_live = &newest_queue;
    if (newest_queue != NULL) {
        newest_queue->link_live = &queue->next_live;
    }
    newest_queue = queue;
    mmio__unlock(&queues_lock);
}

static void list_remove(mmio_queue *queue)
{
    mmio__lock_take(&queues_lock);
    *queue->link_live = queue->next_live;
    if (queue->next_live != NULL) {
        queue->next_live->link_live = queue->link_live;
    }
    mmio__unlock(&queues_lock);
}

void mmio__queues_before_fork(void)
{
    mmio__lock_take(&queues_lock);
    for (mmio_queue *queue = newest_queue; queue != NULL; queue = queue->next_live) {
        mmio__lock_take(&queue->lock);
    }
}

void mmio__queues_after_fork(void)
{
    for (mmio_queue *queue = newest_queue; queue != NULL; queue = queue->next_live) {
        mmio__unlock(&queue->lock);
    }
    mmio__unlock(&queues_lock);
}

void mmio__queue_drop_life(mmio_queue *queue)
{
    if (atomic_fetch_sub(&queue->lives, 1) == 1) {
        list_remove(queue);
        mmio__free(queue);
    }
}

static bool is_forked(const mmio_queue *queue)
{
    return queue->forks != mmio__forks();
}

mmio_status mmio__queue_check(const mmio__call *call, const mmio_queue *queue)
{
    if (queue == NULL) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the queue is NULL");
    }
    return is_forked(queue)
               ? mmio__fail(call, MMIO_ERR_FORKED, "the queue's threads are the parent process's")
               : MMIO_OK;
}

/* Sleeping. */

void mmio__queue_ring(_Atomic uint32_t *word)
{
    atomic_fetch_add(word, 1);
    mmio__os_wake_all(word);
}

/* Unlocks the queue until the word is rung, or the deadline. */
static void sleep_on_word(mmio_queue *queue, _Atomic uint32_t *word, mmio__deadline deadline)
{
    const uint32_t seen = atomic_load(word);
    mmio__unlock(&queue->lock);
    mmio__os_wait(word, seen, deadline);
    mmio__lock_take(&queue->lock);
}

/* Threads. */

static void run_next(mmio_queue *queue)
{
    mmio_operation *operation = queue->waiting.first;
    mmio__operation_begin(operation);
    mmio__unlock(&queue->lock);
    const mmio_status status = operation->task.run(&operation->task, &operation->error);
    mmio__lock_take(&queue->lock);
    mmio__operation_end(operation, status);
}

static void work(void *argument)
{
    mmio_queue *queue = argument;
    mmio__lock_take(&queue->lock);
    while (!queue->is_closed) {
        if (queue->waiting.first != NULL) {
            run_next(queue);
            continue;
        }
        queue->idle++;
        sleep_on_word(queue, &queue->work, MMIO__NO_DEADLINE);
        queue->idle--;
    }
    queue->threads--;
    mmio__queue_ring(&queue->news);
    /* The last touch: who closes the queue frees it next. */
    mmio__unlock(&queue->lock);
}

/* With the queue locked. A failure matters only if there is no other thread. */
static int32_t see_to_threads(mmio_queue *queue)
{
    int32_t code = 0;
    if (queue->idle < queue->waiting_count && queue->threads < queue->threads_most) {
        code = mmio__os_thread_start("mmio-queue", work, queue);
        queue->threads += code == 0;
    }
    if (queue->idle != 0) {
        mmio__queue_ring(&queue->work);
    }
    return queue->threads != 0 ? 0 : code;
}

static mmio_status add_locked(const mmio__call *call, mmio_operation *operation)
{
    mmio_queue *queue = operation->queue;
    if (queue->waiting_count == WAITING_MOST) {
        return mmio__fail(call, MMIO_ERR_BUSY, "%u operations wait already", WAITING_MOST);
    }
    mmio__operation_move(operation, &queue->waiting);
    queue->waiting_count++;
    const int32_t code = see_to_threads(queue);
    if (code != 0) {
        mmio__operation_move(operation, NULL);
        queue->waiting_count--;
    }
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot start a thread");
}

mmio_status mmio__queue_add(const mmio__call *call, mmio_operation *operation)
{
    mmio_queue *queue = operation->queue;
    mmio__lock_take(&queue->lock);
    const mmio_status status = add_locked(call, operation);
    mmio__unlock(&queue->lock);
    return status;
}

/* Opening and closing. */

mmio_status mmio_queue_open(uint32_t threads, mmio_queue **out_queue, mmio_error *error)
{
    const mmio__call call = {"mmio_queue_open", NULL, error};
    if (out_queue == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_queue is NULL");
    }
    *out_queue = NULL;
    if (threads > THREADS_MOST) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "%u threads are more than %u", (unsigned)threads,
                          THREADS_MOST);
    }
    const mmio_status status = mmio__forks_prepare(&call);
    if (status != MMIO_OK) {
        return status;
    }
    mmio_queue *queue = mmio__allocate(sizeof *queue);
    if (queue == NULL) {
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the queue");
    }
    queue->threads_most = threads != 0 ? threads : THREADS_DEFAULT;
    queue->signal = MMIO__OS_NO_HANDLE;
    queue->forks = mmio__forks();
    atomic_init(&queue->lives, 1);
    list_add(queue);
    *out_queue = queue;
    return MMIO_OK;
}

/* What threads were doing at a fork() will never end in the child. */
static void end_lost(mmio_queue *queue)
{
    while (queue->begun.first != NULL) {
        mmio__operation_end(queue->begun.first, MMIO_ERR_FORKED);
    }
}

static void await_leaving(mmio_queue *queue)
{
    mmio__queue_ring(&queue->work);
    mmio__queue_ring(&queue->news);
    while (queue->threads != 0 || queue->listeners != 0) {
        sleep_on_word(queue, &queue->news, MMIO__NO_DEADLINE);
    }
}

void mmio_queue_close(mmio_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    mmio__lock_take(&queue->lock);
    queue->is_closed = true;
    while (queue->waiting.first != NULL) {
        mmio__operation_abandon(queue->waiting.first, "mmio_queue_close");
    }
    if (is_forked(queue)) {
        end_lost(queue);
    } else {
        await_leaving(queue);
    }
    if (queue->signal != MMIO__OS_NO_HANDLE) {
        mmio__os_signal_close(queue->signal);
        queue->signal = MMIO__OS_NO_HANDLE;
    }
    mmio__unlock(&queue->lock);
    mmio__queue_drop_life(queue);
}

/* Hearing of what is done. */

mmio_status mmio_queue_handle(mmio_queue *queue, intptr_t *out_handle, mmio_error *error)
{
    const mmio__call call = {"mmio_queue_handle", NULL, error};
    if (out_handle == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_handle is NULL");
    }
    *out_handle = MMIO__OS_NO_HANDLE;
    const mmio_status status = mmio__queue_check(&call, queue);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__lock_take(&queue->lock);
    int32_t code = 0;
    if (queue->signal == MMIO__OS_NO_HANDLE) {
        code = mmio__os_signal_open(&queue->signal);
        if (code == 0 && queue->done.first != NULL) {
            mmio__os_signal_raise(queue->signal);
        }
    }
    *out_handle = queue->signal;
    mmio__unlock(&queue->lock);
    return code == 0 ? MMIO_OK : mmio__fail_system(&call, code, "cannot make a handle");
}

/* Waits with the queue locked. NULL at the deadline, and when the queue is closed. */
static mmio_operation *await_done(mmio_queue *queue, mmio__deadline deadline)
{
    queue->listeners++;
    while (queue->done.first == NULL && !queue->is_closed && !mmio__deadline_is_over(deadline)) {
        sleep_on_word(queue, &queue->news, deadline);
    }
    queue->listeners--;
    if (queue->is_closed) {
        mmio__queue_ring(&queue->news);
        return NULL;
    }
    mmio_operation *operation = queue->done.first;
    if (operation != NULL) {
        mmio__operation_move(operation, NULL);
    }
    return operation;
}

mmio_status mmio_queue_next(mmio_queue *queue, int64_t timeout_ms, mmio_operation **out_operation,
                            mmio_error *error)
{
    const mmio__call call = {"mmio_queue_next", NULL, error};
    if (out_operation == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_operation is NULL");
    }
    *out_operation = NULL;
    const mmio_status status = mmio__queue_check(&call, queue);
    if (status != MMIO_OK) {
        return status;
    }
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    mmio__lock_take(&queue->lock);
    *out_operation = await_done(queue, deadline);
    const bool is_closed = queue->is_closed;
    mmio__unlock(&queue->lock);
    if (*out_operation != NULL) {
        return MMIO_OK;
    }
    if (is_closed) {
        return mmio__fail(&call, MMIO_ERR_CLOSED, "the queue was closed");
    }
    return mmio__fail(&call, mmio__deadline_status(deadline), "no operation is done");
}
