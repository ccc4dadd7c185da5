/* SPDX-License-Identifier: Apache-2.0 */
/* Copying, filling, finding, and cells. */
#include <string.h>

#include "world.h"

/* Bytes to give the library, if it could take so many. */
static void throw_given(world *w, uint64_t size)
{
    if (size <= SIZE_MOST) {
        throw_bytes(&w->dice, w->given, size);
    }
}

/* Nobody is in the way, so that none is missed. */
static int64_t throw_timeout(world *w)
{
    return (int64_t)throw_below(&w->dice, 3) - 1;
}

static void do_write(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    throw_given(w, r.size);
    const mmio_status got =
        throw_one_in(&w->dice, 4)
            ? mmio_map_write_within(s->map, r.offset, w->given, r.size, throw_timeout(w), &w->error)
            : mmio_map_write(s->map, r.offset, w->given, r.size, &w->error);
    if (went_well_in(w, model_writing(s, r.offset, r.size), got, r, s->size)) {
        model_copy_in(s, r.offset, w->given, r.size);
    }
}

static void do_read(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const mmio_status got =
        throw_one_in(&w->dice, 4)
            ? mmio_map_read_within(s->map, r.offset, w->given, r.size, throw_timeout(w), &w->error)
            : mmio_map_read(s->map, r.offset, w->given, r.size, &w->error);
    if (went_well_in(w, model_reading(s, r.offset, r.size), got, r, s->size)) {
        (void)same_bytes(w, s, r.offset, w->given, r.size);
    }
}

/* Batches. Each entry has its share of the buffer. */

enum { ENTRIES = 6 };
#define ENTRY_MOST (SIZE_MOST / ENTRIES)

static void pick_batch(world *w, const subject *s, mmio_io *batch)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        range r = pick_range(w, s->size);
        if (r.size > ENTRY_MOST && model_fits(r.offset, r.size, s->size)) {
            r.size = ENTRY_MOST;
        }
        batch[i] = (mmio_io){r.offset, r.size, w->given + i * ENTRY_MOST, 1, 0};
    }
}

/* Every status is the predicted one, and the whole batch has the first bad one. */
static bool check_batch(world *w, const subject *s, const mmio_io *batch, mmio_status got,
                        bool is_write)
{
    const mmio_status all = model_viewing(s, is_write, 0, 0);
    mmio_status first = all;
    range asked = {0, 0};
    for (size_t i = 0; i < ENTRIES; i++) {
        const mmio_io *e = &batch[i];
        const mmio_status wanted = all != MMIO_OK ? all : model_reading(s, e->offset, e->size);
        if (first == MMIO_OK && wanted != MMIO_OK) {
            first = wanted;
            asked = (range){e->offset, e->size};
        }
        (void)agree(w, e->status == wanted, "entry %zu is %d, not %d", i, (int)e->status,
                    (int)wanted);
    }
    (void)went_well_in(w, first, got, asked, s->size);
    return all == MMIO_OK && !w->has_failed;
}

static void do_read_batch(world *w)
{
    subject *s = pick_subject(w);
    mmio_io batch[ENTRIES];
    pick_batch(w, s, batch);
    const mmio_status got = mmio_map_read_batch(s->map, batch, ENTRIES, &w->error);
    for (size_t i = 0; check_batch(w, s, batch, got, false) && i < ENTRIES; i++) {
        if (batch[i].status == MMIO_OK) {
            (void)same_bytes(w, s, batch[i].offset, batch[i].data, batch[i].size);
        }
    }
}

static void do_write_batch(world *w)
{
    subject *s = pick_subject(w);
    mmio_io batch[ENTRIES];
    pick_batch(w, s, batch);
    throw_given(w, ENTRIES * 64);
    throw_bytes(&w->dice, w->given + throw_below(&w->dice, ENTRIES) * ENTRY_MOST, 300);
    uint64_t writes = 0;
    uint64_t bytes = 0;
    const mmio_status got = mmio_map_write_batch(s->map, batch, ENTRIES, &w->error);
    for (size_t i = 0; check_batch(w, s, batch, got, true) && i < ENTRIES; i++) {
        if (batch[i].status == MMIO_OK) {
            model_change(s, batch[i].offset, batch[i].data, batch[i].size);
            writes += batch[i].size != 0;
            bytes += batch[i].size;
        }
    }
    model_count(s, writes, bytes);
}

static void do_fill(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const uint32_t byte = (uint32_t)throw_below(&w->dice, 260);
    const mmio_status got = mmio_map_fill(s->map, r.offset, r.size, byte, &w->error);
    const mmio_status wanted = byte > 255 ? MMIO_ERR_INVALID : model_writing(s, r.offset, r.size);
    if (went_well_in(w, wanted, got, r, s->size)) {
        memset(w->given, (int)byte, r.size);
        model_copy_in(s, r.offset, w->given, r.size);
    }
}

static void do_zero(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const mmio_status got = mmio_map_zero(s->map, r.offset, r.size, &w->error);
    if (went_well_in(w, model_writing(s, r.offset, r.size), got, r, s->size)) {
        memset(w->given, 0, r.size);
        model_copy_in(s, r.offset, w->given, r.size);
    }
}

/* Two maps of one file lend the same bytes at different addresses. Only within one map may the
 * ranges of a copy overlap. */
static bool is_aliased(const subject *from, uint64_t from_offset, const subject *to,
                       uint64_t to_offset, uint64_t size)
{
    const uint64_t begin = from->origin + from_offset;
    const uint64_t target = to->origin + to_offset;
    const uint64_t apart = begin < target ? target - begin : begin - target;
    return from != to && from->store == to->store && to->own_pages == NULL && apart < size;
}

static void do_copy(world *w)
{
    subject *from = pick_subject(w);
    subject *to = pick_subject(w);
    const range r = pick_range(w, from->size);
    const range target = {pick_range(w, to->size).offset, r.size};
    if (is_aliased(from, r.offset, to, target.offset, r.size)) {
        return;
    }
    const mmio_status got =
        mmio_map_copy(from->map, r.offset, to->map, target.offset, r.size, &w->error);
    /* Whether the target may be written at all, then the source, then the target. */
    mmio_status wanted = r.size != 0 && !is_writable(to) ? model_viewing(to, true, 0, 0) : MMIO_OK;
    if (wanted == MMIO_OK) {
        wanted = model_reading(from, r.offset, r.size);
    }
    const bool is_source = wanted != MMIO_OK;
    if (wanted == MMIO_OK) {
        wanted = model_reading(to, target.offset, r.size);
    }
    if (!went_well_in(w, wanted, got, is_source ? r : target, is_source ? from->size : to->size)) {
        return;
    }
    if (from == to && r.offset == target.offset) {
        /* Nothing moves, so no page need become the map's own. */
        model_pend(to, r.size);
        model_count(to, r.size != 0, r.size);
        return;
    }
    model_read(from, r.offset, w->given, r.size);
    model_copy_in(to, target.offset, w->given, r.size);
}

static void do_find(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    uint8_t pattern[8];
    size_t size = throw_below(&w->dice, sizeof pattern + 1);
    throw_bytes(&w->dice, pattern, size);
    if (throw_one_in(&w->dice, 2) && s->size > sizeof pattern) {
        /* One that is somewhere. */
        model_read(s, throw_below(&w->dice, s->size - sizeof pattern), pattern, size);
    }
    uint64_t found = 1;
    const mmio_status wanted = model_reading(s, r.offset, r.size);
    const mmio_status got =
        mmio_map_find(s->map, r.offset, r.size, pattern, size, &found, &w->error);
    uint64_t place = UINT64_MAX;
    if (went_well_in(w, wanted, got, r, s->size)) {
        place = model_find(s, r.offset, r.size, pattern, size);
    }
    (void)agree(w, found == place, "found at %llu, not %llu", (unsigned long long)found,
                (unsigned long long)place);
}

/* Cells. */

typedef enum action { LOAD, STORE, EXCHANGE, COMPARE, ADD, SUB, AND, OR, XOR, ACTIONS } action;

/* One operation on a cell, as asked. */
typedef struct cell {
    uint64_t offset;
    uint64_t value;
    uint64_t expected; /* By COMPARE. */
    uint64_t before;   /* What the library says. */
    uint32_t size;
    action action;
} cell;

#define DEFINE_CALL(bits)                                                                          \
    static mmio_status call_u##bits(mmio_map *map, cell *c, mmio_error *error)                     \
    {                                                                                              \
        typedef mmio_status (*fetch)(mmio_map *, uint64_t, uint##bits##_t, uint##bits##_t *,       \
                                     mmio_error *);                                                \
        static const fetch fetches[ACTIONS] = {                                                    \
            [EXCHANGE] = mmio_atomic_u##bits##_exchange,                                           \
            [ADD] = mmio_atomic_u##bits##_add,                                                     \
            [SUB] = mmio_atomic_u##bits##_sub,                                                     \
            [AND] = mmio_atomic_u##bits##_and,                                                     \
            [OR] = mmio_atomic_u##bits##_or,                                                       \
            [XOR] = mmio_atomic_u##bits##_xor,                                                     \
        };                                                                                         \
        const uint##bits##_t value = (uint##bits##_t)c->value;                                     \
        uint##bits##_t before = 0;                                                                 \
        mmio_status status;                                                                        \
        if (c->action == LOAD) {                                                                   \
            status = mmio_atomic_u##bits##_load(map, c->offset, &before, error);                   \
        } else if (c->action == STORE) {                                                           \
            status = mmio_atomic_u##bits##_store(map, c->offset, value, error);                    \
        } else if (c->action == COMPARE) {                                                         \
            status = mmio_atomic_u##bits##_compare_exchange(                                       \
                map, c->offset, (uint##bits##_t)c->expected, value, &before, error);               \
        } else {                                                                                   \
            status = fetches[c->action](map, c->offset, value, &before, error);                    \
        }                                                                                          \
        c->before = before;                                                                        \
        return status;                                                                             \
    }

DEFINE_CALL(32)
DEFINE_CALL(64)

static uint64_t after(const cell *c, uint64_t before)
{
    switch (c->action) {
    case STORE:
    case EXCHANGE:
        return c->value;
    case COMPARE:
        return before == c->expected ? c->value : before;
    case ADD:
        return before + c->value;
    case SUB:
        return before - c->value;
    case AND:
        return before & c->value;
    case OR:
        return before | c->value;
    case XOR:
        return before ^ c->value;
    case LOAD:
    case ACTIONS:
        break;
    }
    return before;
}

/* In the machine's byte order; the model's side of an atomic load and store. */
static uint64_t get_cell(const subject *s, const cell *c)
{
    uint32_t narrow;
    uint64_t wide;
    model_read(s, c->offset, c->size == sizeof narrow ? (uint8_t *)&narrow : (uint8_t *)&wide,
               c->size);
    return c->size == sizeof narrow ? narrow : wide;
}

static void put_cell(subject *s, const cell *c, uint64_t value)
{
    const uint32_t narrow = (uint32_t)value;
    model_change(s, c->offset,
                 c->size == sizeof narrow ? (const uint8_t *)&narrow : (const uint8_t *)&value,
                 c->size);
}

static cell pick_cell(world *w, const subject *s)
{
    cell c = {.size = throw_one_in(&w->dice, 2) ? 4 : 8,
              .action = (action)throw_below(&w->dice, ACTIONS)};
    const uint64_t mask = c.size == 4 ? UINT32_MAX : UINT64_MAX;
    const uint64_t place = pick_range(w, s->size).offset;
    c.offset = throw_one_in(&w->dice, 8) ? place : place / c.size * c.size;
    c.value = throw_bits(&w->dice) & mask;
    c.expected = throw_bits(&w->dice) & mask;
    /* A comparison that fails may leave the page the file's or make it the map's own: it is up to
     * the machine. */
    if ((s->own_pages != NULL || throw_one_in(&w->dice, 2)) &&
        model_cell(s, c.offset, c.size) == MMIO_OK) {
        c.expected = get_cell(s, &c);
    }
    return c;
}

static void do_atomic(world *w)
{
    subject *s = pick_subject(w);
    cell c = pick_cell(w, s);
    const mmio_status got = (c.size == 4 ? call_u32 : call_u64)(s->map, &c, &w->error);
    const mmio_status wanted = model_cell(s, c.offset, c.size);
    const range asked = {c.offset, c.size};
    if (!went_well_in(w, wanted, got, asked, s->size)) {
        (void)agree(w, c.before == 0, "a cell's value is left behind");
        return;
    }
    const uint64_t before = get_cell(s, &c);
    (void)agree(w, c.action == STORE || c.before == before, "a cell held %llx, not %llx",
                (unsigned long long)c.before, (unsigned long long)before);
    const bool is_set = c.action != LOAD && (c.action != COMPARE || before == c.expected);
    if (is_set) {
        put_cell(s, &c, after(&c, before));
    }
}

const operation byte_operations[] = {
    {"write", 100, do_write},
    {"read", 100, do_read},
    {"read_batch", 30, do_read_batch},
    {"write_batch", 30, do_write_batch},
    {"fill", 30, do_fill},
    {"zero", 20, do_zero},
    {"copy", 40, do_copy},
    {"find", 20, do_find},
    {"atomic", 100, do_atomic},
    {NULL, 0, NULL},
};
