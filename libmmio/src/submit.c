/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of operations: what each of them does, and submitting one. */
#include <string.h>

#include "map.h"
#include "mmio/copy.h"
#include "queue.h"
#include "through.h"

static mmio_status run_write(const mmio__task *task, mmio_error *error)
{
    const mmio__input *data = &task->input[0];
    if (task->detail == MMIO_FLUSH_NONE) {
        return mmio_map_write(task->map, task->offset, data->bytes, data->size, error);
    }
    const mmio_status status =
        mmio__write_to_flush(task->map, task->offset, data->bytes, data->size, error);
    return status != MMIO_OK
               ? status
               : mmio_map_flush_range(task->map, task->offset, data->size, task->detail, error);
}

static mmio_status run_flush(const mmio__task *task, mmio_error *error)
{
    return mmio_map_flush(task->map, task->detail, error);
}

static mmio_status run_flush_range(const mmio__task *task, mmio_error *error)
{
    return mmio_map_flush_range(task->map, task->offset, task->size, task->detail, error);
}

static mmio_status run_touch(const mmio__task *task, mmio_error *error)
{
    return mmio_map_touch(task->map, task->offset, task->size, task->detail, NULL, NULL, error);
}

static mmio_status run_create_file(const mmio__task *task, mmio_error *error)
{
    return mmio_file_create(task->input[0].bytes, task->size, task->detail, error);
}

static mmio_status run_copy_file(const mmio__task *task, mmio_error *error)
{
    return mmio_file_copy(task->input[0].bytes, task->input[1].bytes, error);
}

static mmio_status run_delete_file(const mmio__task *task, mmio_error *error)
{
    return mmio_file_delete(task->input[0].bytes, error);
}

/* Submitting. */

/* With its NUL. A path that is NULL has a size too, and so is found out below. */
static mmio__input path_input(const char *path)
{
    return (mmio__input){.bytes = path, .size = path != NULL ? strlen(path) + 1 : 1};
}

static bool has_inputs(const mmio__task *task)
{
    for (size_t i = 0; i < MMIO__INPUTS; i++) {
        if (task->input[i].bytes == NULL && task->input[i].size != 0) {
            return false;
        }
    }
    return true;
}

static mmio_status submit(const mmio__call *call, mmio_queue *queue, const mmio__task *task,
                          mmio_operation **out_operation)
{
    mmio_status status = mmio__queue_check(call, queue);
    if (status == MMIO_OK && !has_inputs(task)) {
        status = mmio__fail(call, MMIO_ERR_INVALID, "the data or a path are NULL");
    }
    if (status != MMIO_OK) {
        return status;
    }
    mmio_operation *operation = mmio__operation_create(queue, task);
    if (operation == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for the operation");
    }
    operation->is_held = out_operation != NULL;
    status = mmio__queue_add(call, operation);
    if (status != MMIO_OK) {
        mmio__operation_free(operation);
    } else if (out_operation != NULL) {
        *out_operation = operation;
    }
    return status;
}

/* `known` says that the level or flags are known. */
static mmio_status submit_on_map(const mmio__call *call, mmio_queue *queue, const mmio__task *task,
                                 bool known, mmio_operation **out_operation)
{
    if (out_operation != NULL) {
        *out_operation = NULL;
    }
    if (task->map == NULL || !known) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map is NULL, or level or flags 0x%x unknown",
                          (unsigned)task->detail);
    }
    const mmio_status status = mmio__check_open(call, task->map);
    return status == MMIO_OK ? submit(call, queue, task, out_operation) : status;
}

static mmio_status submit_on_file(const mmio__call *call, mmio_queue *queue, const mmio__task *task,
                                  mmio_operation **out_operation)
{
    if (out_operation != NULL) {
        *out_operation = NULL;
    }
    return submit(call, queue, task, out_operation);
}

mmio_status mmio_queue_write(mmio_queue *queue, mmio_map *map, uint64_t offset, const void *data,
                             size_t size, uint32_t level, mmio_operation **out_operation,
                             mmio_error *error)
{
    const mmio__call call = {"mmio_queue_write", mmio_map_path(map), error};
    const mmio__task task = {.run = run_write,
                             .map = map,
                             .offset = offset,
                             .detail = level,
                             .input = {{.bytes = data, .size = size}}};
    return submit_on_map(&call, queue, &task, level <= MMIO_FLUSH_NONE, out_operation);
}

mmio_status mmio_queue_flush(mmio_queue *queue, mmio_map *map, uint32_t level,
                             mmio_operation **out_operation, mmio_error *error)
{
    const mmio__call call = {"mmio_queue_flush", mmio_map_path(map), error};
    const mmio__task task = {.run = run_flush, .map = map, .detail = level};
    return submit_on_map(&call, queue, &task, level <= MMIO_FLUSH_FULL, out_operation);
}

mmio_status mmio_queue_flush_range(mmio_queue *queue, mmio_map *map, uint64_t offset, uint64_t size,
                                   uint32_t level, mmio_operation **out_operation,
                                   mmio_error *error)
{
    const mmio__call call = {"mmio_queue_flush_range", mmio_map_path(map), error};
    const mmio__task task = {
        .run = run_flush_range, .map = map, .offset = offset, .size = size, .detail = level};
    return submit_on_map(&call, queue, &task, level <= MMIO_FLUSH_FULL, out_operation);
}

mmio_status mmio_queue_touch(mmio_queue *queue, mmio_map *map, uint64_t offset, uint64_t size,
                             uint32_t flags, mmio_operation **out_operation, mmio_error *error)
{
    const mmio__call call = {"mmio_queue_touch", mmio_map_path(map), error};
    const mmio__task task = {
        .run = run_touch, .map = map, .offset = offset, .size = size, .detail = flags};
    return submit_on_map(&call, queue, &task, flags <= MMIO_POPULATE_WRITE, out_operation);
}

mmio_status mmio_queue_create_file(mmio_queue *queue, const char *path, uint64_t size,
                                   uint32_t permissions, mmio_operation **out_operation,
                                   mmio_error *error)
{
    const mmio__call call = {"mmio_queue_create_file", path, error};
    const mmio__task task = {
        .run = run_create_file, .size = size, .detail = permissions, .input = {path_input(path)}};
    return submit_on_file(&call, queue, &task, out_operation);
}

mmio_status mmio_queue_copy_file(mmio_queue *queue, const char *from, const char *to,
                                 mmio_operation **out_operation, mmio_error *error)
{
    const mmio__call call = {"mmio_queue_copy_file", from, error};
    const mmio__task task = {.run = run_copy_file, .input = {path_input(from), path_input(to)}};
    return submit_on_file(&call, queue, &task, out_operation);
}

mmio_status mmio_queue_delete_file(mmio_queue *queue, const char *path,
                                   mmio_operation **out_operation, mmio_error *error)
{
    const mmio__call call = {"mmio_queue_delete_file", path, error};
    const mmio__task task = {.run = run_delete_file, .input = {path_input(path)}};
    return submit_on_file(&call, queue, &task, out_operation);
}
