/* SPDX-License-Identifier: Apache-2.0 */
#include "cursors.h"

mmio_cursor *cursor_of(mmio_map *map)
{
    mmio_cursor *cursor = NULL;
    assert_ok(mmio_cursor_open(map, &cursor, ERR));
    return cursor;
}

void check_read(mmio_cursor *cursor, size_t size, const char *expected)
{
    char bytes[64] = {0};
    size_t count = SIZE_MAX;
    assert_true(size <= sizeof bytes);
    assert_ok(mmio_cursor_read(cursor, bytes, size, &count, ERR));
    assert_int_equal(count, strlen(expected));
    assert_memory_equal(bytes, expected, count);
}

void check_seek(mmio_cursor *cursor, int64_t offset, uint32_t whence, uint64_t expected)
{
    uint64_t position = UINT64_MAX;
    assert_ok(mmio_cursor_seek(cursor, offset, whence, &position, ERR));
    assert_int_equal(position, expected);
    assert_int_equal(mmio_cursor_position(cursor), expected);
}

mmio_map *alphabet(uint32_t mode)
{
    if (!file_exists("f")) {
        mmio_map *map = create_map("f", 26);
        assert_ok(mmio_map_write(map, 0, "abcdefghijklmnopqrstuvwxyz", 26, ERR));
        mmio_map_close(map);
    }
    return open_mode("f", mode);
}
