/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on segments. */
#include "testee.h"

static void end_segment(void *object)
{
    mmio_segment_close(object);
}

static void do_segment(const step *s)
{
    mmio_segment *segment;
    const mmio_status status =
        mmio_segment_open(s->map, number_at(s, 2), number_at(s, 3), &segment, &last_error);
    if (status == MMIO_OK) {
        keep(s->fields[0], segment, end_segment);
    }
    say(status, "offset=%" PRIu64 "\tsize=%" PRIu64, mmio_segment_offset(segment),
        mmio_segment_size(segment));
}

/* The segment that a field names; NULL if it is closed, and that was the answer. */
static mmio_segment *segment_at(const step *s, size_t field)
{
    mmio_segment *segment = entry_named(s->fields[field])->object;
    if (segment == NULL) {
        say_failure("MMIO_ERR_CLOSED", "the segment is closed");
    }
    return segment;
}

static void do_close(const step *s)
{
    keep(s->fields[0], NULL, NULL);
    say_done(MMIO_OK);
}

static void do_valid(const step *s)
{
    mmio_segment *segment = segment_at(s, 0);
    if (segment != NULL) {
        say_value((uint64_t)mmio_segment_is_valid(segment));
    }
}

static void do_read(const step *s)
{
    mmio_segment *segment = segment_at(s, 0);
    if (segment != NULL) {
        const size_t size = (size_t)number_at(s, 2);
        /* What is too long for the segment is refused before the buffer is touched. */
        char *buffer = allocate(size <= mmio_segment_size(segment) ? size : 0);
        const mmio_status status =
            mmio_segment_read(segment, number_at(s, 1), buffer, size, &last_error);
        say_hex(status, "hex", buffer, size);
    }
}

static void do_write(const step *s)
{
    mmio_segment *segment = segment_at(s, 0);
    if (segment != NULL) {
        size_t size;
        const char *data = bytes(s->fields[2], &size);
        say_done(mmio_segment_write(segment, number_at(s, 1), data, size, &last_error));
    }
}

static void do_view(const step *s)
{
    mmio_segment *segment = segment_at(s, 1);
    if (segment != NULL) {
        entry *v = entry_named(s->fields[0]);
        const uint32_t flags = number_option(s, "write") == 1 ? MMIO_VIEW_WRITE : 0;
        say_view(mmio_segment_view(segment, flags, &v->view, &last_error), v, flags != 0);
    }
}

const verb segment_verbs[] = {
    {"segment", 4, MAP_SECOND, do_segment},
    {"segment_close", 1, NOTHING, do_close},
    {"segment_valid", 1, NOTHING, do_valid},
    {"segment_read", 3, NOTHING, do_read},
    {"segment_write", 3, NOTHING, do_write},
    {"segment_view", 2, NOTHING, do_view},
    {NULL, 0, NOTHING, NULL},
};
