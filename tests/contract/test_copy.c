/* SPDX-License-Identifier: Apache-2.0 */
/* D: copies. What else they promise among threads is in test_threads.c. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stall.h"
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
                      mmio_map_write_within(map, 0, &byte, 1, 0, ERR));
        assert_ok(mmio_map_write(map, 0, &byte, 0, ERR));
        assert_ok(mmio_map_write_within(map, UINT64_MAX, NULL, 0, 0, ERR));
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

static void D7_a_time_out_matters_only_when_somebody_is_in_the_way(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const int64_t timeouts[] = {0, 1, 60000, INT64_MAX, -1, INT64_MIN};
    const size_t count = sizeof timeouts / sizeof timeouts[0];
    for (size_t i = 0; i < count; i++) {
        char bytes[3];
        assert_ok(mmio_map_write_within(map, 0, i % 2 == 0 ? "abc" : "xyz", 3, timeouts[i], ERR));
        assert_ok(mmio_map_read_within(map, 0, bytes, 3, timeouts[i], ERR));
        assert_memory_equal(bytes, i % 2 == 0 ? "abc" : "xyz", 3);
        assert_status(MMIO_ERR_RANGE, mmio_map_read_within(map, 98, bytes, 3, timeouts[i], ERR));
        assert_status(MMIO_ERR_RANGE, mmio_map_write_within(map, 98, bytes, 3, timeouts[i], ERR));
    }
    assert_int_equal(mmio_map_pending(map), 3 * count);
    mmio_map_close(map);
}

/* A write of WRITE_SIZE bytes that stops in its middle, on a thread of its own. */
enum { MAP_SIZE = 16 << 20, WRITE_SIZE = 200000 };

typedef struct stalled_write {
    mmio_map *map;
    const void *data;
    uintptr_t thread;
    mmio_status status;
} stalled_write;

static void *write_body(void *argument)
{
    stalled_write *w = argument;
    w->status = mmio_map_write(w->map, 0, w->data, WRITE_SIZE, NULL);
    return NULL;
}

static void begin_stalled(stalled_write *w)
{
    w->map = create_map("f", MAP_SIZE);
    w->data = stall_begin(WRITE_SIZE, 'w');
    start_thread(&w->thread, write_body, w);
    stall_await();
}

static void end_stalled(stalled_write *w)
{
    (void)join_thread(w->thread);
    stall_end();
    assert_ok(w->status);
    mmio_map_close(w->map);
}

static void D7_a_copy_beside_a_write_is_busy_or_times_out(void **state)
{
    (void)state;
    stalled_write w;
    begin_stalled(&w);
    char byte = 'r';
    for (uint64_t offset = 0; offset < WRITE_SIZE; offset += WRITE_SIZE - 1) {
        assert_status(MMIO_ERR_BUSY, mmio_map_read_within(w.map, offset, &byte, 1, 0, ERR));
        assert_status(MMIO_ERR_BUSY, mmio_map_write_within(w.map, offset, &byte, 1, 0, ERR));
        const int64_t begin = now_ms();
        assert_status(MMIO_ERR_TIMEOUT, mmio_map_read_within(w.map, offset, &byte, 1, 30, ERR));
        assert_true(now_ms() >= begin + 30);
        assert_status(MMIO_ERR_TIMEOUT, mmio_map_write_within(w.map, offset, &byte, 1, 30, ERR));
        assert_true(now_ms() >= begin + 60);
        assert_non_null(strstr(last_error.message, "another copy"));
    }
    assert_int_equal(mmio_map_pending(w.map), 0);
    assert_ok(mmio_map_write_within(w.map, 1 << 20, &byte, 1, 0, ERR));
    assert_ok(mmio_map_read_within(w.map, 1 << 20, &byte, 1, 0, ERR));
    stall_let_go();
    end_stalled(&w);
}

typedef struct waiting_copy {
    mmio_map *map;
    int64_t timeout_ms;
    bool writes;
    char bytes[2];
    uintptr_t thread;
    _Atomic int id;
    mmio_status status;
} waiting_copy;

static void *wait_body(void *argument)
{
    waiting_copy *c = argument;
    c->id = thread_id();
    c->status = c->writes ? mmio_map_write_within(c->map, 0, c->bytes, 2, c->timeout_ms, NULL)
                          : mmio_map_read_within(c->map, 0, c->bytes, 2, c->timeout_ms, NULL);
    return NULL;
}

/* Two copies of one kind wait until the write is over; `expected` is there then. */
static void check_waiting(bool writes, const char *expected)
{
    stalled_write w;
    begin_stalled(&w);
    waiting_copy copies[] = {{.timeout_ms = -1}, {.timeout_ms = 60000}};
    for (size_t i = 0; i < 2; i++) {
        copies[i].map = w.map;
        copies[i].writes = writes;
        memcpy(copies[i].bytes, "ab", 2);
        start_thread(&copies[i].thread, wait_body, &copies[i]);
        while (copies[i].id == 0) {
        }
        await_sleep(copies[i].id, SYS_futex);
    }
    stall_let_go();
    char bytes[2];
    for (size_t i = 0; i < 2; i++) {
        (void)join_thread(copies[i].thread);
        assert_ok(copies[i].status);
        assert_memory_equal(copies[i].bytes, expected, 2);
    }
    file_bytes("f", 0, bytes, 2);
    assert_memory_equal(bytes, expected, 2);
    end_stalled(&w);
}

static void D7_a_read_with_time_waits_until_the_write_is_over(void **state)
{
    (void)state;
    check_waiting(false, "ww");
}

static void D7_a_write_with_time_waits_until_the_other_is_over(void **state)
{
    (void)state;
    check_waiting(true, "ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D1_what_was_written_is_read_back),
        IN_DIRECTORY(D1_modes_decide_who_may_write),
        IN_DIRECTORY(D1_refused_and_empty_writes_count_nothing),
        IN_DIRECTORY(D7_a_time_out_matters_only_when_somebody_is_in_the_way),
        IN_DIRECTORY(D7_a_copy_beside_a_write_is_busy_or_times_out),
        IN_DIRECTORY(D7_a_read_with_time_waits_until_the_write_is_over),
        IN_DIRECTORY(D7_a_write_with_time_waits_until_the_other_is_over),
    };
    return cmocka_run_group_tests_name("contract D: copies", tests, NULL, NULL);
}
