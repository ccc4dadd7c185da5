/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_FIRST (SIZE_MOST / 16 * 5)
/* So short that growth often goes beyond it, and the map moves. */
#define RESERVE (SIZE_MOST / 2)

/* Picking. */

subject *pick_subject(world *w)
{
    return w->slots[throw_below(&w->dice, SLOTS)];
}

size_t pick_size(world *w, uint64_t most)
{
    static const uint64_t usual[] = {16, 16, 64, 64, 300, 300, 5000, SIZE_MOST};
    const uint64_t bound = usual[throw_below(&w->dice, sizeof usual / sizeof usual[0])];
    const uint64_t size = throw_below(&w->dice, bound + 1);
    return (size_t)(size < most ? size : most);
}

/* One that asks for too much, more or less. It may even fit. */
static range pick_bad_range(world *w, uint64_t limit)
{
    const uint64_t little = throw_below(&w->dice, 4);
    const range bad[] = {
        {limit - little, 1 + throw_below(&w->dice, 4)},
        {0, limit + little},
        {limit + little, 1},
        {UINT64_MAX - little, 1 + little},
        {1 + little, UINT64_MAX - throw_below(&w->dice, 3)},
        {throw_bits(&w->dice), throw_bits(&w->dice)},
        {throw_bits(&w->dice), 0},
    };
    const range r = bad[throw_below(&w->dice, sizeof bad / sizeof bad[0])];
    /* Room for what fits: the buffers hold no more. */
    return r.size <= SIZE_MOST || !model_fits(r.offset, r.size, limit) ? r : (range){0, 0};
}

range pick_range(world *w, uint64_t limit)
{
    if (throw_one_in(&w->dice, 8)) {
        return pick_bad_range(w, limit);
    }
    const uint64_t size = pick_size(w, limit);
    return (range){throw_below(&w->dice, limit - size + 1), size};
}

/* Checks. */

bool agree(world *w, bool holds, const char *format, ...)
{
    if (!holds && !w->has_failed) {
        w->has_failed = true;
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(w->failure, sizeof w->failure, format, arguments);
        va_end(arguments);
    }
    return holds;
}

static const char *name_of(mmio_status status)
{
    const char *name = mmio_status_name(status);
    return name != NULL ? name : "an unknown status";
}

bool went_well(world *w, mmio_status wanted, mmio_status got)
{
    (void)agree(w, wanted == got, "wanted %s, got %s: %s", name_of(wanted), name_of(got),
                got != MMIO_OK ? w->error.message : "");
    return wanted == MMIO_OK && got == MMIO_OK;
}

bool went_well_in(world *w, mmio_status wanted, mmio_status got, range asked, uint64_t limit)
{
    if (wanted == MMIO_ERR_RANGE && got == wanted) {
        (void)agree(w,
                    w->error.offset == asked.offset && w->error.size == asked.size &&
                        w->error.limit == limit,
                    "asked for %" PRIu64 " + %" PRIu64 " of %" PRIu64 ", but told: %s",
                    asked.offset, asked.size, limit, w->error.message);
    }
    return went_well(w, wanted, got);
}

/* Says where two stretches of bytes begin to differ. */
static bool same(world *w, const char *where, uint64_t offset, const uint8_t *got, uint64_t size)
{
    if (memcmp(got, w->wanted, size) == 0) {
        return true;
    }
    uint64_t at = 0;
    while (got[at] == w->wanted[at]) {
        at++;
    }
    return agree(w, false, "%s: byte %" PRIu64 " is 0x%02x, not 0x%02x", where, offset + at,
                 (unsigned)got[at], (unsigned)w->wanted[at]);
}

bool same_bytes(world *w, const subject *s, uint64_t offset, const void *bytes, uint64_t size)
{
    static const char *const modes[] = {"?", "RO map", "RW map", "COW map", "COW_RW map"};
    if (size == 0) {
        return true;
    }
    model_read(s, offset, w->wanted, size);
    return same(w, s->store->is_file ? modes[s->mode] : "memory", offset, bytes, size);
}

void check_counts(world *w)
{
    for (const subject *s = w->subjects; s != NULL; s = s->next) {
        if (s->holders == 0) {
            continue;
        }
        const uint64_t size = mmio_map_size(s->map);
        const uint64_t pending = mmio_map_pending(s->map);
        (void)agree(w, size == (s->is_shut ? 0 : s->size), "a map's size is %" PRIu64, size);
        (void)agree(w, pending == (s->is_shut ? 0 : s->pending),
                    "%" PRIu64 " bytes are pending, not %" PRIu64, pending, s->pending);
    }
}

static void check_info(world *w, const subject *s)
{
    mmio_map_info info = {.struct_size = sizeof info};
    if (went_well(w, MMIO_OK, mmio_map_get_info(s->map, &info, &w->error))) {
        (void)agree(w, info.views == s->pins, "%" PRIu64 " views, not %" PRIu64, info.views,
                    s->pins);
        (void)agree(w, info.holders == s->holders, "%u holders, not %u", info.holders, s->holders);
        (void)agree(w, info.mode == s->mode, "mode %u, not %u", info.mode, s->mode);
        (void)agree(w, info.kind == s->kind, "kind %u, not %u", info.kind, s->kind);
        (void)agree(w, info.is_writable == is_writable(s), "is_writable is %u", info.is_writable);
        (void)agree(w, info.window_offset == s->origin, "another window");
        (void)agree(w, info.policy == s->policy && info.policy_amount == s->policy_amount,
                    "policy %u, not %u", info.policy, s->policy);
        const uint64_t end = s->append_end != APPENDED_NOTHING ? s->append_end : s->size;
        (void)agree(w, info.appended == end, "appended %" PRIu64 ", not %" PRIu64, info.appended,
                    end);
    }
}

static void check_file(world *w)
{
    struct stat facts;
    const bool is_there = fstat(w->fd, &facts) == 0 && (uint64_t)facts.st_size == w->file->size;
    if (!agree(w, is_there, "the file's size is not %" PRIu64, w->file->size)) {
        return;
    }
    const ssize_t got = pread(w->fd, w->given, SIZE_MOST, 0);
    if (agree(w, got == (ssize_t)w->file->size, "a plain read gives %zd bytes", got)) {
        memcpy(w->wanted, w->file->bytes, w->file->size);
        (void)same(w, "the file", 0, w->given, w->file->size);
    }
}

void check_all(world *w)
{
    check_counts(w);
    check_file(w);
    for (const subject *s = w->subjects; s != NULL; s = s->next) {
        if (s->holders != 0 && !s->is_shut) {
            check_info(w, s);
            (void)went_well(w, MMIO_OK, mmio_map_read(s->map, 0, w->given, s->size, &w->error));
            (void)same_bytes(w, s, 0, w->given, s->size);
        }
    }
    for (const held_view *v = w->views; v < w->views + VIEWS; v++) {
        if (v->of != NULL) {
            (void)same_bytes(w, v->of, v->offset, v->view.data, v->view.size);
        }
    }
}

/* Holding. */

void subject_hold(subject *s)
{
    s->holders++;
    s->users++;
}

static void forget_user(world *w, subject *s)
{
    if (--s->users != 0) {
        return;
    }
    subject **link = &w->subjects;
    while (*link != s) {
        link = &(*link)->next;
    }
    *link = s->next;
    subject_free(s);
}

void subject_drop(world *w, subject *s)
{
    s->holders--;
    forget_user(w, s);
}

/* Of the file; size 0 is to its end. */
static range pick_window(world *w)
{
    const uint64_t place = throw_below(&w->dice, w->file->size);
    const uint64_t offset = throw_one_in(&w->dice, 2) ? place : place / 8 * 8;
    const uint64_t size = 1 + throw_below(&w->dice, w->file->size - offset);
    return (range){offset, throw_one_in(&w->dice, 2) ? size : 0};
}

static mmio_status open_map(world *w, int slot, uint32_t mode, range window, mmio_map **out_map)
{
    mmio_open_options options = {.struct_size = sizeof options};
    options.mode = mode;
    options.reserve = RESERVE;
    switch (slot) {
    case MEMORY_SLOT:
        return mmio_map_anonymous(SIZE_FIRST, &options, out_map, &w->error);
    case SHARED_SLOT:
        return mmio_map_shared(NULL, SIZE_FIRST, &options, out_map, &w->error);
    default:
        options.window_offset = window.offset;
        options.window_size = window.size;
        return mmio_map_open(FILE_PATH, &options, out_map, &w->error);
    }
}

static uint32_t kind_of(int slot)
{
    return slot == MEMORY_SLOT   ? MMIO_KIND_ANONYMOUS
           : slot == SHARED_SLOT ? MMIO_KIND_SHARED
                                 : MMIO_KIND_FILE;
}

subject *open_slot(world *w, int slot, uint32_t mode)
{
    mmio_map *map;
    const bool is_file = kind_of(slot) == MMIO_KIND_FILE;
    const bool is_window = is_file && slot != MAIN_SLOT && throw_one_in(&w->dice, 2);
    const range window = is_window ? pick_window(w) : (range){0, 0};
    if (!went_well(w, MMIO_OK, open_map(w, slot, mode, window, &map))) {
        return NULL;
    }
    store *bytes = is_file ? w->file : store_create(SIZE_FIRST, false);
    subject *s = bytes != NULL ? subject_create(bytes, mode, kind_of(slot)) : NULL;
    if (s == NULL) {
        abort();
    }
    s->origin = window.offset;
    s->window_size = window.size;
    s->is_window = window.offset != 0 || window.size != 0;
    s->size = window.size != 0 ? window.size : bytes->size - window.offset;
    s->map = map;
    s->next = w->subjects;
    w->subjects = s;
    w->slots[slot] = s;
    return s;
}

held_view *free_view_place(world *w)
{
    held_view *v = &w->views[throw_below(&w->dice, VIEWS)];
    if (v->of != NULL) {
        release_view(w, v);
    }
    return v;
}

void keep_view(held_view *place, subject *s, const mmio_view *view, range r, bool is_write)
{
    *place = (held_view){s, *view, r.offset, is_write};
    s->users++;
    s->pins += r.size != 0;
}

void release_view(world *w, held_view *held)
{
    subject *s = held->of;
    (void)same_bytes(w, s, held->offset, held->view.data, held->view.size);
    if (held->is_write) {
        model_pend(s, held->view.size);
    }
    s->pins -= held->view.size != 0;
    mmio_view_release(&held->view);
    held->of = NULL;
    forget_user(w, s);
}

void close_cursor(world *w, held_cursor *held)
{
    mmio_cursor_close(held->cursor);
    subject_drop(w, held->of);
    held->of = NULL;
}

void close_segment(world *w, held_segment *held)
{
    mmio_segment_close(held->segment);
    subject_drop(w, held->of);
    held->of = NULL;
}

void release_all(world *w, const subject *s)
{
    for (held_cursor *c = w->cursors; c < w->cursors + CURSORS; c++) {
        if (c->of != NULL && (s == NULL || c->of == s)) {
            close_cursor(w, c);
        }
    }
    for (held_segment *g = w->segments; g < w->segments + SEGMENTS; g++) {
        if (g->of != NULL && (s == NULL || g->of == s)) {
            close_segment(w, g);
        }
    }
    for (held_view *v = w->views; v < w->views + VIEWS; v++) {
        if (v->of != NULL && (s == NULL || v->of == s)) {
            release_view(w, v);
        }
    }
}

void shut_down(world *w, subject *s)
{
    (void)went_well(w, MMIO_OK, mmio_map_shutdown(s->map, &w->error));
    s->is_shut = true;
}

static bool is_open_file(const world *w, const subject *s)
{
    return s->store == w->file && s->holders != 0 && !s->is_shut;
}

void let_go_beyond(world *w, uint64_t size)
{
    for (held_view *v = w->views; v < w->views + VIEWS; v++) {
        if (v->of != NULL && v->of->store == w->file && v->view.size != 0 &&
            v->of->origin + v->offset + v->view.size > size) {
            release_view(w, v);
        }
    }
    for (subject *s = w->subjects; s != NULL; s = s->next) {
        if (is_open_file(w, s) && s->mode == MMIO_MODE_COW_RW && s->origin + s->size > size) {
            shut_down(w, s);
        }
    }
}

void follow_cut(world *w)
{
    for (subject *s = w->subjects; s != NULL; s = s->next) {
        if (is_open_file(w, s) && s->origin + s->size > w->file->size) {
            const mmio_status got = mmio_map_refresh(s->map, NULL, NULL, &w->error);
            if (went_well(w, MMIO_OK, got)) {
                s->size = model_refreshed_size(s);
                s->append_end = APPENDED_NOTHING;
            }
        }
    }
}

static uint64_t views_end(const world *w, const subject *s)
{
    uint64_t end = 0;
    for (const held_view *v = w->views; v < w->views + VIEWS; v++) {
        if (v->of == s && v->view.size != 0 && v->offset + v->view.size > end) {
            end = v->offset + v->view.size;
        }
    }
    return end;
}

bool is_pinned_beyond(const world *w, const subject *s, uint64_t size)
{
    return views_end(w, s) > size;
}

uint64_t least_size(const world *w, const subject *s)
{
    uint64_t least = 1;
    for (const subject *other = w->subjects; other != NULL; other = other->next) {
        if (other != s && other->store == s->store) {
            const bool is_open = other->holders != 0 && !other->is_shut;
            const uint64_t end = other->origin + (is_open ? other->size : views_end(w, other));
            least = end > least ? end : least;
        }
    }
    return least;
}

/* Beginning and ending. */

static uint64_t count_maps(void)
{
    mmio_inventory *inventory = NULL;
    (void)mmio_inventory_open(&inventory, NULL);
    const uint64_t count = mmio_inventory_count(inventory);
    mmio_inventory_close(inventory);
    return count;
}

bool world_begin(world *w, dice d)
{
    memset(w, 0, sizeof *w);
    w->dice = d;
    w->operation_name = "opening";
    w->file = store_create(SIZE_FIRST, true);
    /* Zeroed: batches write what earlier operations left in it. */
    w->given = calloc(1, SIZE_MOST);
    w->wanted = malloc(SIZE_MOST);
    /* A map of an earlier run may still cut the file that it has. */
    (void)unlink(FILE_PATH);
    w->fd = open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (w->file == NULL || w->given == NULL || w->wanted == NULL || w->fd < 0 ||
        ftruncate(w->fd, (off_t)SIZE_FIRST) != 0) {
        return false;
    }
    static const uint32_t modes[SLOTS] = {MMIO_MODE_RW, MMIO_MODE_RO, MMIO_MODE_COW_RW,
                                          MMIO_MODE_RW, MMIO_MODE_RW};
    w->foreign = count_maps();
    bool is_open = true;
    for (int slot = 0; slot < SLOTS && is_open; slot++) {
        is_open = open_slot(w, slot, modes[slot]) != NULL;
    }
    return is_open;
}

void world_end(world *w)
{
    release_all(w, NULL);
    for (int slot = 0; slot < SLOTS; slot++) {
        if (w->slots[slot] != NULL) {
            mmio_map_close(w->slots[slot]->map);
            subject_drop(w, w->slots[slot]);
        }
    }
    (void)agree(w, w->subjects == NULL, "the test lost count of its maps");
    store_free(w->file);
    free(w->given);
    free(w->wanted);
    if (w->fd >= 0) {
        (void)close(w->fd);
    }
}
