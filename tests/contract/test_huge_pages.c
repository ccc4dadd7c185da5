/* SPDX-License-Identifier: Apache-2.0 */
/* G5: huge pages. What the library says is held against /proc/self/smaps and /proc/meminfo; the
 * system's store of huge pages is filled for a test and put back behind it, which needs root. */
#include "huge.h"
#include "huge_store.h"
#include "support.h"

static void assert_bytes(mmio_map *map, uint64_t offset, uint64_t size, int byte)
{
    const uint8_t *data = data_of(map);
    for (uint64_t i = 0; i < size; i++) {
        if (data[offset + i] != byte) {
            fail_msg("byte %llu is %d", (unsigned long long)(offset + i), data[offset + i]);
        }
    }
}

/* Taken from the store. */

static void G5_anonymous_maps_take_their_huge_pages_at_once(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(3 * MIB, MMIO_MODE_DEFAULT, 0);
    assert_int_equal(mmio_map_size(map), 3 * MIB);
    assert_int_equal(huge_pages_free(), before - 2);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    assert_ok(mmio_map_fill(map, 0, 3 * MIB, 'x', ERR));
    assert_int_equal(huge_kib(data_of(map), 4 * MIB), 4096);
    assert_int_equal(huge_pages_free(), before - 2);
    assert_status(MMIO_ERR_RANGE, mmio_map_fill(map, 0, 3 * MIB + 1, 'x', ERR));
    mmio_map_close(map);
    assert_int_equal(huge_pages_free(), before);
}

static void G5_growing_and_shrinking_takes_and_gives_back(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(100, MMIO_MODE_RW, 0);
    const void *base = data_of(map);
    assert_ok(mmio_map_fill(map, 0, 100, 'x', ERR));
    assert_ok(mmio_map_resize(map, 9 * MIB, 0, ERR));
    assert_ptr_equal(data_of(map), base);
    assert_int_equal(huge_pages_free(), before - 5);
    assert_bytes(map, 0, 100, 'x');
    assert_bytes(map, 100, 9 * MIB - 100, 0);
    assert_ok(mmio_map_fill(map, 0, 9 * MIB, 'y', ERR));
    assert_ok(mmio_map_resize(map, MIB, 0, ERR));
    assert_int_equal(huge_pages_free(), before - 1);
    /* Within one page nothing is taken or given, and what was cut is gone all the same. */
    assert_ok(mmio_map_resize(map, MIB + MIB / 2, 0, ERR));
    assert_ok(mmio_map_resize(map, 5 * MIB, 0, ERR));
    assert_bytes(map, 0, MIB, 'y');
    assert_bytes(map, MIB, 4 * MIB, 0);
    mmio_map_close(map);
    assert_int_equal(huge_pages_free(), before);
}

static void G5_growing_beyond_the_reservation_moves_and_views_stay_coherent(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(MIB, MMIO_MODE_RW, MIB);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, MIB, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'x', MIB);
    assert_ok(mmio_map_resize(map, 12 * MIB, 0, ERR));
    assert_ptr_not_equal(data_of(map), view.data);
    assert_bytes(map, 0, MIB, 'x');
    assert_bytes(map, MIB, 11 * MIB, 0);
    ((char *)view.data)[5] = 'y';
    assert_bytes(map, 5, 1, 'y');
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    mmio_view_release(&view);
    mmio_map_close(map);
    assert_int_equal(huge_pages_free(), before);
}

static void G5_growing_by_more_than_are_free_fails_and_changes_nothing(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(3 * MIB, MMIO_MODE_RW, 0);
    assert_ok(mmio_map_fill(map, 0, 3 * MIB, 'x', ERR));
    assert_status(MMIO_ERR_NO_SPACE, mmio_map_resize(map, (before + 1) * 2 * MIB, 0, ERR));
    assert_int_equal(mmio_map_size(map), 3 * MIB);
    assert_int_equal(huge_pages_free(), before - 2);
    assert_bytes(map, 0, 3 * MIB, 'x');
    assert_ok(mmio_map_resize(map, 5 * MIB, 0, ERR));
    assert_bytes(map, 3 * MIB, 2 * MIB, 0);
    mmio_map_close(map);
}

static void G5_more_than_are_free_are_plain_pages_then(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    const int descriptors = open_descriptors();
    mmio_map *map = huge_map((before + 1) * 2 * MIB, MMIO_MODE_RW, 0);
    assert_int_equal(huge_pages_free(), before);
    assert_ok(mmio_map_fill(map, 0, 4 * MIB, 'x', ERR));
    assert_int_equal(huge_pages_free(), before);
    mmio_map_close(map);
    assert_int_equal(open_descriptors(), descriptors);
}

/* Whatever works on a map works on one of huge pages, at any offset, and takes none of its pages
 * away. */
static void G5_all_calls_work_on_maps_of_huge_pages(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    mmio_map *map = huge_map(7 * MIB, MMIO_MODE_RW, 0);
    const unsigned long taken = huge_pages_free();
    assert_ok(mmio_map_fill(map, 0, 7 * MIB, 'x', ERR));
    assert_ok(mmio_map_zero(map, 5000, 6 * MIB, ERR));
    assert_bytes(map, 5000, 6 * MIB, 0);
    assert_bytes(map, 0, 5000, 'x');
    assert_int_equal(huge_pages_free(), taken);
    for (uint32_t advice = MMIO_ADVICE_NORMAL; advice <= MMIO_ADVICE_DONT_NEED; advice++) {
        assert_ok(mmio_map_advise(map, 3 * MIB + 4097, 1, advice, ERR));
        assert_ok(mmio_map_advise(map, 0, 7 * MIB, advice, ERR));
    }
    assert_bytes(map, 0, 5000, 'x');
    assert_ok(mmio_map_touch(map, 3 * MIB + 4097, 2, MMIO_POPULATE_WRITE, NULL, NULL, ERR));
    assert_ok(mmio_map_touch(map, 0, 7 * MIB, 0, NULL, NULL, ERR));
    assert_ok(mmio_map_prefetch(map, 4097, 1, ERR));
    mmio_residency residency = {.struct_size = sizeof residency};
    assert_ok(mmio_map_residency(map, 0, 7 * MIB, &residency, ERR));
    assert_int_equal(residency.pages, 7 * MIB / mmio_page_size());
    assert_int_equal(residency.cached, residency.pages);
    assert_ok(mmio_map_lock_memory(map, 4097, 1, ERR));
    assert_ok(mmio_map_unlock_memory(map, 0, 7 * MIB, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_evict(map, 0, 1, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(huge_pages_free(), taken);
    mmio_map_close(map);
}

static void G5_modes_that_cannot_use_the_store_leave_it_alone(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 3; i++) {
        mmio_map *map = huge_map(4 * MIB, modes[i], 0);
        assert_int_equal(huge_pages_free(), before);
        assert_bytes(map, 0, 4 * MIB, 0);
        if (modes[i] == MMIO_MODE_COW_RW) {
            assert_ok(mmio_map_fill(map, 0, 4 * MIB, 'x', ERR));
        }
        mmio_map_close(map);
    }
}

/* Gathered. */

static void G5_without_a_store_touching_gathers_huge_pages(void **state)
{
    (void)state;
    need_gathering();
    mmio_map *map = huge_map(9 * MIB, MMIO_MODE_RW, 0);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_NO);
    assert_int_equal(huge_kib_of(map), 0);
    assert_ok(mmio_map_fill(map, 0, 9 * MIB, 'x', ERR));
    assert_ok(mmio_map_touch(map, 0, 9 * MIB, 0, NULL, NULL, ERR));
    assert_int_equal(huge_kib_of(map), 8192);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    assert_bytes(map, 0, 9 * MIB, 'x');
    /* Growth and shrinking go on as ever. */
    assert_ok(mmio_map_resize(map, 64 * MIB, 0, ERR));
    assert_bytes(map, 9 * MIB, 55 * MIB, 0);
    assert_ok(mmio_map_resize(map, 5, 0, ERR));
    assert_int_equal(state_of(map),
                     huge_kib_of(map) != 0 ? MMIO_HUGE_PAGES_YES : MMIO_HUGE_PAGES_NO);
    mmio_map_close(map);
}

static void G5_eager_touch_gathers_while_opening(void **state)
{
    (void)state;
    need_gathering();
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.touch = MMIO_TOUCH_EAGER;
    mmio_map *map = NULL;
    assert_ok(mmio_map_anonymous(8 * MIB, &options, &map, ERR));
    assert_int_equal(huge_kib_of(map), 8192);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    mmio_map_close(map);
}

static void G5_opening_and_closing_leaks_nothing(void **state)
{
    (void)state;
    mmio_map *map = huge_map(MIB, MMIO_MODE_RW, 0);
    (void)state_of(map); /* Opens what stays. */
    mmio_map_close(map);
    const int descriptors = open_descriptors();
    for (int i = 0; i < 50; i++) {
        map = huge_map(MIB, MMIO_MODE_RW, 0);
        (void)state_of(map);
        mmio_map_close(map);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(G5_anonymous_maps_take_their_huge_pages_at_once),
        WITH_STORE(G5_growing_and_shrinking_takes_and_gives_back),
        WITH_STORE(G5_growing_beyond_the_reservation_moves_and_views_stay_coherent),
        WITH_STORE(G5_growing_by_more_than_are_free_fails_and_changes_nothing),
        WITH_STORE(G5_more_than_are_free_are_plain_pages_then),
        WITH_STORE(G5_all_calls_work_on_maps_of_huge_pages),
        WITH_STORE(G5_modes_that_cannot_use_the_store_leave_it_alone),
        WITHOUT_STORE(G5_without_a_store_touching_gathers_huge_pages),
        WITHOUT_STORE(G5_eager_touch_gathers_while_opening),
        WITHOUT_STORE(G5_opening_and_closing_leaks_nothing),
    };
    return cmocka_run_group_tests_name("contract G5: huge pages", tests, note_store, NULL);
}
