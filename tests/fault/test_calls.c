/* SPDX-License-Identifier: Apache-2.0 */
/* L1, L4: calls of the library on bytes that are gone answer; nobody dies. */
#include <stdio.h>
#include <unistd.h>

#include "faults.h"
#include "uses.h"

/* Each map has so many pages, of which a few bytes before the first's end and after it are used. */
#define PAGES 4
#define BEFORE 50
#define SIZE 100

static uint8_t bytes[SIZE];

static void check_fault(const use *each, mmio_map *map)
{
    const uint64_t page = page_size();
    mmio_error error;
    print_message("           %s\n", each->name);
    const bool counts = each->writes && mmio_map_mode(map) == MMIO_MODE_RW;
    const uint64_t pending = mmio_map_pending(map);
    assert_status(MMIO_ERR_FAULT, each->call(map, page - BEFORE, bytes, SIZE, &error));
    assert_int_equal(mmio_map_pending(map), pending + (counts ? BEFORE : 0));
    assert_int_equal(error.status, MMIO_ERR_FAULT);
    assert_int_equal(error.offset, page);
    assert_int_equal(error.done, BEFORE);
    assert_int_equal(error.size, SIZE);
    assert_int_equal(error.limit, page);
    assert_int_equal(error.cause, MMIO_CAUSE_TRUNCATED);
    assert_non_null(strstr(error.message, each->name));
    assert_non_null(strstr(error.message, "the file was cut; 50 of 100 bytes were done"));
    /* What is there can be used as before. */
    assert_ok(each->call(map, page - SIZE, bytes, SIZE, ERR));
}

static void check_uses(const char *path, uint32_t mode)
{
    make_file(path, PAGES * page_size(), 'x');
    mmio_map *map = open_mode(path, mode);
    cut_file(path, page_size());
    for (const use *each = range_uses; each->name != NULL; each++) {
        if (!each->writes || mode == MMIO_MODE_RW || mode == MMIO_MODE_COW_RW) {
            check_fault(each, map);
        }
    }
    mmio_map_close(map);
}

static void check_all_modes(uint32_t guard)
{
    assert_ok(mmio_fault_guard(guard, ERR));
    char memory[64];
    (void)snprintf(memory, sizeof memory, "/dev/shm/mmio-test-%d", (int)getpid());
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        check_uses("f", mode);
        check_uses(memory, mode);
    }
    (void)unlink(memory);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

static void L1_every_call_answers_with_the_bytes_done_and_the_cause(void **state)
{
    (void)state;
    check_all_modes(MMIO_GUARD_SIGNAL);
}

static void L4_system_calls_give_the_same_answers(void **state)
{
    (void)state;
    check_all_modes(MMIO_GUARD_SYSCALL);
}

/* Wherever in a copy of whatever length the fault is, all before it is done and nothing behind. */
static void check_exact(mmio_map *map, uint64_t before, uint64_t behind)
{
    static uint8_t to[9000];
    const uint64_t page = page_size();
    mmio_error error;
    memset(to, 'y', sizeof to);
    assert_status(MMIO_ERR_FAULT,
                  mmio_map_read(map, page - before, to, (size_t)(before + behind), &error));
    assert_int_equal(error.done, before);
    for (size_t i = 0; i < before + behind; i++) {
        assert_int_equal(to[i], i < before ? 'x' : 'y');
    }
    memset(to, 'z', sizeof to);
    assert_status(MMIO_ERR_FAULT,
                  mmio_map_write(map, page - before, to, (size_t)(before + behind), &error));
    assert_int_equal(error.done, before);
    uint8_t now[4096];
    file_bytes("f", page - before, now, (size_t)before);
    for (size_t i = 0; i < before; i++) {
        assert_int_equal(now[i], 'z');
    }
    assert_ok(mmio_map_fill(map, 0, page, 'x', ERR));
}

static void check_lengths(uint32_t guard)
{
    static const uint64_t lengths[] = {1,   2,   3,   4,    5,    7,    8,    9,   15, 16,
                                       17,  24,  31,  32,   33,   48,   63,   64,  65, 100,
                                       127, 128, 129, 1023, 1024, 1025, 2000, 3000};
    const size_t count = sizeof lengths / sizeof lengths[0];
    assert_ok(mmio_fault_guard(guard, ERR));
    make_file("f", PAGES * page_size(), 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    cut_file("f", page_size());
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            check_exact(map, lengths[i], lengths[k]);
        }
        check_exact(map, 0, lengths[i]);
    }
    mmio_map_close(map);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

static void L1_the_bytes_done_are_exact_at_every_length(void **state)
{
    (void)state;
    check_lengths(MMIO_GUARD_SIGNAL);
}

static void L4_they_are_exact_with_system_calls(void **state)
{
    (void)state;
    check_lengths(MMIO_GUARD_SYSCALL);
}

#define CHECK_CELLS(bits)                                                                          \
    do {                                                                                           \
        uint##bits##_t value = 1;                                                                  \
        mmio_error error;                                                                          \
        mmio_status (*const fetches[])(mmio_map *, uint64_t, uint##bits##_t, uint##bits##_t *,     \
                                       mmio_error *) = {                                           \
            mmio_atomic_u##bits##_exchange, mmio_atomic_u##bits##_add, mmio_atomic_u##bits##_sub,  \
            mmio_atomic_u##bits##_and,      mmio_atomic_u##bits##_or,  mmio_atomic_u##bits##_xor}; \
        for (size_t i = 0; i < sizeof fetches / sizeof fetches[0]; i++) {                          \
            value = 1;                                                                             \
            assert_status(MMIO_ERR_FAULT, fetches[i](map, page, 5, &value, &error));               \
            assert_int_equal(value, 0);                                                            \
            assert_int_equal(error.offset, page);                                                  \
            assert_int_equal(error.cause, MMIO_CAUSE_TRUNCATED);                                   \
            assert_ok(fetches[i](map, page - 8, 5, &value, ERR));                                  \
        }                                                                                          \
        assert_status(MMIO_ERR_FAULT, mmio_atomic_u##bits##_load(map, page, &value, ERR));         \
        assert_status(MMIO_ERR_FAULT, mmio_atomic_u##bits##_store(map, page, 1, ERR));             \
        assert_status(MMIO_ERR_FAULT,                                                              \
                      mmio_atomic_u##bits##_compare_exchange(map, page, 0, 1, &value, ERR));       \
    } while (0)

static void check_cells(uint32_t guard)
{
    const uint64_t page = page_size();
    assert_ok(mmio_fault_guard(guard, ERR));
    make_file("f", PAGES * page, 0);
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    cut_file("f", page);
    CHECK_CELLS(32);
    CHECK_CELLS(64);
    const uint64_t before = mmio_map_pending(map);
    assert_status(MMIO_ERR_FAULT, mmio_atomic_u32_add(map, page, 1, NULL, ERR));
    assert_int_equal(mmio_map_pending(map), before);
    assert_status(MMIO_ERR_FAULT, mmio_atomic_u32_wait(map, page, 0, 10, ERR));
    mmio_map_close(map);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

/* ThreadSanitizer must see cells, so that a fault in one is the program's there. */
static void L1_cells_that_are_gone_answer(void **state)
{
    (void)state;
#if !defined(__SANITIZE_THREAD__)
    check_cells(MMIO_GUARD_SIGNAL);
#endif
}

static void L4_cells_answer_with_system_calls(void **state)
{
    (void)state;
    check_cells(MMIO_GUARD_SYSCALL);
}

static void L1_a_failed_append_claims_no_place(void **state)
{
    (void)state;
    assert_ok(mmio_fault_guard(MMIO_GUARD_SIGNAL, ERR));
    mmio_map *map = create_map("f", 100);
    uint64_t offset;
    assert_ok(mmio_map_append(map, "abc", 3, &offset, ERR));
    cut_file("f", 0);
    mmio_error error;
    assert_status(MMIO_ERR_FAULT, mmio_map_append(map, "def", 3, &offset, &error));
    assert_int_equal(error.cause, MMIO_CAUSE_TRUNCATED);
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.appended, 103);
    mmio_map_close(map);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

static void L1_copies_within_a_map_tell_where_the_fault_was(void **state)
{
    (void)state;
    const uint64_t page = page_size();
    assert_ok(mmio_fault_guard(MMIO_GUARD_SIGNAL, ERR));
    make_file("f", PAGES * page, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    cut_file("f", 2 * page);
    mmio_error error;
    /* Forwards: one page is read and written. */
    assert_status(MMIO_ERR_FAULT, mmio_map_copy(map, page, map, 0, 2 * page, &error));
    assert_int_equal(error.done, page);
    assert_int_equal(error.offset, 2 * page);
    /* Backwards: the last piece is the first. */
    assert_status(MMIO_ERR_FAULT, mmio_map_copy(map, page, map, page + 1, 2 * page, &error));
    assert_int_equal(error.done, 0);
    assert_true(error.offset >= 2 * page && error.offset < 3 * page);
    assert_status(MMIO_ERR_FAULT, mmio_map_copy(map, page, map, page + 1, 2 * page, NULL));
    mmio_map_close(map);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

typedef struct resizer {
    mmio_map *map;
    _Atomic bool is_over;
} resizer;

static void *keep_resizing(void *argument)
{
    resizer *r = argument;
    while (!r->is_over) {
        need(mmio_map_resize(r->map, 1, -1, NULL) == MMIO_OK);
        need(mmio_map_resize(r->map, PAGES * page_size(), -1, NULL) == MMIO_OK);
    }
    return NULL;
}

/* Whichever of the file and the map is shorter at a moment. */
static void L3_E2_a_resize_of_the_maps_own_is_no_loss(void **state)
{
    (void)state;
    resizer r = {.map = create_map("f", PAGES * page_size())};
    uintptr_t thread;
    start_thread(&thread, keep_resizing, &r);
    for (int i = 0; i < 200000; i++) {
        assert_ok(mmio_map_check_faults(r.map, ERR));
    }
    r.is_over = true;
    (void)join_thread(thread);
    mmio_map_close(r.map);
}

/* So much that its middle becomes a hole, which needs none of the bytes. */
static void L1_D4_zeroing_what_is_gone_at_its_edges(void **state)
{
    (void)state;
    const uint64_t page = page_size();
    const uint64_t size = 40 * page;
    assert_ok(mmio_fault_guard(MMIO_GUARD_SIGNAL, ERR));
    make_file("f", size, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    mmio_error error;
    cut_file("f", size - page);
    assert_status(MMIO_ERR_FAULT, mmio_map_zero(map, 100, size - 200, &error));
    assert_int_equal(error.done, size - page - 100);
    assert_int_equal(error.offset, size - page);
    cut_file("f", 0);
    assert_status(MMIO_ERR_FAULT, mmio_map_zero(map, 100, size - 200, &error));
    assert_int_equal(error.done, 0);
    assert_int_equal(error.offset, 100);
    assert_int_equal(error.cause, MMIO_CAUSE_TRUNCATED);
    mmio_map_close(map);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

static void L1_F4_a_write_that_faults_is_not_flushed(void **state)
{
    (void)state;
    assert_ok(mmio_fault_guard(MMIO_GUARD_SIGNAL, ERR));
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_set_policy(map, MMIO_POLICY_ALWAYS, 0, ERR));
    mmio_map_info info = {.struct_size = sizeof info};
    cut_file("f", 0);
    assert_status(MMIO_ERR_FAULT, mmio_map_write(map, 10, "abc", 3, ERR));
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.flushes, 0);
    assert_int_equal(info.pending, 0);
    mmio_map_close(map);
    assert_ok(mmio_fault_guard(MMIO_GUARD_OFF, ERR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L1_every_call_answers_with_the_bytes_done_and_the_cause),
        IN_DIRECTORY(L4_system_calls_give_the_same_answers),
        IN_DIRECTORY(L1_the_bytes_done_are_exact_at_every_length),
        IN_DIRECTORY(L4_they_are_exact_with_system_calls),
        IN_DIRECTORY(L1_cells_that_are_gone_answer),
        IN_DIRECTORY(L4_cells_answer_with_system_calls),
        IN_DIRECTORY(L1_a_failed_append_claims_no_place),
        IN_DIRECTORY(L1_copies_within_a_map_tell_where_the_fault_was),
        IN_DIRECTORY(L3_E2_a_resize_of_the_maps_own_is_no_loss),
        IN_DIRECTORY(L1_D4_zeroing_what_is_gone_at_its_edges),
        IN_DIRECTORY(L1_F4_a_write_that_faults_is_not_flushed),
    };
    return cmocka_run_group_tests_name("contract L1, L4: faults in calls", tests, NULL, NULL);
}
