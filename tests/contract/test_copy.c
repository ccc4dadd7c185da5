/* SPDX-License-Identifier: Apache-2.0 */
/* D: copies. What they promise among threads is in test_threads.c. */
#include <stdlib.h>

#include "support.h"

static void D1_what_was_written_is_read_back(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    unsigned char *bytes = malloc(1 << 20);
    unsigned char *back = malloc(1 << 20);
    assert_non_null(bytes);
    assert_non_null(back);
    const struct {
        uint64_t offset;
        size_t size;
    } ranges[] = {{0, 1}, {65535, 2}, {1, 65536}, {100, 300000}, {0, 1 << 20}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        for (size_t at = 0; at < ranges[i].size; at++) {
            bytes[at] = (unsigned char)(at * 7 + i);
        }
        assert_ok(mmio_map_write(map, ranges[i].offset, bytes, ranges[i].size, ERR));
        assert_ok(mmio_map_read(map, ranges[i].offset, back, ranges[i].size, ERR));
        assert_memory_equal(bytes, back, ranges[i].size);
        file_bytes("f", ranges[i].offset, back, ranges[i].size);
        assert_memory_equal(bytes, back, ranges[i].size);
    }
    free(back);
    free(bytes);
    mmio_map_close(map);
}

static void D1_modes_decide_who_may_write(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        mmio_map *map = open_mode("f", mode);
        const bool is_writable = mode == MMIO_MODE_RW || mode == MMIO_MODE_COW_RW;
        char byte = 0;
        assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
        assert_int_equal(byte, 'x');
        assert_status(is_writable ? MMIO_OK : MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
        assert_status(is_writable ? MMIO_OK : MMIO_ERR_MODE,
                      mmio_map_try_write(map, 0, &byte, 1, ERR));
        assert_ok(mmio_map_write(map, 0, &byte, 0, ERR));
        assert_ok(mmio_map_try_write(map, UINT64_MAX, NULL, 0, ERR));
        mmio_map_close(map);
    }
}

static void D1_refused_and_empty_writes_count_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    char byte = 0;
    assert_ok(mmio_map_write(map, 0, &byte, 0, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_map_write(map, 100, &byte, 1, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_write(map, 99, &byte, 1, ERR));
    assert_int_equal(mmio_map_pending(map), 1);
    mmio_map_close(map);
}

static void D7_the_non_waiting_forms_work_when_nobody_is_in_the_way(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    char bytes[3];
    assert_ok(mmio_map_try_read(map, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "\0\0\0", 3);
    assert_ok(mmio_map_try_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_map_try_read(map, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    assert_status(MMIO_ERR_RANGE, mmio_map_try_read(map, 98, bytes, 3, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_map_try_write(map, 98, bytes, 3, ERR));
    assert_int_equal(mmio_map_pending(map), 3);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D1_what_was_written_is_read_back),
        IN_DIRECTORY(D1_modes_decide_who_may_write),
        IN_DIRECTORY(D1_refused_and_empty_writes_count_nothing),
        IN_DIRECTORY(D7_the_non_waiting_forms_work_when_nobody_is_in_the_way),
    };
    return cmocka_run_group_tests_name("contract D: copies", tests, NULL, NULL);
}
