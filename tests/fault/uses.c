/* SPDX-License-Identifier: Apache-2.0 */
#include "uses.h"

static mmio_status use_read(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                            mmio_error *error)
{
    return mmio_map_read(map, offset, bytes, (size_t)size, error);
}

static mmio_status use_read_within(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                   mmio_error *error)
{
    return mmio_map_read_within(map, offset, bytes, (size_t)size, -1, error);
}

static mmio_status use_read_batch(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                  mmio_error *error)
{
    mmio_io entry = {.offset = offset, .size = size, .data = bytes};
    const mmio_status status = mmio_map_read_batch(map, &entry, 1, error);
    need(entry.status == status);
    return status;
}

static mmio_status use_find(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                            mmio_error *error)
{
    uint64_t found;
    (void)bytes;
    const mmio_status status = mmio_map_find(map, offset, size, "no such", 7, &found, error);
    need(found == UINT64_MAX);
    return status;
}

/* Kept for all calls of a thread: making one takes longer than ten copies. */
static mmio_map *other_map(void)
{
    static _Thread_local mmio_map *map;
    if (map == NULL) {
        need(mmio_map_anonymous(USE_SIZE_MOST, NULL, &map, NULL) == MMIO_OK);
    }
    return map;
}

static mmio_status use_copy_out(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                mmio_error *error)
{
    mmio_map *other = other_map();
    need(mmio_map_write(other, 0, bytes, (size_t)size, NULL) == MMIO_OK);
    const mmio_status status = mmio_map_copy(map, offset, other, 0, size, error);
    need(mmio_map_read(other, 0, bytes, (size_t)size, NULL) == MMIO_OK);
    return status;
}

static mmio_status use_cursor_read(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                   mmio_error *error)
{
    mmio_cursor *cursor;
    size_t count;
    need(mmio_cursor_open(map, &cursor, NULL) == MMIO_OK);
    need(mmio_cursor_seek(cursor, (int64_t)offset, MMIO_SEEK_START, NULL, NULL) == MMIO_OK);
    const mmio_status status = mmio_cursor_read(cursor, bytes, (size_t)size, &count, error);
    need(count == (status == MMIO_OK ? size : 0));
    need(mmio_cursor_position(cursor) == offset + count);
    mmio_cursor_close(cursor);
    return status;
}

static mmio_status use_segment_read(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                    mmio_error *error)
{
    mmio_segment *segment;
    need(mmio_segment_open(map, offset, size, &segment, NULL) == MMIO_OK);
    const mmio_status status = mmio_segment_read(segment, 0, bytes, (size_t)size, error);
    mmio_segment_close(segment);
    return status;
}

static mmio_status use_write(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                             mmio_error *error)
{
    return mmio_map_write(map, offset, bytes, (size_t)size, error);
}

static mmio_status use_write_within(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                    mmio_error *error)
{
    return mmio_map_write_within(map, offset, bytes, (size_t)size, -1, error);
}

static mmio_status use_write_batch(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                   mmio_error *error)
{
    mmio_io entry = {.offset = offset, .size = size, .data = bytes};
    const mmio_status status = mmio_map_write_batch(map, &entry, 1, error);
    need(entry.status == status);
    return status;
}

static mmio_status use_fill(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                            mmio_error *error)
{
    return mmio_map_fill(map, offset, size, bytes[0], error);
}

static mmio_status use_zero(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                            mmio_error *error)
{
    (void)bytes;
    return mmio_map_zero(map, offset, size, error);
}

static mmio_status use_copy_in(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                               mmio_error *error)
{
    mmio_map *other = other_map();
    need(mmio_map_write(other, 0, bytes, (size_t)size, NULL) == MMIO_OK);
    return mmio_map_copy(other, 0, map, offset, size, error);
}

static mmio_status use_cursor_write(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                    mmio_error *error)
{
    mmio_cursor *cursor;
    need(mmio_cursor_open(map, &cursor, NULL) == MMIO_OK);
    need(mmio_cursor_seek(cursor, (int64_t)offset, MMIO_SEEK_START, NULL, NULL) == MMIO_OK);
    const mmio_status status = mmio_cursor_write(cursor, bytes, (size_t)size, error);
    need(mmio_cursor_position(cursor) == offset + (status == MMIO_OK ? size : 0));
    mmio_cursor_close(cursor);
    return status;
}

static mmio_status use_segment_write(mmio_map *map, uint64_t offset, uint8_t *bytes, uint64_t size,
                                     mmio_error *error)
{
    mmio_segment *segment;
    need(mmio_segment_open(map, offset, size, &segment, NULL) == MMIO_OK);
    const mmio_status status = mmio_segment_write(segment, 0, bytes, (size_t)size, error);
    mmio_segment_close(segment);
    return status;
}

const use range_uses[] = {
    {"mmio_map_read", use_read, false, true},
    {"mmio_map_read_within", use_read_within, false, true},
    {"mmio_map_read_batch", use_read_batch, false, true},
    {"mmio_map_find", use_find, false, false},
    {"mmio_map_copy", use_copy_out, false, true},
    {"mmio_cursor_read", use_cursor_read, false, true},
    {"mmio_segment_read", use_segment_read, false, true},
    {"mmio_map_write", use_write, true, true},
    {"mmio_map_write_within", use_write_within, true, true},
    {"mmio_map_write_batch", use_write_batch, true, true},
    {"mmio_map_fill", use_fill, true, false},
    {"mmio_map_zero", use_zero, true, false},
    {"mmio_map_copy", use_copy_in, true, true},
    {"mmio_cursor_write", use_cursor_write, true, true},
    {"mmio_segment_write", use_segment_write, true, true},
    {NULL, NULL, false, false},
};

/* Cells. */

#define CELL_USE(bits, operation, ...)                                                             \
    static mmio_status use_##operation##_##bits(mmio_map *map, uint64_t offset, uint8_t *bytes,    \
                                                uint64_t size, mmio_error *error)                  \
    {                                                                                              \
        (void)bytes;                                                                               \
        (void)size;                                                                                \
        return mmio_atomic_u##bits##_##operation(map, offset, __VA_ARGS__, error);                 \
    }

#define CELL_USES(bits)                                                                            \
    CELL_USE(bits, load, &(uint##bits##_t){0})                                                     \
    CELL_USE(bits, store, 0)                                                                       \
    CELL_USE(bits, exchange, 0, NULL)                                                              \
    CELL_USE(bits, compare_exchange, 0, 0, NULL)                                                   \
    CELL_USE(bits, add, 0, NULL)                                                                   \
    CELL_USE(bits, sub, 0, NULL)                                                                   \
    CELL_USE(bits, and, 0, NULL)                                                                   \
    CELL_USE(bits, or, 0, NULL)                                                                    \
    CELL_USE(bits, xor, 0, NULL)

CELL_USES(32)
CELL_USES(64)

#define CELL_ENTRY(bits, operation, writes)                                                        \
    {                                                                                              \
        "mmio_atomic_u" #bits "_" #operation, use_##operation##_##bits, writes, false              \
    }

#define CELL_ENTRIES(bits)                                                                         \
    CELL_ENTRY(bits, load, false), CELL_ENTRY(bits, store, true),                                  \
        CELL_ENTRY(bits, exchange, true), CELL_ENTRY(bits, compare_exchange, true),                \
        CELL_ENTRY(bits, add, true), CELL_ENTRY(bits, sub, true), CELL_ENTRY(bits, and, true),     \
        CELL_ENTRY(bits, or, true), CELL_ENTRY(bits, xor, true)

const use cell_uses[] = {
    CELL_ENTRIES(32),
    CELL_ENTRIES(64),
    {NULL, NULL, false, false},
};
