/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors and segments. */
#include "world.h"

#define POSITION_MOST ((uint64_t)INT64_MAX)

static held_cursor *pick_cursor(world *w)
{
    held_cursor *c = &w->cursors[throw_below(&w->dice, CURSORS)];
    return c->of != NULL ? c : NULL;
}

static void do_cursor_open(world *w)
{
    held_cursor *c = &w->cursors[throw_below(&w->dice, CURSORS)];
    if (c->of != NULL) {
        close_cursor(w, c);
    }
    subject *s = pick_subject(w);
    const mmio_status got = mmio_cursor_open(s->map, &c->cursor, &w->error);
    if (went_well(w, model_reading(s, 0, 0), got)) {
        c->of = s;
        c->position = 0;
        subject_hold(s);
    } else {
        (void)agree(w, c->cursor == NULL, "a cursor is left behind");
    }
}

/* Bytes from the position to the end. */
static uint64_t rest_of(const held_cursor *c)
{
    return c->position < c->of->size ? c->of->size - c->position : 0;
}

static void check_position(world *w, const held_cursor *c)
{
    const uint64_t position = mmio_cursor_position(c->cursor);
    (void)agree(w, position == c->position, "a cursor is at %llu, not %llu",
                (unsigned long long)position, (unsigned long long)c->position);
}

static void do_cursor_read(world *w)
{
    held_cursor *c = pick_cursor(w);
    if (c == NULL) {
        return;
    }
    const size_t size = pick_size(w, SIZE_MOST);
    size_t count = 1;
    uint64_t due = 0;
    const mmio_status got = mmio_cursor_read(c->cursor, w->given, size, &count, &w->error);
    if (went_well(w, model_reading(c->of, 0, 0), got)) {
        due = size < rest_of(c) ? size : rest_of(c);
    }
    if (agree(w, count == due, "read %zu bytes, not %llu", count, (unsigned long long)due)) {
        (void)same_bytes(w, c->of, c->position, w->given, due);
    }
    c->position += due;
    check_position(w, c);
}

static void do_cursor_write(world *w)
{
    held_cursor *c = pick_cursor(w);
    if (c == NULL) {
        return;
    }
    const range r = {c->position, pick_size(w, SIZE_MOST)};
    throw_bytes(&w->dice, w->given, r.size);
    const mmio_status got = mmio_cursor_write(c->cursor, w->given, r.size, &w->error);
    if (went_well_in(w, model_writing(c->of, r.offset, r.size), got, r, c->of->size)) {
        /* Policies do not count what cursors write. */
        model_copy_in(c->of, r.offset, w->given, r.size);
        c->position += r.size;
    }
    check_position(w, c);
}

static void do_cursor_peek(world *w)
{
    held_cursor *c = pick_cursor(w);
    if (c == NULL) {
        return;
    }
    /* What frees a place may end the last use of another map, not of this one. */
    held_view *place = free_view_place(w);
    mmio_view view = {.size = 1};
    const mmio_status got = mmio_cursor_peek(c->cursor, &view, &w->error);
    const range r = {c->position, rest_of(c)};
    if (went_well(w, model_reading(c->of, 0, 0), got)) {
        (void)agree(w, view.size == r.size, "a peek of another size");
        (void)same_bytes(w, c->of, r.offset, view.data, view.size);
        keep_view(place, c->of, &view, r, false);
    } else {
        (void)agree(w, view.size == 0, "a view is left behind");
    }
    check_position(w, c);
}

static void do_cursor_consume(world *w)
{
    held_cursor *c = pick_cursor(w);
    if (c == NULL) {
        return;
    }
    const uint64_t size =
        throw_one_in(&w->dice, 8) ? throw_bits(&w->dice) : pick_size(w, SIZE_MOST);
    mmio_status wanted = model_reading(c->of, 0, 0);
    if (wanted == MMIO_OK && (size > POSITION_MOST || c->position > POSITION_MOST - size)) {
        wanted = MMIO_ERR_INVALID;
    }
    if (went_well(w, wanted, mmio_cursor_consume(c->cursor, size, &w->error))) {
        c->position += size;
    }
    check_position(w, c);
}

/* Often about where positions begin and end. */
static int64_t pick_seek(world *w, uint64_t base)
{
    const uint64_t bits = throw_bits(&w->dice);
    switch (throw_below(&w->dice, 8)) {
    case 0:
        return (int64_t)bits;
    case 1:
        return INT64_MIN + (int64_t)(bits % 3);
    case 2:
        return INT64_MAX - (int64_t)(bits % 3);
    case 3:
        return 1 - (int64_t)base - (int64_t)(bits % 3);
    case 4:
        return INT64_MAX - (int64_t)base - (int64_t)(bits % 2);
    default:
        return (int64_t)(bits % SIZE_MOST) - (int64_t)(SIZE_MOST / 3);
    }
}

/* Whether base + offset is a position. */
static bool seeks_well(uint64_t base, int64_t offset, uint64_t *out_position)
{
    const uint64_t distance = offset < 0 ? -(uint64_t)offset : (uint64_t)offset;
    *out_position = offset < 0 ? base - distance : base + distance;
    return offset < 0 ? distance <= base : *out_position <= POSITION_MOST;
}

static void do_cursor_seek(world *w)
{
    held_cursor *c = pick_cursor(w);
    if (c == NULL) {
        return;
    }
    const uint32_t whence = (uint32_t)throw_below(&w->dice, 4);
    const uint64_t bases[] = {0, c->position, c->of->size, 0};
    const int64_t offset = pick_seek(w, bases[whence]);
    uint64_t target;
    const bool is_legal = seeks_well(bases[whence], offset, &target);
    mmio_status wanted = MMIO_ERR_INVALID;
    if (whence <= MMIO_SEEK_END) {
        wanted = c->of->is_shut ? MMIO_ERR_CLOSED : (is_legal ? MMIO_OK : MMIO_ERR_INVALID);
    }
    uint64_t position = 1;
    if (went_well(w, wanted, mmio_cursor_seek(c->cursor, offset, whence, &position, &w->error))) {
        c->position = target;
        (void)agree(w, position == target, "a seek tells another position");
    } else {
        (void)agree(w, position == 0, "a position is left behind");
    }
    check_position(w, c);
}

/* Segments. */

static held_segment *pick_segment(world *w)
{
    held_segment *g = &w->segments[throw_below(&w->dice, SEGMENTS)];
    return g->of != NULL ? g : NULL;
}

static void do_segment_open(world *w)
{
    held_segment *g = &w->segments[throw_below(&w->dice, SEGMENTS)];
    if (g->of != NULL) {
        close_segment(w, g);
    }
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const mmio_status got = mmio_segment_open(s->map, r.offset, r.size, &g->segment, &w->error);
    if (went_well_in(w, model_reading(s, r.offset, r.size), got, r, s->size)) {
        g->of = s;
        g->offset = r.offset;
        g->size = r.size;
        subject_hold(s);
    } else {
        (void)agree(w, g->segment == NULL, "a segment is left behind");
    }
}

/* A request within a segment: what must come of it, and which range and bound a failure tells. */
typedef struct part {
    range asked; /* In the segment. */
    range told;
    uint64_t limit;
    mmio_status wanted;
} part;

static part pick_part(world *w, const held_segment *g, bool is_write)
{
    part p = {.asked = pick_range(w, g->size < SIZE_MOST ? g->size : SIZE_MOST)};
    const bool is_inside = model_fits(p.asked.offset, p.asked.size, g->size);
    p.told = is_inside ? (range){g->offset, g->size} : p.asked;
    p.limit = is_inside ? g->of->size : g->size;
    if (p.asked.size == 0) {
        p.wanted = model_reading(g->of, 0, 0);
    } else {
        p.wanted = model_viewing(g->of, is_write, g->offset, g->size);
        if (p.wanted == MMIO_OK && !is_inside) {
            p.wanted = MMIO_ERR_RANGE;
        }
    }
    return p;
}

static void do_segment_read(world *w)
{
    held_segment *g = pick_segment(w);
    if (g == NULL) {
        return;
    }
    const part p = pick_part(w, g, false);
    const mmio_status got =
        mmio_segment_read(g->segment, p.asked.offset, w->given, p.asked.size, &w->error);
    if (went_well_in(w, p.wanted, got, p.told, p.limit)) {
        (void)same_bytes(w, g->of, g->offset + p.asked.offset, w->given, p.asked.size);
    }
}

static void do_segment_write(world *w)
{
    held_segment *g = pick_segment(w);
    if (g == NULL) {
        return;
    }
    const part p = pick_part(w, g, true);
    if (p.asked.size <= SIZE_MOST) {
        throw_bytes(&w->dice, w->given, p.asked.size);
    }
    const mmio_status got =
        mmio_segment_write(g->segment, p.asked.offset, w->given, p.asked.size, &w->error);
    if (went_well_in(w, p.wanted, got, p.told, p.limit)) {
        model_copy_in(g->of, g->offset + p.asked.offset, w->given, p.asked.size);
    }
}

static void do_segment_view(world *w)
{
    held_segment *g = pick_segment(w);
    if (g == NULL) {
        return;
    }
    const bool is_write = throw_one_in(&w->dice, 2);
    const range r = {g->offset, g->size};
    held_view *place = free_view_place(w);
    mmio_view view = {.size = 1};
    const mmio_status got =
        mmio_segment_view(g->segment, is_write ? MMIO_VIEW_WRITE : 0, &view, &w->error);
    const mmio_status wanted = model_viewing(g->of, is_write, r.offset, r.size);
    if (went_well_in(w, wanted, got, r, g->of->size)) {
        (void)same_bytes(w, g->of, r.offset, view.data, view.size);
        keep_view(place, g->of, &view, r, is_write);
    } else {
        (void)agree(w, view.size == 0, "a view is left behind");
    }
}

static void do_segment_is_valid(world *w)
{
    const held_segment *g = pick_segment(w);
    if (g != NULL) {
        const bool is_valid = model_reading(g->of, g->offset, g->size) == MMIO_OK;
        (void)agree(w, mmio_segment_is_valid(g->segment) == is_valid, "a segment is%s valid",
                    is_valid ? " not" : "");
    }
}

const operation object_operations[] = {
    {"cursor_open", 15, do_cursor_open},           {"cursor_read", 30, do_cursor_read},
    {"cursor_write", 20, do_cursor_write},         {"cursor_peek", 10, do_cursor_peek},
    {"cursor_consume", 10, do_cursor_consume},     {"cursor_seek", 30, do_cursor_seek},
    {"segment_open", 15, do_segment_open},         {"segment_read", 30, do_segment_read},
    {"segment_write", 30, do_segment_write},       {"segment_view", 10, do_segment_view},
    {"segment_is_valid", 10, do_segment_is_valid}, {NULL, 0, NULL},
};
