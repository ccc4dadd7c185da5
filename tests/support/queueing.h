/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of queues share. */
#ifndef MMIO_TEST_QUEUEING_H
#define MMIO_TEST_QUEUEING_H

#include <stdatomic.h>

#include "support.h"

/* Upper bound of waits that end at once if all is well. */
#define SOON_MS 60000

/* The allocator of these tests. It can hold a queue's thread in the middle of an operation, since
 * the first write to a map takes memory, and counts what is not given back. */
extern _Atomic bool is_holding;         /* Threads of queues are held when they take memory. */
extern _Atomic bool queue_holds_givers; /* They are held when they give memory back, too. */
extern _Atomic long queue_blocks;       /* Taken and not given back. */
/* Blocks to give before there is no memory; negative: any number. */
extern _Atomic long queue_blocks_left;

void *MMIO_CALL take_block(size_t size, size_t alignment, void *user);
void MMIO_CALL give_block(void *memory, void *user);
void hold_threads(void);
void let_threads_go(void);
void await_held(int count);

mmio_queue *open_queue(uint32_t threads);

/* A write that its thread is held in. */
typedef struct blocker {
    mmio_map *map;
    mmio_operation *operation;
} blocker;

blocker block(mmio_queue *queue);
void end_blocker(blocker *b);

/* Waits for an operation, closes it, and gives its result, with the record in last_error. */
mmio_status finish(mmio_operation *operation);
mmio_operation *submit_create(mmio_queue *queue, const char *path);

/* Threads of queues, as the kernel has them. */
int queue_threads(void);

/* They have left the library when their queue is closed, and have a few steps to go in the
 * kernel. */
void await_no_queue_threads(void);

/* Blocks in use, with those that a thread leaves to the next one. */
long settled_blocks(void);
bool is_readable(intptr_t handle, int timeout_ms);
void check_record(mmio_operation *operation, mmio_status wanted, const char *beginning);

#endif
