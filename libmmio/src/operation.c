/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one operation, and what its caller can do with it. */
#include <string.h>

#include "base/memory.h"
#include "fork.h"
#include "os/os.h"
#include "queue.h"

/* Making and freeing. */

/* The inputs become the operation's own. */
static bool copy_inputs(mmio__task *task, const mmio__task *from)
{
    for (size_t i = 0; i < MMIO__INPUTS; i++) {
        const mmio__input *input = &from->input[i];
        if (input->size == 0) {
            continue;
        }
        void *copy = mmio__allocate(input->size);
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, input->bytes, input->size);
        task->input[i] = (mmio__input){copy, input->size, copy};
    }
    return true;
}

static void give_back_task(const mmio__task *task)
{
    mmio_map_close(task->map);
    for (size_t i = 0; i < MMIO__INPUTS; i++) {
        mmio__free(task->input[i].copy);
    }
}

mmio_operation *mmio__operation_create(mmio_queue *queue, const mmio__task *task)
{
    mmio_operation *operation = mmio__allocate(sizeof *operation);
    if (operation == NULL) {
        return NULL;
    }
    operation->task = *task;
    memset(operation->task.input, 0, sizeof operation->task.input);
    (void)mmio_map_retain(task->map);
    if (!copy_inputs(&operation->task, task)) {
        give_back_task(&operation->task);
        mmio__free(operation);
        return NULL;
    }
    operation->queue = queue;
    atomic_fetch_add(&queue->lives, 1);
    return operation;
}

void mmio__operation_free(mmio_operation *operation)
{
    mmio_queue *queue = operation->queue;
    MMIO_ASSERT(operation->list == NULL);
    give_back_task(&operation->task);
    mmio__free(operation);
    mmio__queue_drop_life(queue);
}

/* From list to list. */

static void unlink_from_list(mmio_operation *operation)
{
    mmio__operation_list *list = operation->list;
    if (list == NULL) {
        return;
    }
    *(operation->previous != NULL ? &operation->previous->next : &list->first) = operation->next;
    *(operation->next != NULL ? &operation->next->previous : &list->last) = operation->previous;
}

static void link_to_end(mmio_operation *operation, mmio__operation_list *list)
{
    operation->list = list;
    operation->next = NULL;
    operation->previous = list != NULL ? list->last : NULL;
    if (list != NULL) {
        *(list->last != NULL ? &list->last->next : &list->first) = operation;
        list->last = operation;
    }
}

/* The signal of a queue made before a fork() is shared with the parent, and stays as it is. */
static bool has_signal(const mmio_queue *queue)
{
    return queue->signal != MMIO__OS_NO_HANDLE && queue->forks == mmio__forks();
}

void mmio__operation_move(mmio_operation *operation, mmio__operation_list *to)
{
    mmio_queue *queue = operation->queue;
    const bool had_done = queue->done.first != NULL;
    unlink_from_list(operation);
    link_to_end(operation, to);
    const bool has_done = queue->done.first != NULL;
    if (had_done == has_done || !has_signal(queue)) {
        return;
    }
    if (has_done) {
        mmio__os_signal_raise(queue->signal);
    } else {
        mmio__os_signal_clear(queue->signal);
    }
}

void mmio__operation_begin(mmio_operation *operation)
{
    mmio_queue *queue = operation->queue;
    MMIO_ASSERT(operation->list == &queue->waiting);
    mmio__operation_move(operation, &queue->begun);
    queue->waiting_count--;
    atomic_store(&operation->state, MMIO__OPERATION_BEGUN);
}

void mmio__operation_end(mmio_operation *operation, mmio_status status)
{
    mmio_queue *queue = operation->queue;
    MMIO_ASSERT(operation->list == &queue->begun);
    operation->status = status;
    /* Taken out first: a child forked off meanwhile must not give it back once more. */
    const mmio__task task = operation->task;
    memset(&operation->task, 0, sizeof operation->task);
    mmio__unlock(&queue->lock);
    give_back_task(&task);
    mmio__lock_take(&queue->lock);

    atomic_store(&operation->state, MMIO__OPERATION_DONE);
    if (!operation->is_held) {
        mmio__operation_move(operation, NULL);
        mmio__operation_free(operation);
        return;
    }
    mmio__operation_move(operation, &queue->done);
    mmio__os_wake_all(&operation->state);
    if (queue->listeners != 0) {
        mmio__queue_ring(&queue->news);
    }
}

void mmio__operation_abandon(mmio_operation *operation, const char *by)
{
    const mmio__task *task = &operation->task;
    const char *path = task->map != NULL ? mmio_map_path(task->map) : task->input[0].bytes;
    const mmio__call call = {by, path, &operation->error};
    mmio__operation_begin(operation);
    mmio__operation_end(operation,
                        mmio__fail(&call, MMIO_ERR_CANCELLED, "the operation had not begun"));
}

/* The caller's side. */

static mmio_status check_operation(const mmio__call *call, const mmio_operation *operation)
{
    return operation != NULL ? mmio__queue_check(call, operation->queue)
                             : mmio__fail(call, MMIO_ERR_INVALID, "the operation is NULL");
}

mmio_status mmio_operation_wait(mmio_operation *operation, int64_t timeout_ms, mmio_error *error)
{
    const mmio__call call = {"mmio_operation_wait", NULL, error};
    const mmio_status status = check_operation(&call, operation);
    if (status != MMIO_OK) {
        return status;
    }
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    for (;;) {
        const uint32_t state = atomic_load(&operation->state);
        if (state == MMIO__OPERATION_DONE) {
            return MMIO_OK;
        }
        if (mmio__deadline_is_over(deadline)) {
            return mmio__fail(&call, mmio__deadline_status(deadline), "the operation is not done");
        }
        mmio__os_wait(&operation->state, state, deadline);
    }
}

mmio_status mmio_operation_result(mmio_operation *operation, mmio_error *error)
{
    const mmio__call call = {"mmio_operation_result", NULL, error};
    const mmio_status status = check_operation(&call, operation);
    if (status != MMIO_OK) {
        return status;
    }
    if (atomic_load(&operation->state) != MMIO__OPERATION_DONE) {
        return mmio__fail(&call, MMIO_ERR_BUSY, "the operation is not done");
    }
    if (operation->status != MMIO_OK && error != NULL) {
        *error = operation->error;
    }
    return operation->status;
}

mmio_status mmio_operation_cancel(mmio_operation *operation, mmio_error *error)
{
    const mmio__call call = {"mmio_operation_cancel", NULL, error};
    const mmio_status status = check_operation(&call, operation);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__lock_take(&operation->queue->lock);
    if (atomic_load(&operation->state) == MMIO__OPERATION_WAITING) {
        mmio__operation_abandon(operation, call.name);
    }
    const bool is_done = atomic_load(&operation->state) == MMIO__OPERATION_DONE;
    mmio__unlock(&operation->queue->lock);
    return is_done ? MMIO_OK : mmio__fail(&call, MMIO_ERR_BUSY, "the operation has begun");
}

void mmio_operation_close(mmio_operation *operation)
{
    if (operation == NULL) {
        return;
    }
    mmio_queue *queue = operation->queue;
    mmio__lock_take(&queue->lock);
    operation->is_held = false;
    const bool is_done = atomic_load(&operation->state) == MMIO__OPERATION_DONE;
    if (is_done) {
        mmio__operation_move(operation, NULL);
    }
    mmio__unlock(&queue->lock);
    if (is_done) {
        mmio__operation_free(operation);
    }
}
