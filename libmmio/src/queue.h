/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues and their operations.
 *
 * An operation goes from list to list of its queue:
 *
 *     waiting --(a thread, or who cancels)--> begun --(the same one)--> done --(mmio_queue_next)-->
 *
 * Whoever takes it out of `waiting` ends it, and nobody else does. It is freed when it is done and
 * the caller has no handle of it.
 */
#ifndef MMIO_QUEUE_INTERNAL_H
#define MMIO_QUEUE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "lock.h"
#include "mmio/queue.h"

/* The data to write, or a path; the second one is where a file is copied to. */
#define MMIO__INPUTS 2

typedef struct mmio__input {
    const void *bytes; /* The caller's, until the operation has a copy. */
    size_t size;
    void *copy;
} mmio__input;

/* What is to be done. */
typedef struct mmio__task {
    mmio_status (*run)(const struct mmio__task *task, mmio_error *error);
    mmio_map *map; /* NULL if it needs none. */
    uint64_t offset;
    uint64_t size;
    uint32_t detail; /* Level, flags or permissions. */
    mmio__input input[MMIO__INPUTS];
} mmio__task;

typedef struct mmio__operation_list {
    mmio_operation *first;
    mmio_operation *last;
} mmio__operation_list;

typedef enum mmio__operation_state {
    MMIO__OPERATION_WAITING,
    MMIO__OPERATION_BEGUN,
    MMIO__OPERATION_DONE,
} mmio__operation_state;

struct mmio_operation {
    mmio_queue *queue;
    mmio__operation_list *list; /* That it is in; NULL if in none. */
    mmio_operation *previous;
    mmio_operation *next;
    bool is_held;           /* The caller has a handle of it. */
    _Atomic uint32_t state; /* mmio__operation_state. */
    mmio__task task;        /* Holds the map and owns its inputs, until it is done. */
    mmio_status status;     /* The result, and its record. */
    mmio_error error;
};

struct mmio_queue {
    mmio__lock lock; /* Guards all below, and the operations but for their tasks and results. */
    mmio__operation_list waiting;
    mmio__operation_list begun;
    mmio__operation_list done; /* Those with a handle that mmio_queue_next() has not returned. */
    uint32_t waiting_count;
    uint32_t threads_most;
    uint32_t threads;
    uint32_t idle;      /* Threads that sleep. */
    uint32_t listeners; /* Calls of mmio_queue_next() under way. */
    bool is_closed;
    intptr_t signal;        /* Raised while `done` is not empty. Made when asked for. */
    uint32_t forks;         /* mmio__forks() when it was made. */
    _Atomic uint32_t work;  /* Changes when an idle thread should look again. */
    _Atomic uint32_t news;  /* Changes when a listener, or who closes, should. */
    _Atomic uint32_t lives; /* The caller's handle, and each operation: the last one frees. */
    mmio_queue *next_live;  /* In the list of live queues. */
    mmio_queue **link_live;
};

/* MMIO_OK if there is a queue and this process made it, else INVALID or FORKED. */
mmio_status mmio__queue_check(const mmio__call *call, const mmio_queue *queue);
/* Have an operation of the queue wait for a thread, which is started if need be. From then on it
 * may be done and freed at any time. On failure it is the caller's as before. */
mmio_status mmio__queue_add(const mmio__call *call, mmio_operation *operation);
void mmio__queue_drop_life(mmio_queue *queue);

/* An operation of the queue that does this; NULL if there is no memory. Holds the task's map and
 * copies its inputs. */
mmio_operation *mmio__operation_create(mmio_queue *queue, const mmio__task *task);
/* Neither in a list nor begun, or done. */
void mmio__operation_free(mmio_operation *operation);

/* With the queue locked. */

/* Into a list of its queue, out of the one it is in. NULL: into none. */
void mmio__operation_move(mmio_operation *operation, mmio__operation_list *to);
void mmio__operation_begin(mmio_operation *operation);
/* Publishes the result. Unlocks the queue for a time, to give back what the task needed: its map is
 * free before anybody hears of the end. */
void mmio__operation_end(mmio_operation *operation, mmio_status status);
/* End one that waits with MMIO_ERR_CANCELLED, by the public function named. */
void mmio__operation_abandon(mmio_operation *operation, const char *by);

/* Change a word and wake who sleeps on it. */
void mmio__queue_ring(_Atomic uint32_t *word);

/* Around fork(): no queue is caught in the middle of a change. */
void mmio__queues_before_fork(void);
void mmio__queues_after_fork(void);

#endif
