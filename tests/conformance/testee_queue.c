/* SPDX-License-Identifier: Apache-2.0 */
/* Steps in the background. */
#include "testee.h"

#define OPERATIONS_MOST 16

static const char *const levels[] = {"data", "start", "full", "none"};

/* Entries that stood for an operation, for mmio_queue_next() to find. */
static entry *submitted[OPERATIONS_MOST];
static size_t submitted_count;

static void end_queue(void *queue)
{
    mmio_queue_close(queue);
}

static void end_operation(void *operation)
{
    mmio_operation_close(operation);
}

static void do_queue(const step *s)
{
    mmio_queue *queue;
    const mmio_status status =
        mmio_queue_open((uint32_t)number_option(s, "threads"), &queue, &last_error);
    keep(s->fields[0], queue, end_queue);
    say_done(status);
}

/* A queue's or operation's own name in the first field; closing it twice is fine. */
static void do_close(const step *s)
{
    keep(s->fields[0], NULL, NULL);
    say_done(MMIO_OK);
}

/* The fields of all kinds of operations: its name, the queue's, then what its function takes. */
static mmio_status submit(const step *s, mmio_operation **out)
{
    mmio_queue *queue = entry_named(s->fields[1])->object;
    const char *first = s->fields[2];
    size_t size;
    if (is_verb(s, "submit_create")) {
        return mmio_queue_create_file(queue, path_of(first), number_at(s, 3), 0, out, &last_error);
    }
    if (is_verb(s, "submit_copy")) {
        return mmio_queue_copy_file(queue, path_of(first), path_of(s->fields[3]), out, &last_error);
    }
    if (is_verb(s, "submit_delete")) {
        return mmio_queue_delete_file(queue, path_of(first), out, &last_error);
    }
    mmio_map *map = entry_named(first)->map;
    if (is_verb(s, "submit_flush")) {
        return mmio_queue_flush(queue, map, CHOICE(s->fields[3], levels), out, &last_error);
    }
    if (is_verb(s, "submit_write")) {
        const char *data = bytes(s->fields[4], &size);
        return mmio_queue_write(queue, map, number_at(s, 3), data, size,
                                CHOICE(s->fields[5], levels), out, &last_error);
    }
    if (is_verb(s, "submit_touch")) {
        return mmio_queue_touch(queue, map, number_at(s, 3), number_at(s, 4),
                                number_option(s, "write") == 1 ? MMIO_POPULATE_WRITE : 0, out,
                                &last_error);
    }
    return mmio_queue_flush_range(queue, map, number_at(s, 3), number_at(s, 4),
                                  CHOICE(s->fields[5], levels), out, &last_error);
}

static void do_submit(const step *s)
{
    mmio_operation *operation;
    const mmio_status status = submit(s, &operation);
    keep(s->fields[0], operation, end_operation);
    if (submitted_count == OPERATIONS_MOST) {
        die("too many operations", s->fields[0]);
    }
    submitted[submitted_count++] = entry_named(s->fields[0]);
    say_done(status);
}

static mmio_operation *operation_of(const step *s)
{
    return entry_named(s->fields[0])->object;
}

ANSWER(wait,
       say_done(mmio_operation_wait(operation_of(s), signed_number(s->fields[1]), &last_error)))
ANSWER(result, say_done(mmio_operation_result(operation_of(s), &last_error)))
ANSWER(cancel, say_done(mmio_operation_cancel(operation_of(s), &last_error)))

static void do_next(const step *s)
{
    mmio_operation *operation;
    const mmio_status status = mmio_queue_next(
        entry_named(s->fields[0])->object, signed_number(s->fields[1]), &operation, &last_error);
    const char *name = "?";
    for (size_t i = 0; i < submitted_count; i++) {
        if (submitted[i]->object == operation) {
            name = submitted[i]->name;
        }
    }
    say(status, "operation=%s", name);
}

const verb queue_verbs[] = {
    {"queue", 1, NOTHING, do_queue},
    {"queue_close", 1, NOTHING, do_close},
    {"queue_next", 2, NOTHING, do_next},
    {"submit_create", 4, NOTHING, do_submit},
    {"submit_copy", 4, NOTHING, do_submit},
    {"submit_delete", 3, NOTHING, do_submit},
    {"submit_flush", 4, NOTHING, do_submit},
    {"submit_flush_range", 6, NOTHING, do_submit},
    {"submit_touch", 5, NOTHING, do_submit},
    {"submit_write", 6, NOTHING, do_submit},
    {"operation_wait", 2, NOTHING, do_wait},
    {"operation_result", 1, NOTHING, do_result},
    {"operation_cancel", 1, NOTHING, do_cancel},
    {"operation_close", 1, NOTHING, do_close},
    {NULL, 0, NOTHING, NULL},
};
