/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on cursors. */
#include "testee.h"

static const char *const places[] = {"start", "current", "end"};

static void end_cursor(void *object)
{
    mmio_cursor_close(object);
}

static void do_cursor(const step *s)
{
    mmio_cursor *cursor;
    const mmio_status status = mmio_cursor_open(s->map, &cursor, &last_error);
    if (status == MMIO_OK) {
        keep(s->fields[0], cursor, end_cursor);
    }
    say_done(status);
}

/* The cursor that a field names; NULL if it is closed, and that was the answer. */
static mmio_cursor *cursor_at(const step *s, size_t field)
{
    mmio_cursor *cursor = entry_named(s->fields[field])->object;
    if (cursor == NULL) {
        say_failure("MMIO_ERR_CLOSED", "the cursor is closed");
    }
    return cursor;
}

static void do_close(const step *s)
{
    keep(s->fields[0], NULL, NULL);
    say_done(MMIO_OK);
}

static void do_read(const step *s)
{
    mmio_cursor *cursor = cursor_at(s, 0);
    if (cursor != NULL) {
        const size_t size = (size_t)number_at(s, 1);
        char *buffer = allocate(size);
        size_t count;
        const mmio_status status = mmio_cursor_read(cursor, buffer, size, &count, &last_error);
        say_hex(status, "hex", buffer, count);
    }
}

static void do_write(const step *s)
{
    mmio_cursor *cursor = cursor_at(s, 0);
    if (cursor != NULL) {
        size_t size;
        const char *data = bytes(s->fields[1], &size);
        say_done(mmio_cursor_write(cursor, data, size, &last_error));
    }
}

static void do_peek(const step *s)
{
    mmio_cursor *cursor = cursor_at(s, 1);
    if (cursor != NULL) {
        entry *v = entry_named(s->fields[0]);
        say_view(mmio_cursor_peek(cursor, &v->view, &last_error), v, false);
    }
}

static void do_consume(const step *s)
{
    mmio_cursor *cursor = cursor_at(s, 0);
    if (cursor != NULL) {
        say_done(mmio_cursor_consume(cursor, number_at(s, 1), &last_error));
    }
}

static void do_seek(const step *s)
{
    mmio_cursor *cursor = cursor_at(s, 0);
    if (cursor != NULL) {
        uint64_t position;
        const mmio_status status =
            mmio_cursor_seek(cursor, signed_number(s->fields[1]), CHOICE(s->fields[2], places),
                             &position, &last_error);
        say(status, "position=%" PRIu64, position);
    }
}

static void do_position(const step *s)
{
    mmio_cursor *cursor = cursor_at(s, 0);
    if (cursor != NULL) {
        say(MMIO_OK, "position=%" PRIu64, mmio_cursor_position(cursor));
    }
}

const verb cursor_verbs[] = {
    {"cursor", 2, MAP_SECOND, do_cursor},
    {"cursor_close", 1, NOTHING, do_close},
    {"cursor_read", 2, NOTHING, do_read},
    {"cursor_write", 2, NOTHING, do_write},
    {"cursor_peek", 2, NOTHING, do_peek},
    {"cursor_consume", 2, NOTHING, do_consume},
    {"cursor_seek", 3, NOTHING, do_seek},
    {"cursor_position", 1, NOTHING, do_position},
    {NULL, 0, NOTHING, NULL},
};
