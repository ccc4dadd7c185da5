/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on files by their paths. */
#include "testee.h"

static const char *const levels[] = {"data", "start", "full", "none"};

static void do_create(const step *s)
{
    say_done(mmio_file_create(path_of(s->fields[0]), number_at(s, 1),
                              (uint32_t)number_option(s, "permissions"), &last_error));
}

static void do_write(const step *s)
{
    size_t size;
    const char *data = bytes(s->fields[2], &size);
    say_done(mmio_file_write(path_of(s->fields[0]), number_at(s, 1), data, size,
                             CHOICE(s->fields[3], levels), &last_error));
}

static void do_publish(const step *s)
{
    size_t size;
    const char *data = bytes(s->fields[1], &size);
    say_done(mmio_file_publish(path_of(s->fields[0]), data, size,
                               (uint32_t)number_option(s, "permissions"), &last_error));
}

ANSWER(copy, say_done(mmio_file_copy(path_of(s->fields[0]), path_of(s->fields[1]), &last_error)))
ANSWER(delete, say_done(mmio_file_delete(path_of(s->fields[0]), &last_error)))
ANSWER(sync, say_done(mmio_file_sync_directory(path_of(s->fields[0]), &last_error)))

const verb file_verbs[] = {
    {"file_create", 2, NOTHING, do_create},
    {"file_write", 4, NOTHING, do_write},
    {"file_copy", 2, NOTHING, do_copy},
    {"file_publish", 2, NOTHING, do_publish},
    {"file_delete", 1, NOTHING, do_delete},
    {"file_sync_directory", 1, NOTHING, do_sync},
    {NULL, 0, NOTHING, NULL},
};
