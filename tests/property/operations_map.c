/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a map as a whole: resizing, flushing, paging, closing and opening anew. */
#include <unistd.h>

#include "world.h"

/* Resizing. */

static uint64_t pick_new_size(world *w, const subject *s)
{
    const uint64_t odd[] = {0, s->size, mmio_max_size() + 1, UINT64_MAX};
    if (throw_one_in(&w->dice, 8)) {
        return odd[throw_below(&w->dice, sizeof odd / sizeof odd[0])];
    }
    const held_view *v = &w->views[throw_below(&w->dice, VIEWS)];
    if (v->of == s && v->offset + v->view.size <= s->size && throw_one_in(&w->dice, 2)) {
        /* About where a view ends. */
        const uint64_t size = v->offset + v->view.size + throw_below(&w->dice, 3) - 1;
        return size <= SIZE_MOST ? size : SIZE_MOST;
    }
    return 1 + throw_below(&w->dice, SIZE_MOST);
}

/* A size that the map may really take: another map of the file must not lose its bytes, and only
 * the main one resizes it. */
static uint64_t allowed_size(const world *w, const subject *s, uint64_t new_size)
{
    if (s->mode != MMIO_MODE_RW || new_size == 0 || new_size > SIZE_MOST) {
        return new_size;
    }
    if (s->store->is_file && s != w->slots[MAIN_SLOT]) {
        return s->size != 0 ? s->size : mmio_max_size() + 1;
    }
    const uint64_t least = least_size(w, s);
    return new_size > least ? new_size : least;
}

static void do_resize(world *w)
{
    static const int slots[] = {MAIN_SLOT, MAIN_SLOT, MEMORY_SLOT, SHARED_SLOT};
    subject *s =
        throw_one_in(&w->dice, 4) ? pick_subject(w) : w->slots[slots[throw_below(&w->dice, 4)]];
    const uint64_t new_size = allowed_size(w, s, pick_new_size(w, s));
    const int64_t timeouts[] = {0, 0, 0, 0, 0, -1, -1, 1};
    const int64_t timeout_ms = timeouts[throw_below(&w->dice, 8)];
    const bool is_pinned = new_size < s->size && is_pinned_beyond(w, s, new_size);
    mmio_status wanted = model_resizing(s, new_size, is_pinned);
    if (wanted == MMIO_ERR_BUSY && timeout_ms != 0) {
        /* All views are this thread's. */
        wanted = timeout_ms < 0 ? MMIO_ERR_DEADLOCK : MMIO_ERR_TIMEOUT;
    }
    if (went_well(w, wanted, mmio_map_resize(s->map, new_size, timeout_ms, &w->error))) {
        /* What others added to the file is not cut by growing. */
        if (new_size < s->size || new_size > s->store->size) {
            store_resize(s->store, new_size);
        }
        s->size = new_size;
        s->append_end = APPENDED_NOTHING;
    }
}

/* Flushing. */

static void flushed(subject *s, uint32_t level)
{
    if (level != MMIO_FLUSH_START) {
        model_flush(s);
    }
}

static void do_flush(world *w)
{
    subject *s = pick_subject(w);
    const uint32_t level = (uint32_t)throw_below(&w->dice, 4);
    const mmio_status wanted = level > MMIO_FLUSH_FULL ? MMIO_ERR_INVALID : model_reading(s, 0, 0);
    if (went_well(w, wanted, mmio_map_flush(s->map, level, &w->error))) {
        flushed(s, level);
    }
}

/* Nothing is ever lost here. */
static void do_repair(world *w)
{
    const subject *s = pick_subject(w);
    const uint32_t level = (uint32_t)throw_below(&w->dice, 4);
    const bool is_known = level == MMIO_FLUSH_DATA || level == MMIO_FLUSH_FULL;
    const mmio_status there = model_reading(s, 0, 0);
    (void)went_well(w, is_known ? there : MMIO_ERR_INVALID,
                    mmio_map_rewrite_lost(s->map, level, &w->error));
    (void)went_well(w, there, mmio_map_acknowledge_loss(s->map, &w->error));
}

static void do_flush_range(world *w)
{
    subject *s = pick_subject(w);
    const uint32_t level = (uint32_t)throw_below(&w->dice, 4);
    const range r = throw_one_in(&w->dice, 4) ? (range){0, s->size} : pick_range(w, s->size);
    const mmio_status wanted =
        level > MMIO_FLUSH_FULL ? MMIO_ERR_INVALID : model_reading(s, r.offset, r.size);
    const mmio_status got = mmio_map_flush_range(s->map, r.offset, r.size, level, &w->error);
    if (went_well_in(w, wanted, got, r, s->size) && r.size != 0 && r.offset == 0 &&
        r.size == s->size) {
        flushed(s, level);
    }
}

/* Paging: no byte changes by it, but for private ones that are given up. */

static void do_advise(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const uint32_t advice = (uint32_t)throw_below(&w->dice, 6);
    const mmio_status wanted =
        advice > MMIO_ADVICE_DONT_NEED ? MMIO_ERR_INVALID : model_reading(s, r.offset, r.size);
    const mmio_status got = mmio_map_advise(s->map, r.offset, r.size, advice, &w->error);
    if (went_well_in(w, wanted, got, r, s->size) && advice == MMIO_ADVICE_DONT_NEED) {
        model_drop_pages(s, r.offset, r.size);
    }
}

static void do_prefetch(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const mmio_status got = mmio_map_prefetch(s->map, r.offset, r.size, &w->error);
    (void)went_well_in(w, model_reading(s, r.offset, r.size), got, r, s->size);
}

static void do_touch(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const bool is_write = throw_one_in(&w->dice, 2);
    const mmio_status got = mmio_map_touch(
        s->map, r.offset, r.size, is_write ? MMIO_POPULATE_WRITE : 0, NULL, NULL, &w->error);
    const mmio_status wanted = model_viewing(s, is_write, r.offset, r.size);
    if (went_well_in(w, wanted, got, r, s->size) && is_write) {
        model_own_pages(s, r.offset, r.size);
    }
}

static uint64_t pages_of(const subject *s, range r)
{
    const uint64_t page = mmio_page_size();
    const uint64_t begin = s->origin + r.offset;
    return r.size != 0 ? (begin + r.size - 1) / page - begin / page + 1 : 0;
}

static void do_residency(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    mmio_residency found = {.struct_size = sizeof found, .pages = 1};
    const mmio_status got = mmio_map_residency(s->map, r.offset, r.size, &found, &w->error);
    const uint64_t pages =
        went_well_in(w, model_reading(s, r.offset, r.size), got, r, s->size) ? pages_of(s, r) : 0;
    (void)agree(w, found.pages == pages && found.cached <= pages, "%llu of %llu pages are cached",
                (unsigned long long)found.cached, (unsigned long long)found.pages);
}

static void do_resident_pages(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const uint64_t missed = throw_one_in(&w->dice, 4) ? 1 : 0;
    mmio_status wanted = model_reading(s, r.offset, r.size);
    const uint64_t pages = wanted == MMIO_OK ? pages_of(s, r) : 0;
    if (wanted == MMIO_OK && missed != 0) {
        wanted = MMIO_ERR_INVALID;
    }
    const mmio_status got = mmio_map_resident_pages(s->map, r.offset, r.size,
                                                    (size_t)(pages + missed), w->given, &w->error);
    (void)went_well_in(w, wanted, got, r, s->size);
}

static void do_evict(world *w)
{
    subject *s = pick_subject(w);
    const range r = pick_range(w, s->size);
    const bool has_place = s->kind == MMIO_KIND_FILE && s->mode != MMIO_MODE_COW_RW;
    const mmio_status wanted =
        has_place || s->is_shut ? model_reading(s, r.offset, r.size) : MMIO_ERR_MODE;
    const mmio_status got = mmio_map_evict(s->map, r.offset, r.size, &w->error);
    (void)went_well_in(w, wanted, got, r, s->size);
}

/* Locking and unlocking at once. The limit of the process may be too low for it. Whether a locked
 * page becomes the map's own is up to the system, and sanitizers lock none at all. */
static void do_lock(world *w)
{
    subject *s = pick_subject(w);
    if (s->own_pages != NULL) {
        return;
    }
    const range r = pick_range(w, s->size);
    const mmio_status wanted = model_reading(s, r.offset, r.size);
    const mmio_status got = mmio_map_lock_memory(s->map, r.offset, r.size, &w->error);
    if (got == MMIO_ERR_LIMIT && wanted == MMIO_OK) {
        return;
    }
    if (went_well_in(w, wanted, got, r, s->size)) {
        (void)went_well(w, MMIO_OK, mmio_map_unlock_memory(s->map, r.offset, r.size, &w->error));
    }
}

/* Closing and opening. */

static uint32_t pick_mode(world *w, int slot)
{
    static const uint32_t of_memory[] = {MMIO_MODE_RW, MMIO_MODE_RW, MMIO_MODE_COW_RW};
    switch (slot) {
    case MAIN_SLOT:
    case SHARED_SLOT:
        return MMIO_MODE_RW;
    case MEMORY_SLOT:
        return of_memory[throw_below(&w->dice, 3)];
    default:
        return MMIO_MODE_RO + (uint32_t)throw_below(&w->dice, 4);
    }
}

/* The end of a map cuts the file to what was appended. Nothing else may keep the map, so that the
 * end is now, nor use what goes. */
static uint64_t prepare_end(world *w, const subject *s)
{
    if (s->append_end == APPENDED_NOTHING || !s->store->is_file || s->is_shut) {
        return APPENDED_NOTHING;
    }
    const uint64_t end = s->append_end;
    release_all(w, s);
    let_go_beyond(w, end);
    return end;
}

static void follow_end(world *w, uint64_t end)
{
    if (end != APPENDED_NOTHING) {
        store_resize(w->file, end);
        follow_cut(w);
    }
}

static void reopen(world *w, int slot)
{
    subject *s = w->slots[slot];
    w->slots[slot] = NULL;
    const uint64_t end = prepare_end(w, s);
    mmio_map_close(s->map);
    subject_drop(w, s);
    follow_end(w, end);
    (void)open_slot(w, slot, pick_mode(w, slot));
}

/* One that was shut down, if there is any. Views, cursors and segments of the map that goes live
 * on. */
static void do_reopen(world *w)
{
    int slot = (int)throw_below(&w->dice, SLOTS);
    for (int i = 0; i < SLOTS; i++) {
        slot = w->slots[i]->is_shut ? i : slot;
    }
    reopen(w, slot);
}

static void do_shutdown(world *w)
{
    subject *s = pick_subject(w);
    const uint64_t end = prepare_end(w, s);
    shut_down(w, s);
    follow_end(w, end);
}

static void do_into_handle(world *w)
{
    const int slot = (int)throw_below(&w->dice, SLOTS);
    subject *s = w->slots[slot];
    const uint64_t end = prepare_end(w, s);
    mmio_status wanted = s->kind != MMIO_KIND_ANONYMOUS ? MMIO_OK : MMIO_ERR_MODE;
    if (wanted == MMIO_OK && (s->holders != 1 || s->pins != 0)) {
        wanted = MMIO_ERR_BUSY;
    }
    if (s->is_shut) {
        wanted = MMIO_ERR_CLOSED;
    }
    intptr_t handle = 0;
    if (went_well(w, wanted, mmio_map_into_handle(s->map, &handle, &w->error))) {
        (void)agree(w, close((int)handle) == 0, "the handle given back is bad");
        s->is_shut = true;
        follow_end(w, end);
        reopen(w, slot);
    } else {
        (void)agree(w, handle == -1, "a handle is left behind");
    }
}

/* Nothing else holds the file, so that it can be cut short. */
static void do_clear(world *w)
{
    release_all(w, NULL);
    for (int slot = 0; slot < SLOTS; slot++) {
        if (slot != MAIN_SLOT && w->slots[slot]->store->is_file) {
            shut_down(w, w->slots[slot]);
        }
    }
}

const operation map_operations[] = {
    {"resize", 50, do_resize},
    {"flush", 2, do_flush},
    {"flush_range", 2, do_flush_range},
    {"repair", 1, do_repair},
    {"advise", 20, do_advise},
    {"prefetch", 5, do_prefetch},
    {"touch", 10, do_touch},
    {"residency", 5, do_residency},
    {"resident_pages", 5, do_resident_pages},
    {"evict", 2, do_evict},
    {"lock", 5, do_lock},
    {"reopen", 20, do_reopen},
    {"shutdown", 2, do_shutdown},
    {"into_handle", 5, do_into_handle},
    {"clear", 3, do_clear},
    {NULL, 0, NULL},
};
