/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/queue.h
 * @brief Work done in the background: by threads of the library, not by the caller's.
 *
 * Submit an operation, go on, and learn of its end in one of three ways: wait for that one
 * operation, wait for the next of the queue to end, or have an event loop watch the queue's one
 * handle, however many operations there are.
 *
 *     mmio_queue_write(queue, map, 0, bytes, size, MMIO_FLUSH_DATA, &operation, NULL);
 *     ...
 *     mmio_operation_wait(operation, -1, NULL);                 until it is done
 *     status = mmio_operation_result(operation, &error);        as the plain call would return
 *     mmio_operation_close(operation);
 *
 * Operations begin in the order of their submission. A queue of one thread does one after the
 * other; with more of them they overlap, and end in any order.
 *
 * Until it is done, an operation is a holder of its map: the caller may close the map meanwhile,
 * mmio_map_into_handle() answers MMIO_ERR_BUSY, and mmio_map_shutdown() makes the operation fail
 * with MMIO_ERR_CLOSED.
 *
 * The threads stay with the parent of a fork(): in the child MMIO_ERR_FORKED answers every call on
 * a queue or operation made before. They can be closed there, and new queues work.
 */
#ifndef MMIO_QUEUE_H
#define MMIO_QUEUE_H

#include "file.h"
#include "paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Operations that wait for a thread, and the threads that carry them out. */
typedef struct mmio_queue mmio_queue;

/** An operation that was submitted, under way or done. */
typedef struct mmio_operation mmio_operation;

/**
 * Make a queue. Its threads start when there is work, and end with it.
 *
 * @param threads    So many operations run at once at most: 1 .. 64. 0: 4.
 * @param out_queue  The caller ends it with mmio_queue_close().
 *
 * @retval MMIO_ERR_INVALID    Also: more than 64 threads.
 * @retval MMIO_ERR_NO_MEMORY  No memory for it.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_queue_open(uint32_t threads, mmio_queue **out_queue,
                                               mmio_error *error);

/**
 * End a queue: cancel what waits, wait for what runs.
 *
 * Operations that have not begun end with MMIO_ERR_CANCELLED, those nobody has a handle of too: to
 * have them all done, wait for them first. Calls of mmio_queue_next() that wait on other threads
 * return MMIO_ERR_CLOSED. Handles of operations stay good for mmio_operation_result() until closed.
 * `queue` is gone for the caller; NULL is ignored.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_queue_close(mmio_queue *queue);

/**
 * What poll() and the like can watch instead of mmio_queue_next() waiting: it is readable while
 * mmio_queue_next() has an operation to return.
 *
 * Do not read from it. It is made at the first call, belongs to `queue`, and ends with it.
 *
 * @param out_handle  A file descriptor. -1 on failure.
 *
 * @retval MMIO_ERR_LIMIT   Too many descriptors.
 * @retval MMIO_ERR_FORKED  The queue was made before a fork().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_queue_handle(mmio_queue *queue, intptr_t *out_handle,
                                                 mmio_error *error);

/**
 * The next operation of `queue` that is done, in the order in which they end.
 *
 * Each operation that the caller has a handle of is returned once, unless closed before, also if
 * it was waited for or cancelled.
 *
 * @param timeout_ms     How long to wait for one.
 * @param out_operation  The very handle that submitting gave. It may be returned here on one thread
 *                       before submitting has returned on another: whoever keeps a table of handles
 *                       submits under the table's lock. The caller still owes
 *                       mmio_operation_close().
 *
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0 and none is done.
 * @retval MMIO_ERR_TIMEOUT  None was done in time.
 * @retval MMIO_ERR_CLOSED   The queue was closed while this call waited.
 * @retval MMIO_ERR_FORKED   The queue was made before a fork().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_queue_next(mmio_queue *queue, int64_t timeout_ms,
                                               mmio_operation **out_operation, mmio_error *error);

/**
 * Write to a map, and flush what was written.
 *
 * As mmio_map_write() and then mmio_map_flush_range(), by a thread of `queue`. The data are copied
 * before the call returns. A range beyond the map, or a map that is not writable, is the
 * operation's own failure, found when it runs.
 *
 * @param data           `size` bytes; may be NULL if that is 0.
 * @param level          MMIO_FLUSH_… level, or MMIO_FLUSH_NONE.
 * @param out_operation  The caller ends it with mmio_operation_close(). NULL: nobody wants to hear
 *                       of it again.
 *
 * @retval MMIO_ERR_BUSY       65536 operations are waiting already.
 * @retval MMIO_ERR_CLOSED     The map was shut down.
 * @retval MMIO_ERR_NO_MEMORY  No memory for the operation or its copy of the data.
 * @retval MMIO_ERR_LIMIT      The system has no thread for the queue's first.
 * @retval MMIO_ERR_FORKED     The queue was made before a fork().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_queue_write(mmio_queue *queue, mmio_map *map, uint64_t offset,
                                                const void *data, size_t size, uint32_t level,
                                                mmio_operation **out_operation, mmio_error *error);

/** As mmio_map_flush(), in the background. @return As mmio_queue_write(). @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_queue_flush(mmio_queue *queue, mmio_map *map, uint32_t level,
                                                mmio_operation **out_operation, mmio_error *error);

/** As mmio_map_flush_range(), in the background. @return As mmio_queue_write(). @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_queue_flush_range(mmio_queue *queue, mmio_map *map,
                                                      uint64_t offset, uint64_t size,
                                                      uint32_t level,
                                                      mmio_operation **out_operation,
                                                      mmio_error *error);

/** As mmio_map_touch() without a progress function, in the background. `flags` are its own.
 * @return As mmio_queue_write(). @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_queue_touch(mmio_queue *queue, mmio_map *map, uint64_t offset,
                                                uint64_t size, uint32_t flags,
                                                mmio_operation **out_operation, mmio_error *error);

/**
 * As mmio_file_create(), in the background.
 *
 * The path is copied, here as in the calls below; one that does not begin at the root begins in the
 * directory that is current when the operation runs.
 *
 * @return As mmio_queue_write() for a submission, but that no map is involved.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_queue_create_file(mmio_queue *queue, const char *path,
                                                      uint64_t size, uint32_t permissions,
                                                      mmio_operation **out_operation,
                                                      mmio_error *error);

/** As mmio_file_copy(), in the background. @return As mmio_queue_create_file(). @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_queue_copy_file(mmio_queue *queue, const char *from,
                                                    const char *to, mmio_operation **out_operation,
                                                    mmio_error *error);

/** As mmio_file_delete(), in the background. @return As mmio_queue_create_file(). @since 0.1 */
MMIO_API mmio_status MMIO_CALL mmio_queue_delete_file(mmio_queue *queue, const char *path,
                                                      mmio_operation **out_operation,
                                                      mmio_error *error);

/**
 * Wait until an operation is done, however it went: mmio_operation_result() says that.
 *
 * @param operation   Not closed by another thread meanwhile.
 * @param timeout_ms  0 only looks.
 *
 * @retval MMIO_OK           It is done: carried out, failed or cancelled.
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0 and it is not done.
 * @retval MMIO_ERR_TIMEOUT  It was not done in time.
 * @retval MMIO_ERR_FORKED   It was submitted before a fork().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_operation_wait(mmio_operation *operation, int64_t timeout_ms,
                                                   mmio_error *error);

/**
 * What became of `operation`. Never waits; may be asked any number of times.
 *
 * @param error  As the plain call would have filled it: its message begins with that call's name.
 *
 * @retval MMIO_OK             It was carried out.
 * @retval MMIO_ERR_CANCELLED  It never began: cancelled, or its queue was closed.
 * @retval MMIO_ERR_BUSY       It is not done. No operation has this for a result.
 * @retval MMIO_ERR_FORKED     It was submitted before a fork().
 * @return As the plain call besides: mmio_map_write(), mmio_file_copy() and so on.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_operation_result(mmio_operation *operation, mmio_error *error);

/**
 * Keep an operation from beginning.
 *
 * @retval MMIO_OK          It is over: cancelled now, or done before. mmio_operation_result()
 * knows.
 * @retval MMIO_ERR_BUSY    It has begun and goes on: wait for its end.
 * @retval MMIO_ERR_FORKED  It was submitted before a fork().
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_operation_cancel(mmio_operation *operation, mmio_error *error);

/**
 * Give the handle of an operation back. The operation goes on: closing does not cancel it.
 *
 * May come before or after mmio_queue_close(). `operation` is gone for the caller; NULL is ignored.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_operation_close(mmio_operation *operation);

#ifdef __cplusplus
}
#endif

#endif
