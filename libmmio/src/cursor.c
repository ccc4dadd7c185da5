/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors: a position in a map. */
#include "mmio/cursor.h"

#include "base/memory.h"
#include "exclusive.h"
#include "policy.h"
#include "view.h"

/* Every position fits the signed offsets that languages seek with. */
#define POSITION_MOST ((uint64_t)INT64_MAX)

struct mmio_cursor {
    mmio_map *map;
    uint64_t position;
};

static mmio__call cursor_call(const char *name, const mmio_cursor *cursor, mmio_error *error)
{
    return (mmio__call){name, cursor != NULL ? mmio_map_path(cursor->map) : NULL, error};
}

mmio_status mmio_cursor_open(mmio_map *map, mmio_cursor **out_cursor, mmio_error *error)
{
    const mmio__call call = {"mmio_cursor_open", mmio_map_path(map), error};
    if (out_cursor != NULL) {
        *out_cursor = NULL;
    }
    if (map == NULL || out_cursor == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_cursor is NULL");
    }
    const mmio_status status = mmio__check_open(&call, map);
    if (status != MMIO_OK) {
        return status;
    }
    mmio_cursor *cursor = mmio__allocate(sizeof *cursor);
    if (cursor == NULL) {
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for one more cursor");
    }
    cursor->map = mmio_map_retain(map);
    *out_cursor = cursor;
    return MMIO_OK;
}

void mmio_cursor_close(mmio_cursor *cursor)
{
    if (cursor != NULL) {
        mmio_map_close(cursor->map);
        mmio__free(cursor);
    }
}

mmio_status mmio_cursor_read(mmio_cursor *cursor, void *buffer, size_t size, size_t *out_read,
                             mmio_error *error)
{
    const mmio__call call = cursor_call("mmio_cursor_read", cursor, error);
    if (out_read != NULL) {
        *out_read = 0;
    }
    if (cursor == NULL || out_read == NULL || (buffer == NULL && size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the cursor, buffer or out_read is NULL");
    }
    mmio__hold hold;
    uint64_t held = size;
    mmio_status status =
        mmio__hold_take_up_to(&call, cursor->map, cursor->position, false, &hold, &held);
    if (status != MMIO_OK || held == 0) {
        return status;
    }
    const uint64_t left = mmio__shared_copy(cursor->map, cursor->position, buffer, hold.data, held,
                                            MMIO__NO_DEADLINE);
    status = mmio__copy_status(&call, cursor->map, cursor->position, held, left, false);
    mmio__hold_release(&hold);
    if (status == MMIO_OK) {
        cursor->position += held;
        *out_read = (size_t)held;
    }
    return status;
}

mmio_status mmio_cursor_write(mmio_cursor *cursor, const void *data, size_t size, mmio_error *error)
{
    const mmio__call call = cursor_call("mmio_cursor_write", cursor, error);
    if (cursor == NULL || (data == NULL && size != 0)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the cursor or data is NULL");
    }
    mmio__hold hold;
    mmio_status status =
        mmio__hold_take_to_write(&call, cursor->map, cursor->position, size, &hold);
    if (status != MMIO_OK || size == 0) {
        return status;
    }
    status = mmio__exclusive_put(&call, cursor->map, cursor->position, hold.data, data, size);
    if (status == MMIO_OK) {
        /* The bytes are there, whatever becomes of a flush. */
        cursor->position += size;
        status = mmio__policy_wrote(&call, cursor->map, 1, size);
    }
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_cursor_peek(mmio_cursor *cursor, mmio_view *out_view, mmio_error *error)
{
    const mmio__call call = cursor_call("mmio_cursor_peek", cursor, error);
    if (out_view != NULL) {
        *out_view = (mmio_view){0};
    }
    if (cursor == NULL || out_view == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the cursor or out_view is NULL");
    }
    mmio__hold hold;
    uint64_t held = UINT64_MAX;
    const mmio_status status =
        mmio__hold_take_up_to(&call, cursor->map, cursor->position, false, &hold, &held);
    if (status == MMIO_OK) {
        *out_view = mmio__view_of(&hold, held, cursor->map, false);
    }
    return status;
}

/* To `distance` bytes behind `base`, or before it. */
static mmio_status move(const mmio__call *call, mmio_cursor *cursor, uint64_t base,
                        uint64_t distance, bool is_back)
{
    if (is_back ? distance > base : distance > POSITION_MOST || base > POSITION_MOST - distance) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the position would be %s",
                          is_back ? "below 0" : "above 2^63 - 1");
    }
    cursor->position = is_back ? base - distance : base + distance;
    return MMIO_OK;
}

mmio_status mmio_cursor_consume(mmio_cursor *cursor, uint64_t size, mmio_error *error)
{
    const mmio__call call = cursor_call("mmio_cursor_consume", cursor, error);
    if (cursor == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the cursor is NULL");
    }
    const mmio_status status = mmio__check_open(&call, cursor->map);
    return status == MMIO_OK ? move(&call, cursor, cursor->position, size, false) : status;
}

static uint64_t base_of(const mmio_cursor *cursor, uint32_t whence)
{
    switch (whence) {
    case MMIO_SEEK_START:
        return 0;
    case MMIO_SEEK_CURRENT:
        return cursor->position;
    default:
        return mmio_map_size(cursor->map);
    }
}

mmio_status mmio_cursor_seek(mmio_cursor *cursor, int64_t offset, uint32_t whence,
                             uint64_t *out_position, mmio_error *error)
{
    const mmio__call call = cursor_call("mmio_cursor_seek", cursor, error);
    if (out_position != NULL) {
        *out_position = 0;
    }
    if (cursor == NULL || whence > MMIO_SEEK_END) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the cursor is NULL, or whence %u is unknown",
                          (unsigned)whence);
    }
    const uint64_t base = base_of(cursor, whence);
    mmio_status status = mmio__check_open(&call, cursor->map);
    if (status == MMIO_OK) {
        const uint64_t distance = offset < 0 ? -(uint64_t)offset : (uint64_t)offset;
        status = move(&call, cursor, base, distance, offset < 0);
    }
    if (status == MMIO_OK && out_position != NULL) {
        *out_position = cursor->position;
    }
    return status;
}

uint64_t mmio_cursor_position(const mmio_cursor *cursor)
{
    return cursor != NULL ? cursor->position : 0;
}
