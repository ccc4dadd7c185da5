/* SPDX-License-Identifier: Apache-2.0 */
/* H1: atomic cells. */
#include <unistd.h>

#include "children.h"
#include "support.h"

/* Each operation once, on a cell of either width. */
#define TEST_OPERATIONS(bits)                                                                      \
    static void H1_operations_on_u##bits(void **state)                                             \
    {                                                                                              \
        (void)state;                                                                               \
        mmio_map *map = create_map("f", 64);                                                       \
        uint##bits##_t got = 1;                                                                    \
        assert_ok(mmio_atomic_u##bits##_load(map, 8, &got, ERR));                                  \
        assert_int_equal(got, 0);                                                                  \
        assert_ok(mmio_atomic_u##bits##_store(map, 8, 6, ERR));                                    \
        assert_ok(mmio_atomic_u##bits##_exchange(map, 8, 12, &got, ERR));                          \
        assert_int_equal(got, 6);                                                                  \
        assert_ok(mmio_atomic_u##bits##_compare_exchange(map, 8, 13, 99, &got, ERR));              \
        assert_int_equal(got, 12);                                                                 \
        assert_ok(mmio_atomic_u##bits##_compare_exchange(map, 8, 12, 20, &got, ERR));              \
        assert_int_equal(got, 12);                                                                 \
        assert_ok(mmio_atomic_u##bits##_add(map, 8, 5, &got, ERR));                                \
        assert_int_equal(got, 20);                                                                 \
        assert_ok(mmio_atomic_u##bits##_sub(map, 8, 26, &got, ERR));                               \
        assert_int_equal(got, 25);                                                                 \
        assert_ok(mmio_atomic_u##bits##_and(map, 8, 0xf0, &got, ERR));                             \
        assert_int_equal(got, UINT##bits##_MAX);                                                   \
        assert_ok(mmio_atomic_u##bits##_or(map, 8, 0x0f, &got, ERR));                              \
        assert_int_equal(got, 0xf0);                                                               \
        assert_ok(mmio_atomic_u##bits##_xor(map, 8, 0xaa, &got, ERR));                             \
        assert_int_equal(got, 0xff);                                                               \
        assert_ok(mmio_atomic_u##bits##_load(map, 8, &got, ERR));                                  \
        assert_int_equal(got, 0x55);                                                               \
        uint##bits##_t in_file;                                                                    \
        file_bytes("f", 8, &in_file, sizeof in_file);                                              \
        assert_int_equal(in_file, 0x55);                                                           \
        mmio_map_close(map);                                                                       \
    }

TEST_OPERATIONS(32)
TEST_OPERATIONS(64)

static void H1_checks_mode_then_alignment_then_bounds(void **state)
{
    (void)state;
    make_file("f", 64, 0);
    uint64_t value;
    uint32_t half;
    const uint32_t denied[] = {MMIO_MODE_RO, MMIO_MODE_COW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", denied[i]);
        assert_status(MMIO_ERR_MODE, mmio_atomic_u64_load(map, 65, &value, ERR));
        assert_status(MMIO_ERR_MODE, mmio_atomic_u64_store(map, 0, 1, ERR));
        mmio_map_close(map);
    }
    const uint32_t allowed[] = {MMIO_MODE_RW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", allowed[i]);
        assert_status(MMIO_ERR_ALIGN, mmio_atomic_u64_load(map, 1001, &value, ERR));
        assert_int_equal(last_error.offset, 1001);
        assert_int_equal(last_error.limit, 8);
        assert_status(MMIO_ERR_ALIGN, mmio_atomic_u64_add(map, 4, 1, &value, ERR));
        assert_ok(mmio_atomic_u32_add(map, 4, 1, &half, ERR));
        assert_status(MMIO_ERR_ALIGN, mmio_atomic_u32_add(map, 2, 1, &half, ERR));
        assert_int_equal(last_error.limit, 4);
        assert_status(MMIO_ERR_RANGE, mmio_atomic_u64_load(map, 64, &value, ERR));
        assert_status(MMIO_ERR_RANGE, mmio_atomic_u64_load(map, UINT64_MAX - 7, &value, ERR));
        assert_ok(mmio_atomic_u64_load(map, 56, &value, ERR));
        mmio_map_close(map);
    }
}

static void H1_a_cell_that_straddles_the_end_is_out_of_range(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 12);
    uint64_t value;
    uint32_t half;
    assert_status(MMIO_ERR_RANGE, mmio_atomic_u64_load(map, 8, &value, ERR));
    assert_int_equal(last_error.size, 8);
    assert_int_equal(last_error.limit, 12);
    assert_ok(mmio_atomic_u32_load(map, 8, &half, ERR));
    mmio_map_close(map);
}

static void H1_runs_are_pinned_views(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    mmio_view run;
    assert_ok(mmio_atomic_acquire(map, 16, 6, 8, &run, ERR));
    assert_int_equal(run.size, 48);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 63, 0, ERR));
    ((uint64_t *)run.data)[5] = 77;
    uint64_t value;
    assert_ok(mmio_atomic_u64_load(map, 56, &value, ERR));
    assert_int_equal(value, 77);
    mmio_view_release(&run);
    assert_ok(mmio_map_resize(map, 63, 0, ERR));
    mmio_map_close(map);
}

static void H1_runs_check_like_cells_and_may_be_empty(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    mmio_view run;
    assert_ok(mmio_atomic_acquire(map, 64, 0, 8, &run, ERR));
    mmio_view_release(&run);
    assert_status(MMIO_ERR_RANGE, mmio_atomic_acquire(map, 72, 0, 8, &run, ERR));
    assert_status(MMIO_ERR_ALIGN, mmio_atomic_acquire(map, 2, 0, 4, &run, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_atomic_acquire(map, 0, 9, 8, &run, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_atomic_acquire(map, 0, UINT64_MAX / 4, 8, &run, ERR));
    assert_int_equal(last_error.size, UINT64_MAX);
    mmio_map_close(map);
    make_file("g", 64, 0);
    map = open_mode("g", MMIO_MODE_RO);
    assert_status(MMIO_ERR_MODE, mmio_atomic_acquire(map, 1, 0, 8, &run, ERR));
    mmio_map_close(map);
}

enum { ADDS = 100000, FLIPS = 20000, ADDERS = 4 };

static void *add_body(void *argument)
{
    mmio_map *map = argument;
    for (int i = 0; i < ADDS; i++) {
        if (mmio_atomic_u64_add(map, 0, 1, NULL, NULL) != MMIO_OK) {
            return map;
        }
    }
    return NULL;
}

static void H1_H4_threads_and_processes_add_to_one_cell(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 8);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        mmio_map *own = open_mode("f", MMIO_MODE_RW);
        _exit(add_body(own) == NULL ? 0 : 1);
    }
    uintptr_t threads[ADDERS];
    for (int i = 0; i < ADDERS; i++) {
        start_thread(&threads[i], add_body, map);
    }
    for (int i = 0; i < ADDERS; i++) {
        assert_null(join_thread(threads[i]));
    }
    end_well(child);
    uint64_t sum = 0;
    assert_ok(mmio_atomic_u64_load(map, 0, &sum, ERR));
    assert_int_equal(sum, (uint64_t)ADDS * (ADDERS + 1));
    mmio_map_close(map);
}

static void H1_cells_of_private_and_anonymous_maps_are_their_own(void **state)
{
    (void)state;
    make_file("f", 16, 0);
    mmio_map *maps[] = {open_mode("f", MMIO_MODE_COW_RW), anonymous_map(16)};
    for (size_t i = 0; i < 2; i++) {
        uint64_t value = 0;
        mmio_view run;
        assert_ok(mmio_atomic_u64_add(maps[i], 8, 5, NULL, ERR));
        assert_ok(mmio_atomic_u64_load(maps[i], 8, &value, ERR));
        assert_int_equal(value, 5);
        assert_ok(mmio_atomic_acquire(maps[i], 0, 2, 8, &run, ERR));
        assert_int_equal(((const uint64_t *)run.data)[1], 5);
        mmio_view_release(&run);
        mmio_map_close(maps[i]);
    }
    uint64_t in_file;
    file_bytes("f", 8, &in_file, sizeof in_file);
    assert_int_equal(in_file, 0);
}

/* Each thread has bits of its own, and leaves them as they were. */
typedef struct flipper {
    mmio_map *map;
    uint32_t bits;
} flipper;

static void *flip_body(void *argument)
{
    const flipper *f = argument;
    for (int i = 0; i < FLIPS; i++) {
        const uint64_t wide = (uint64_t)f->bits << 32 | f->bits;
        assert_ok(mmio_atomic_u32_xor(f->map, 0, f->bits, NULL, NULL));
        assert_ok(mmio_atomic_u32_xor(f->map, 0, f->bits, NULL, NULL));
        assert_ok(mmio_atomic_u32_or(f->map, 4, f->bits, NULL, NULL));
        assert_ok(mmio_atomic_u32_and(f->map, 4, ~f->bits, NULL, NULL));
        assert_ok(mmio_atomic_u64_xor(f->map, 8, wide, NULL, NULL));
        assert_ok(mmio_atomic_u64_xor(f->map, 8, wide, NULL, NULL));
        assert_ok(mmio_atomic_u64_or(f->map, 16, wide, NULL, NULL));
        assert_ok(mmio_atomic_u64_and(f->map, 16, ~wide, NULL, NULL));
    }
    return NULL;
}

static void H1_no_bit_of_another_thread_is_lost(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 24);
    flipper flippers[ADDERS];
    uintptr_t threads[ADDERS];
    for (int i = 0; i < ADDERS; i++) {
        flippers[i] = (flipper){map, (uint32_t)0x01010101 << i};
        start_thread(&threads[i], flip_body, &flippers[i]);
    }
    for (int i = 0; i < ADDERS; i++) {
        (void)join_thread(threads[i]);
    }
    for (uint64_t offset = 0; offset < 24; offset += 8) {
        uint64_t cells = 1;
        assert_ok(mmio_atomic_u64_load(map, offset, &cells, ERR));
        assert_int_equal(cells, 0);
    }
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(H1_operations_on_u32),
        IN_DIRECTORY(H1_operations_on_u64),
        IN_DIRECTORY(H1_checks_mode_then_alignment_then_bounds),
        IN_DIRECTORY(H1_a_cell_that_straddles_the_end_is_out_of_range),
        IN_DIRECTORY(H1_runs_are_pinned_views),
        IN_DIRECTORY(H1_runs_check_like_cells_and_may_be_empty),
        IN_DIRECTORY(H1_cells_of_private_and_anonymous_maps_are_their_own),
        IN_DIRECTORY(H1_H4_threads_and_processes_add_to_one_cell),
        IN_DIRECTORY(H1_no_bit_of_another_thread_is_lost),
    };
    return cmocka_run_group_tests_name("contract H: atomics", tests, NULL, NULL);
}
