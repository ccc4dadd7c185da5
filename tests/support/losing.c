/* SPDX-License-Identifier: Apache-2.0 */
#include "losing.h"

static const uint32_t levels[] = {MMIO_FLUSH_DATA, MMIO_FLUSH_START, MMIO_FLUSH_FULL};

mmio_map *open_file(void)
{
    return open_mode("disk/f", MMIO_MODE_RW);
}

void write_byte(mmio_map *map, char byte)
{
    assert_ok(mmio_map_write(map, PLACE, &byte, 1, ERR));
}

int32_t lost_code(mmio_map *map)
{
    return info_of(map).lost_code;
}

int32_t check_first(mmio_status status)
{
    assert_true(status == MMIO_ERR_NO_SPACE || status == MMIO_ERR_IO);
    assert_int_not_equal(last_error.os_code, 0);
    return last_error.os_code;
}

int32_t lose_byte(mmio_map *map)
{
    write_byte(map, 'y');
    failing_disk_fail();
    return check_first(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
}

void check_lost(mmio_status status, int32_t code)
{
    assert_status(MMIO_ERR_LOST, status);
    assert_int_equal(last_error.os_code, code);
    assert_int_equal(last_error.offset, 0);
    assert_int_equal(last_error.size, FILE_SIZE);
}

void check_every_flush_says_lost(mmio_map *map, int32_t code)
{
    for (size_t i = 0; i < 3; i++) {
        check_lost(mmio_map_flush(map, levels[i], ERR), code);
        check_lost(mmio_map_flush_range(map, 10, 10, levels[i], ERR), code);
    }
    assert_int_equal(lost_code(map), code);
}

char byte_on_device(void)
{
    char byte;
    failing_disk_show(PLACE, &byte, 1);
    return byte;
}
