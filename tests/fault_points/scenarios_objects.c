/* SPDX-License-Identifier: Apache-2.0 */
/* Views, cursors, segments, cells and locks of a map. */
#include "world.h"

static mmio_status view(world *w, mmio_error *error)
{
    const mmio_status status = mmio_view_acquire(w->map, 10, 500, MMIO_VIEW_WRITE, &w->view, error);
    if (status == MMIO_OK) {
        mmio_view_release(&w->view);
    }
    return status;
}

static mmio_status walk(world *w, mmio_error *error)
{
    void *data;
    uint64_t size;
    const mmio_status status = mmio_walk_begin(w->map, 4096, 0, &w->walk, error);
    if (status == MMIO_OK) {
        while (mmio_walk_next(&w->walk, &data, &size) != 0) {
        }
        mmio_walk_end(&w->walk);
    }
    return status;
}

static mmio_status raw_data(world *w, mmio_error *error)
{
    const void *data;
    void *data_mut;
    const mmio_status status = mmio_map_data(w->map, &data, error);
    return status == MMIO_OK ? mmio_map_data_mut(w->map, &data_mut, error) : status;
}

/* Cursors. */

static mmio_status cursor_open(world *w, mmio_error *error)
{
    return mmio_cursor_open(w->map, &w->cursor, error);
}

static void set_up_cursor(world *w)
{
    set_up_written(w);
    NEED(mmio_cursor_open(w->map, &w->cursor, NULL) == MMIO_OK);
}

static void set_up_new_cursor(world *w)
{
    set_up_map(w);
    NEED(mmio_cursor_open(w->map, &w->cursor, NULL) == MMIO_OK);
}

static mmio_status cursor_use(world *w, mmio_error *error)
{
    uint8_t bytes[100];
    size_t got;
    mmio_view rest;
    mmio_status status = mmio_cursor_seek(w->cursor, 50, MMIO_SEEK_START, NULL, error);
    if (status == MMIO_OK) {
        status = mmio_cursor_read(w->cursor, bytes, sizeof bytes, &got, error);
    }
    if (status == MMIO_OK) {
        status = mmio_cursor_consume(w->cursor, 100, error);
    }
    if (status == MMIO_OK) {
        status = mmio_cursor_peek(w->cursor, &rest, error);
    }
    if (status == MMIO_OK) {
        mmio_view_release(&rest);
    }
    return status;
}

static const char *check_position(world *w)
{
    CHECK(mmio_cursor_position(w->cursor) == 250);
    return check_map(w);
}

/* A failed write leaves the position. */
static mmio_status cursor_write(world *w, mmio_error *error)
{
    const uint8_t byte = pattern_at(0);
    EXPECT(w, mmio_cursor_position(w->cursor) == 0);
    return mmio_cursor_write(w->cursor, &byte, 1, error);
}

/* Segments. */

static mmio_status segment_open(world *w, mmio_error *error)
{
    return mmio_segment_open(w->map, 100, 5000, &w->segment, error);
}

static void set_up_segment(world *w)
{
    set_up_written(w);
    NEED(mmio_segment_open(w->map, 100, 5000, &w->segment, NULL) == MMIO_OK);
}

static void set_up_new_segment(world *w)
{
    set_up_map(w);
    NEED(mmio_segment_open(w->map, 100, 5000, &w->segment, NULL) == MMIO_OK);
}

static mmio_status segment_use(world *w, mmio_error *error)
{
    uint8_t bytes[100];
    EXPECT(w, mmio_segment_is_valid(w->segment) && mmio_segment_offset(w->segment) == 100 &&
                  mmio_segment_size(w->segment) == 5000);
    mmio_status status = mmio_segment_read(w->segment, 0, bytes, sizeof bytes, error);
    if (status == MMIO_OK) {
        status = mmio_segment_view(w->segment, 0, &w->view, error);
    }
    if (status == MMIO_OK) {
        mmio_view_release(&w->view);
    }
    return status;
}

static mmio_status segment_write(world *w, mmio_error *error)
{
    const uint8_t byte = pattern_at(100);
    return mmio_segment_write(w->segment, 0, &byte, 1, error);
}

/* Cells. */

#define EACH(call)                                                                                 \
    do {                                                                                           \
        const mmio_status status = (call);                                                         \
        if (status != MMIO_OK) {                                                                   \
            return status;                                                                         \
        }                                                                                          \
    } while (0)

static mmio_status cells_32(world *w, mmio_error *error)
{
    uint32_t before;
    EACH(mmio_atomic_u32_load(w->map, 8, &before, error));
    EACH(mmio_atomic_u32_store(w->map, 8, before, error));
    EACH(mmio_atomic_u32_exchange(w->map, 8, before, NULL, error));
    EACH(mmio_atomic_u32_compare_exchange(w->map, 8, before, before, NULL, error));
    EACH(mmio_atomic_u32_add(w->map, 8, 1, NULL, error));
    EACH(mmio_atomic_u32_sub(w->map, 8, 1, NULL, error));
    EACH(mmio_atomic_u32_and(w->map, 8, UINT32_MAX, NULL, error));
    EACH(mmio_atomic_u32_or(w->map, 8, 0, NULL, error));
    return mmio_atomic_u32_xor(w->map, 8, 0, NULL, error);
}

static mmio_status cells_64(world *w, mmio_error *error)
{
    uint64_t before;
    EACH(mmio_atomic_u64_load(w->map, 8, &before, error));
    EACH(mmio_atomic_u64_store(w->map, 8, before, error));
    EACH(mmio_atomic_u64_exchange(w->map, 8, before, NULL, error));
    EACH(mmio_atomic_u64_compare_exchange(w->map, 8, before, before, NULL, error));
    EACH(mmio_atomic_u64_add(w->map, 8, 1, NULL, error));
    EACH(mmio_atomic_u64_sub(w->map, 8, 1, NULL, error));
    EACH(mmio_atomic_u64_and(w->map, 8, UINT64_MAX, NULL, error));
    EACH(mmio_atomic_u64_or(w->map, 8, 0, NULL, error));
    return mmio_atomic_u64_xor(w->map, 8, 0, NULL, error);
}

static mmio_status cells_run(world *w, mmio_error *error)
{
    EACH(mmio_atomic_acquire(w->map, 8, 4, 4, &w->view, error));
    mmio_view_release(&w->view);
    return MMIO_OK;
}

/* The cell holds something else already. */
static mmio_status wait(world *w, mmio_error *error)
{
    return mmio_atomic_u32_wait(w->map, 8, 12345, 1000, error);
}

static mmio_status wake(world *w, mmio_error *error)
{
    return mmio_atomic_u32_wake(w->map, 8, 10, NULL, error);
}

/* Locks. */

static mmio_status lock(world *w, mmio_error *error)
{
    return mmio_range_lock_acquire(w->map, 0, 100, 0, 0, &w->lock, error);
}

static mmio_status lock_shared(world *w, mmio_error *error)
{
    return mmio_range_lock_acquire(w->map, 0, 100, MMIO_RANGE_LOCK_SHARED, -1, &w->lock, error);
}

static void set_up_lock(world *w)
{
    set_up_map(w);
    NEED(mmio_range_lock_acquire(w->map, 0, 100, 0, 0, &w->lock, NULL) == MMIO_OK);
}

static mmio_status unlock(world *w, mmio_error *error)
{
    (void)error;
    mmio_range_lock_release(w->lock);
    w->lock = NULL;
    return MMIO_OK;
}

/* Nobody holds it now. */
static const char *check_unlocked(world *w)
{
    mmio_range_lock_release(w->lock);
    w->lock = NULL;
    CHECK(mmio_range_lock_acquire(w->map, 0, 100, 0, 0, &w->lock, NULL) == MMIO_OK);
    return NULL;
}

/* Looking. */

static mmio_status look(world *w, mmio_error *error)
{
    mmio_map_info info = {.struct_size = sizeof info};
    EXPECT(w, mmio_map_size(w->map) == F_SIZE && mmio_map_mode(w->map) == MMIO_MODE_RW &&
                  mmio_map_path(w->map) != NULL && mmio_map_pending(w->map) == 1);
    return mmio_map_get_info(w->map, &info, error);
}

static mmio_status ask_library(world *w, mmio_error *error)
{
    (void)w;
    (void)error;
    EXPECT(w, mmio_version() != 0 && mmio_version_string() != NULL && mmio_status_name(0) != NULL &&
                  mmio_status_text(0) != NULL && mmio_status_is_retryable(0) == 0);
    EXPECT(w, mmio_page_size() != 0 && mmio_map_granularity() != 0 && mmio_max_size() != 0);
    EXPECT(w, mmio_has(MMIO_FEATURE_SEALS) >= 0);
    return MMIO_OK;
}

static const scenario table[] = {
    {"view", "mmio_view_acquire mmio_view_release", set_up_map, view, check_map, 0},
    {"walk", "mmio_walk_begin mmio_walk_next mmio_walk_end", set_up_map, walk, check_map, NO_CALLS},
    {"raw data", "mmio_map_data mmio_map_data_mut", set_up_map, raw_data, check_map, 0},
    {"open a cursor", "mmio_cursor_open mmio_cursor_close", set_up_map, cursor_open, check_map, 0},
    {"use a cursor",
     "mmio_cursor_seek mmio_cursor_read mmio_cursor_consume mmio_cursor_peek mmio_cursor_position",
     set_up_cursor, cursor_use, check_position, NO_CALLS},
    {"write by a cursor", "mmio_cursor_write", set_up_new_cursor, cursor_write, check_map, 0},
    {"open a segment", "mmio_segment_open mmio_segment_close", set_up_map, segment_open, check_map,
     0},
    {"use a segment",
     "mmio_segment_read mmio_segment_view mmio_segment_is_valid mmio_segment_offset "
     "mmio_segment_size",
     set_up_segment, segment_use, check_map, NO_CALLS},
    {"write a segment", "mmio_segment_write", set_up_new_segment, segment_write, check_map, 0},
    {"cells of 32 bits",
     "mmio_atomic_u32_load mmio_atomic_u32_store mmio_atomic_u32_exchange "
     "mmio_atomic_u32_compare_exchange mmio_atomic_u32_add mmio_atomic_u32_sub "
     "mmio_atomic_u32_and mmio_atomic_u32_or mmio_atomic_u32_xor",
     set_up_written, cells_32, check_map, NO_CALLS},
    {"cells of 64 bits",
     "mmio_atomic_u64_load mmio_atomic_u64_store mmio_atomic_u64_exchange "
     "mmio_atomic_u64_compare_exchange mmio_atomic_u64_add mmio_atomic_u64_sub "
     "mmio_atomic_u64_and mmio_atomic_u64_or mmio_atomic_u64_xor",
     set_up_written, cells_64, check_map, NO_CALLS},
    {"run of cells", "mmio_atomic_acquire", set_up_written, cells_run, check_map, NO_CALLS},
    {"wait for a cell", "mmio_atomic_u32_wait", set_up_map, wait, check_map, 0},
    {"wake", "mmio_atomic_u32_wake", set_up_map, wake, check_map, 0},
    {"lock a range", "mmio_range_lock_acquire", set_up_map, lock, check_unlocked, 0},
    {"lock a range shared", "mmio_range_lock_acquire", set_up_read_only, lock_shared, NULL, 0},
    {"unlock a range", "mmio_range_lock_release", set_up_lock, unlock, check_unlocked, 0},
    {"look at a map",
     "mmio_map_get_info mmio_map_size mmio_map_mode mmio_map_path mmio_map_pending", set_up_written,
     look, check_map, NO_CALLS},
    {"look at the library",
     "mmio_version mmio_version_string mmio_status_name mmio_status_text mmio_status_is_retryable "
     "mmio_page_size mmio_map_granularity mmio_max_size mmio_has",
     set_up_map, ask_library, check_map, NO_CALLS},
};

const scenario_table scenarios_of_objects = {table, sizeof table / sizeof table[0]};
