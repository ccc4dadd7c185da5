/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes: views that are held over other operations, walks, runs of cells, raw pointers. */
#include <string.h>

#include "world.h"

static void do_acquire(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const bool is_write = throw_one_in(&w->dice, 2);
    held_view *place = free_view_place(w);
    mmio_view view = {.size = 1};
    const mmio_status got = mmio_view_acquire(s->map, r.offset, r.size,
                                              is_write ? MMIO_VIEW_WRITE : 0, &view, &w->error);
    if (went_well_in(w, model_viewing(s, is_write, r.offset, r.size), got, r, s->size)) {
        (void)agree(w, view.size == r.size, "a view of another size");
        (void)same_bytes(w, s, r.offset, view.data, view.size);
        keep_view(place, s, &view, r, is_write);
    } else {
        (void)agree(w, view.size == 0 && view.data == NULL, "a view is left behind");
    }
}

/* One that is held, if there is any. */
static held_view *pick_view(world *w)
{
    const uint64_t first = throw_below(&w->dice, VIEWS);
    for (uint64_t i = 0; i < VIEWS; i++) {
        held_view *v = &w->views[(first + i) % VIEWS];
        if (v->of != NULL) {
            return v;
        }
    }
    return NULL;
}

static void do_release(world *w)
{
    held_view *v = pick_view(w);
    if (v != NULL) {
        release_view(w, v);
    }
}

static void do_look(world *w)
{
    const held_view *v = pick_view(w);
    if (v != NULL) {
        (void)same_bytes(w, v->of, v->offset, v->view.data, v->view.size);
    }
}

/* Stores through a view: the library does not see them. */
static void do_put(world *w)
{
    const held_view *v = pick_view(w);
    if (v == NULL || !v->is_write || v->view.size == 0) {
        return;
    }
    const uint64_t size = pick_size(w, v->view.size);
    const uint64_t at = throw_below(&w->dice, v->view.size - size + 1);
    throw_bytes(&w->dice, w->given, size);
    memcpy((uint8_t *)v->view.data + at, w->given, size);
    model_write(v->of, v->offset + at, w->given, size);
}

/* With one chunk filled anew, if the walk is for writing. */
static uint64_t walk_on(world *w, subject *s, mmio_walk *walk, bool is_write, uint64_t chunks)
{
    uint64_t at = 0;
    void *data;
    uint64_t size;
    for (uint64_t i = 0; i < chunks && mmio_walk_next(walk, &data, &size) == 1; i++) {
        if (is_write && i == chunks / 2) {
            throw_bytes(&w->dice, w->given, size);
            memcpy(data, w->given, size);
            model_write(s, at, w->given, size);
        }
        (void)same_bytes(w, s, at, data, size);
        at += size;
    }
    return at;
}

static void do_walk(world *w)
{
    subject *s = pick_subject(w);
    const bool is_write = throw_one_in(&w->dice, 2);
    const uint64_t chunk_size = throw_one_in(&w->dice, 16) ? 0 : 500 + pick_size(w, SIZE_MOST);
    mmio_walk walk;
    const mmio_status got =
        mmio_walk_begin(s->map, chunk_size, is_write ? MMIO_VIEW_WRITE : 0, &walk, &w->error);
    const mmio_status wanted = model_viewing(s, is_write, 0, 0);
    if (!went_well(w, wanted, got)) {
        return;
    }
    const uint64_t count = chunk_size != 0 ? (s->size + chunk_size - 1) / chunk_size : 0;
    (void)agree(w, walk.chunk_count == count, "a walk of %llu chunks, not %llu",
                (unsigned long long)walk.chunk_count, (unsigned long long)count);
    const uint64_t walked = walk_on(w, s, &walk, is_write, throw_below(&w->dice, count + 2));
    mmio_walk_end(&walk);
    if (is_write) {
        model_pend(s, walked);
    }
}

static void do_run(world *w)
{
    subject *s = pick_subject(w);
    const uint32_t cell_size = throw_one_in(&w->dice, 2) ? 4 : 8;
    const uint64_t place = pick_range(w, s->size).offset;
    const uint64_t offset = throw_one_in(&w->dice, 8) ? place : place / cell_size * cell_size;
    const uint64_t count =
        throw_one_in(&w->dice, 16) ? throw_bits(&w->dice) : throw_below(&w->dice, 100);
    const range asked = {offset, count > UINT64_MAX / cell_size ? UINT64_MAX : count * cell_size};

    mmio_status wanted = model_cell(s, offset, cell_size);
    if (wanted == MMIO_OK || wanted == MMIO_ERR_RANGE) {
        const bool is_inside =
            count == 0 ? offset <= s->size : model_fits(asked.offset, asked.size, s->size);
        wanted = is_inside ? MMIO_OK : MMIO_ERR_RANGE;
    }
    held_view *held = free_view_place(w);
    mmio_view view;
    const mmio_status got = mmio_atomic_acquire(s->map, offset, count, cell_size, &view, &w->error);
    if (went_well_in(w, wanted, got, asked, s->size)) {
        keep_view(held, s, &view, asked, true);
    }
}

static void do_raw_pointer(world *w)
{
    subject *s = pick_subject(w);
    const bool is_write = throw_one_in(&w->dice, 2);
    const void *data = w;
    void *data_mut = w;
    const mmio_status got = is_write ? mmio_map_data_mut(s->map, &data_mut, &w->error)
                                     : mmio_map_data(s->map, &data, &w->error);
    const uint8_t *bytes = is_write ? data_mut : data;
    if (!went_well(w, model_viewing(s, is_write, 0, 0), got)) {
        (void)agree(w, bytes == NULL, "a pointer is left behind");
        return;
    }
    const uint64_t size = pick_size(w, s->size);
    const uint64_t at = throw_below(&w->dice, s->size - size + 1);
    (void)same_bytes(w, s, at, bytes + at, size);
    if (is_write) {
        model_pend(s, s->size);
    }
}

const operation view_operations[] = {
    {"acquire", 60, do_acquire},
    {"release", 50, do_release},
    {"look", 40, do_look},
    {"put", 80, do_put},
    {"walk", 10, do_walk},
    {"run", 15, do_run},
    {"raw_pointer", 10, do_raw_pointer},
    {NULL, 0, NULL},
};
