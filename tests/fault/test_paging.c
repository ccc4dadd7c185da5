/* SPDX-License-Identifier: Apache-2.0 */
/* L1: paging calls and flushes on files that others have cut. */
#include <unistd.h>

#include "faults.h"

#define MIB ((uint64_t)1 << 20)

/* The sanitizers make mlock() do nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MLOCK_WORKS 0
#else
#define MLOCK_WORKS 1
#endif

/* Touching, whatever guard there is. */

static mmio_map *cut_map(uint32_t mode, uint64_t size, uint64_t left)
{
    make_file("f", 0, 0);
    need(truncate("f", (off_t)size) == 0);
    mmio_map *map = open_mode("f", mode);
    cut_file("f", left);
    return map;
}

static void check_touch(mmio_map *map, uint64_t offset, uint64_t size, uint64_t done)
{
    mmio_error error;
    const uint32_t flags = mmio_map_mode(map) == MMIO_MODE_RW ? MMIO_POPULATE_WRITE : 0;
    need(mmio_map_touch(map, offset, size, flags, NULL, NULL, &error) == MMIO_ERR_FAULT);
    need(error.status == MMIO_ERR_FAULT);
    need(error.offset == offset + done);
    need(error.size == size);
    need(error.done == done);
    need(error.cause == MMIO_CAUSE_TRUNCATED);
}

static void touch_cut_maps(void)
{
    const uint64_t page = page_size();
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_RW; mode++) {
        mmio_map *map = cut_map(mode, 80 * MIB, 3 * page);
        check_touch(map, 0, 80 * MIB, 3 * page);
        check_touch(map, 2 * page + 100, page, page - 100);
        check_touch(map, 3 * page + 100, 10, 0);
        need(mmio_map_touch(map, 2 * page + 100, page - 100, 0, NULL, NULL, NULL) == MMIO_OK);
        mmio_map_close(map);
        /* In the third of the pieces that are read in at once. */
        map = cut_map(mode, 80 * MIB, 70 * MIB + 1);
        check_touch(map, 0, 80 * MIB, 70 * MIB + page);
        mmio_map_close(map);
    }
}

static void touch_cut_window(void)
{
    const uint64_t page = page_size();
    make_file("f", 8 * page, 'x');
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.window_offset = page + 10;
    mmio_map *map;
    need(mmio_map_open("f", &options, &map, NULL) == MMIO_OK);
    cut_file("f", 4 * page);
    check_touch(map, 0, 5 * page, 3 * page - 10);
    check_touch(map, 2 * page, page, page - 10);
    cut_file("f", 0);
    check_touch(map, 0, 5 * page, 0);
    mmio_map_close(map);
}

static void touch_under_all_guards(void)
{
    for (uint32_t guard = MMIO_GUARD_OFF; guard <= MMIO_GUARD_SYSCALL; guard++) {
        need(mmio_fault_guard(guard, NULL) == MMIO_OK);
        touch_cut_maps();
        touch_cut_window();
    }
}

static void L1_G2_touching_tells_the_first_page_that_is_gone(void **state)
{
    (void)state;
    survives(touch_under_all_guards);
}

#if MLOCK_WORKS
static void lock_cut_maps(void)
{
    const uint64_t page = page_size();
    mmio_map *map = cut_map(MMIO_MODE_RW, 80 * MIB, 3 * page);
    mmio_error error;
    need(mmio_map_lock_memory(map, page + 100, 4 * page, &error) == MMIO_ERR_FAULT);
    need(error.offset == 3 * page && error.done == 2 * page - 100);
    need(error.size == 4 * page && error.cause == MMIO_CAUSE_TRUNCATED);
    need(mmio_map_unlock_memory(map, 0, 80 * MIB, NULL) == MMIO_OK);
    need(mmio_map_lock_memory(map, 0, 3 * page, NULL) == MMIO_OK);
    mmio_map_close(map);
}

static void L1_G4_locking_tells_the_first_page_that_is_gone(void **state)
{
    (void)state;
    survives(lock_cut_maps);
}
#endif

/* The others ask the system about pages, or for them, and use none. */

static void ask_about(mmio_map *map, uint64_t offset, uint64_t size)
{
    uint8_t pages[16];
    mmio_residency residency = {.struct_size = sizeof residency};
    uint32_t state;
    need(mmio_map_residency(map, offset, size, &residency, NULL) == MMIO_OK);
    need(residency.cached <= 16);
    need(mmio_map_resident_pages(map, offset, size, size / page_size(), pages, NULL) == MMIO_OK);
    need(mmio_map_huge_pages(map, &state, NULL) == MMIO_OK);
    need(mmio_map_prefetch(map, offset, size, NULL) == MMIO_OK);
    for (uint32_t advice = MMIO_ADVICE_NORMAL; advice <= MMIO_ADVICE_DONT_NEED; advice++) {
        need(mmio_map_advise(map, offset, size, advice, NULL) == MMIO_OK);
    }
    need(mmio_map_unlock_memory(map, offset, size, NULL) == MMIO_OK);
    need(mmio_map_evict(map, offset, size, NULL) == MMIO_OK);
}

static void flush_all(mmio_map *map, uint64_t offset, uint64_t size)
{
    for (uint32_t level = MMIO_FLUSH_DATA; level <= MMIO_FLUSH_FULL; level++) {
        need(mmio_map_flush(map, level, NULL) == MMIO_OK);
        need(mmio_map_flush_range(map, offset, size, level, NULL) == MMIO_OK);
    }
}

static void use_cut_maps(void)
{
    const uint64_t page = page_size();
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_RW; mode++) {
        make_file("f", 16 * page, 'x');
        mmio_map *map = open_mode("f", mode);
        if (mode == MMIO_MODE_RW) {
            need(mmio_map_fill(map, 0, 16 * page, 'y', NULL) == MMIO_OK);
        }
        cut_file("f", 2 * page);
        ask_about(map, 0, 16 * page);
        ask_about(map, 8 * page, 2 * page);
        flush_all(map, 8 * page, 2 * page);
        cut_file("f", 0);
        ask_about(map, 0, 16 * page);
        flush_all(map, 0, 16 * page);
        need(mmio_map_shutdown(map, NULL) == MMIO_OK);
        mmio_map_close(map);
    }
}

static void L1_calls_on_pages_survive_that_they_are_gone(void **state)
{
    (void)state;
    survives(use_cut_maps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L1_G2_touching_tells_the_first_page_that_is_gone),
#if MLOCK_WORKS
        IN_DIRECTORY(L1_G4_locking_tells_the_first_page_that_is_gone),
#endif
        IN_DIRECTORY(L1_calls_on_pages_survive_that_they_are_gone),
    };
    return cmocka_run_group_tests_name("contract L1: paging and flushes", tests, NULL, NULL);
}
