/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths that change by more than resizing: appending, others who change the file, windows. */
#include <unistd.h>

#include "world.h"

/* Only the main map appends to the file. */
static subject *pick_appender(world *w)
{
    static const int slots[] = {MAIN_SLOT, MEMORY_SLOT, SHARED_SLOT};
    subject *s = pick_subject(w);
    const bool is_allowed =
        !s->store->is_file || s == w->slots[MAIN_SLOT] || model_growing(s) != MMIO_OK;
    return is_allowed ? s : w->slots[slots[throw_below(&w->dice, 3)]];
}

/* How far the map grows ahead of what is appended is up to the library; the model has only so much
 * room. */
static void follow_growth(world *w, subject *s, uint64_t needed)
{
    uint64_t size = mmio_map_size(s->map);
    (void)agree(w, size >= needed && size >= s->size, "appending left the size at %llu",
                (unsigned long long)size);
    (void)agree(w, size == s->size || s->size < needed, "appending grew the map for nothing");
    if (size > SIZE_MOST) {
        size = SIZE_MOST;
        (void)went_well(w, MMIO_OK, mmio_map_resize(s->map, size, 0, &w->error));
        s->append_end = APPENDED_NOTHING;
        store_resize(s->store, size);
    } else if (size > s->store->size) {
        store_resize(s->store, size);
    }
    s->size = size;
}

static void do_append(world *w)
{
    subject *s = pick_appender(w);
    const uint64_t end = s->append_end != APPENDED_NOTHING ? s->append_end : s->size;
    const uint64_t size = pick_size(w, SIZE_MOST - end);
    throw_bytes(&w->dice, w->given, size);
    uint64_t offset = 1;
    const mmio_status got = mmio_map_append(s->map, w->given, size, &offset, &w->error);
    const bool is_done = went_well(w, model_growing(s), got);
    const uint64_t place = is_done ? end : 0;
    (void)agree(w, offset == place, "appended at %llu, not %llu", (unsigned long long)offset,
                (unsigned long long)place);
    if (is_done && size != 0) {
        s->append_end = end + size;
        follow_growth(w, s, end + size);
        model_copy_in(s, end, w->given, size);
    }
}

/* Others. */
static void truncate_file(world *w)
{
    const uint64_t size = 1 + throw_below(&w->dice, SIZE_MOST);
    let_go_beyond(w, size);
    (void)agree(w, ftruncate(w->fd, (off_t)size) == 0, "the file cannot be truncated");
    store_resize(w->file, size);
    follow_cut(w);
}

static void do_refresh(world *w)
{
    if (throw_one_in(&w->dice, 4)) {
        truncate_file(w);
    }
    subject *s = pick_subject(w);
    uint64_t before = 1;
    uint64_t after = 1;
    mmio_status wanted = s->mode == MMIO_MODE_COW_RW ? MMIO_ERR_MODE : MMIO_OK;
    wanted = s->is_shut ? MMIO_ERR_CLOSED : wanted;
    const mmio_status got = mmio_map_refresh(s->map, &before, &after, &w->error);
    const bool is_done = went_well(w, wanted, got);
    const uint64_t size = is_done ? model_refreshed_size(s) : 0;
    (void)agree(w, before == (is_done ? s->size : 0) && after == size,
                "refreshed from %llu to %llu, not %llu", (unsigned long long)before,
                (unsigned long long)after, (unsigned long long)size);
    if (is_done && size != s->size) {
        s->size = size;
        s->append_end = APPENDED_NOTHING;
    }
}

/* A window that is opened for a look. */
static void do_window(world *w)
{
    const range r = pick_range(w, w->file->size);
    mmio_open_options options = {.struct_size = sizeof options, .mode = MMIO_MODE_RO};
    options.mode += (uint32_t)throw_below(&w->dice, 4);
    options.window_offset = r.offset;
    options.window_size = r.size;
    const bool is_inside = r.offset <= w->file->size && r.size <= w->file->size - r.offset;
    mmio_status wanted = is_inside ? MMIO_OK : MMIO_ERR_RANGE;
    if (r.offset == w->file->size && r.size == 0 && options.mode != MMIO_MODE_RO) {
        wanted = MMIO_ERR_INVALID;
    }
    mmio_map *map = NULL;
    const mmio_status got = mmio_map_open(FILE_PATH, &options, &map, &w->error);
    if (went_well_in(w, wanted, got, r, w->file->size)) {
        subject s = {.store = w->file, .mode = options.mode, .origin = r.offset};
        s.size = r.size != 0 ? r.size : w->file->size - r.offset;
        (void)agree(w, mmio_map_size(map) == s.size, "a window of another size");
        (void)went_well(w, MMIO_OK, mmio_map_read(map, 0, w->given, s.size, &w->error));
        (void)same_bytes(w, &s, 0, w->given, s.size);
    } else {
        (void)agree(w, map == NULL, "a map is left behind");
    }
    mmio_map_close(map);
}

const operation length_operations[] = {
    {"append", 40, do_append},
    {"refresh", 20, do_refresh},
    {"window", 10, do_window},
    {NULL, 0, NULL},
};
