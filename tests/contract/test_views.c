/* SPDX-License-Identifier: Apache-2.0 */
/* C: views, walks, raw pointers. */
#include "support.h"

static void C1_a_view_keeps_its_bytes_and_address_on_every_kind_of_map(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        mmio_map *map = open_mode("f", mode);
        mmio_view view;
        assert_ok(mmio_view_acquire(map, 5000, 5000, 0, &view, ERR));
        const void *address = view.data;
        mmio_map_close(map);
        assert_ptr_equal(view.data, address);
        assert_memory_equal(view.data, "xxxx", 4);
        assert_int_equal(((const char *)view.data)[4999], 'x');
        mmio_view_release(&view);
    }
}

static void C2_views_block_neither_writes_nor_views_nor_growth_nor_flushes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10000);
    mmio_view views[3];
    assert_ok(mmio_view_acquire(map, 0, 10000, 0, &views[0], ERR));
    assert_ok(mmio_view_acquire(map, 0, 10000, MMIO_VIEW_WRITE, &views[1], ERR));
    assert_ok(mmio_view_acquire(map, 0, 10000, MMIO_VIEW_WRITE, &views[2], ERR));
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_map_write_within(map, 3, "def", 3, 0, ERR));
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(views[i].data, "abcdef", 6);
        mmio_view_release(&views[i]);
    }
    mmio_map_close(map);
}

static void C3_writable_views_need_a_writable_mode(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_view view;
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        mmio_map *map = open_mode("f", mode);
        const bool is_writable = mode == MMIO_MODE_RW || mode == MMIO_MODE_COW_RW;
        assert_status(is_writable ? MMIO_OK : MMIO_ERR_MODE,
                      mmio_view_acquire(map, 0, 100, MMIO_VIEW_WRITE, &view, ERR));
        mmio_view_release(&view);
        /* The mode is checked before the range. */
        assert_status(is_writable ? MMIO_ERR_RANGE : MMIO_ERR_MODE,
                      mmio_view_acquire(map, 0, 101, MMIO_VIEW_WRITE, &view, ERR));
        mmio_map_close(map);
    }
}

static void C3_a_writable_views_length_is_pending_after_its_release(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 60, MMIO_VIEW_WRITE, &view, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 60);
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 60);
    assert_ok(mmio_view_acquire(map, 0, 60, 0, &view, ERR));
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 60);
    mmio_map_close(map);
}

static void *release_body(void *argument)
{
    mmio_view_release(argument);
    return NULL;
}

static void C4_a_view_may_be_released_on_another_thread_after_the_map_was_closed(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, MMIO_VIEW_WRITE, &view, ERR));
    mmio_map_close(map);
    memset(view.data, 'z', 100);
    uintptr_t thread;
    start_thread(&thread, release_body, &view);
    (void)join_thread(thread);
    assert_null(view.data);
    assert_int_equal(open_descriptors(), descriptors);
    char byte;
    file_bytes("f", 99, &byte, 1);
    assert_int_equal(byte, 'z');
}

static void *acquire_body(void *argument)
{
    mmio_map *map = argument;
    static mmio_view view;
    return mmio_view_acquire(map, 0, 100, 0, &view, NULL) == MMIO_OK ? &view : NULL;
}

static void C4_a_view_outlives_the_thread_that_acquired_it(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    uintptr_t thread;
    start_thread(&thread, acquire_body, map);
    mmio_view *view = join_thread(thread);
    assert_non_null(view);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 50, 0, ERR));
    mmio_view_release(view);
    assert_ok(mmio_map_resize(map, 50, 0, ERR));
    mmio_map_close(map);
}

static void C1_one_thread_may_hold_many_thousand_views(void **state)
{
    (void)state;
    enum { VIEWS = 20000 };
    static mmio_view views[VIEWS];
    mmio_map *map = anonymous_map(VIEWS + 1);
    for (size_t i = 0; i < VIEWS; i++) {
        assert_ok(mmio_view_acquire(map, i, 1, MMIO_VIEW_WRITE, &views[i], ERR));
        *(char *)views[i].data = (char)i;
    }
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.views, VIEWS);
    for (size_t i = 0; i < VIEWS - 1; i++) {
        assert_int_equal(*(char *)views[i].data, (char)i);
        mmio_view_release(&views[i]);
    }
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, VIEWS - 1, 0, ERR));
    assert_ok(mmio_map_resize(map, VIEWS, 0, ERR));
    mmio_view_release(&views[VIEWS - 1]);
    assert_ok(mmio_map_resize(map, 1, 0, ERR));
    mmio_map_close(map);
}

/* Walks. */

static void C5_a_walk_hands_out_every_byte_once_and_the_last_chunk_may_be_short(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    const struct {
        uint64_t chunk_size;
        uint64_t count;
        uint64_t last;
    } cases[] = {{4096, 3, 1808}, {10000, 1, 10000}, {20000, 1, 10000},     {5000, 2, 5000},
                 {1, 10000, 1},   {0, 0, 0},         {UINT64_MAX, 1, 10000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mmio_walk walk;
        assert_ok(mmio_walk_begin(map, cases[i].chunk_size, 0, &walk, ERR));
        assert_int_equal(walk.chunk_count, cases[i].count);
        const char *expected = walk.view.data;
        void *data = NULL;
        uint64_t size = 0;
        uint64_t last = 0;
        uint64_t count = 0;
        while (mmio_walk_next(&walk, &data, &size) == 1) {
            assert_ptr_equal(data, expected);
            expected += size;
            last = size;
            count++;
        }
        assert_null(data);
        assert_int_equal(size, 0);
        assert_int_equal(count, cases[i].count);
        assert_int_equal(last, cases[i].last);
        assert_int_equal(mmio_walk_next(&walk, &data, &size), 0);
        mmio_walk_end(&walk);
        mmio_walk_end(&walk);
    }
    mmio_map_close(map);
}

static void C5_an_empty_map_yields_nothing(void **state)
{
    (void)state;
    make_file("f", 0, 0);
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    mmio_walk walk;
    void *data;
    uint64_t size;
    assert_ok(mmio_walk_begin(map, mmio_page_size(), 0, &walk, ERR));
    assert_int_equal(walk.chunk_count, 0);
    assert_int_equal(mmio_walk_next(&walk, &data, &size), 0);
    mmio_walk_end(&walk);
    mmio_map_close(map);
}

static void C5_a_walk_keeps_the_length_it_started_with(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_walk walk;
    void *data;
    uint64_t size;
    assert_ok(mmio_walk_begin(map, 60, 0, &walk, ERR));
    assert_ok(mmio_map_resize(map, 1000, 0, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 99, 0, ERR));
    assert_int_equal(mmio_walk_next(&walk, &data, &size), 1);
    assert_int_equal(mmio_walk_next(&walk, &data, &size), 1);
    assert_int_equal(size, 40);
    assert_int_equal(mmio_walk_next(&walk, &data, &size), 0);
    mmio_walk_end(&walk);
    assert_ok(mmio_map_resize(map, 99, 0, ERR));
    mmio_map_close(map);
}

static void C5_F9_a_writable_walk_counts_the_bytes_it_handed_out(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_walk walk;
    void *data;
    uint64_t size;
    const uint64_t pending_after[] = {0, 40, 80, 100, 100};
    uint64_t expected = 0;
    for (int chunks = 0; chunks < 5; chunks++) {
        assert_ok(mmio_walk_begin(map, 40, MMIO_VIEW_WRITE, &walk, ERR));
        for (int i = 0; i < chunks; i++) {
            assert_int_equal(mmio_walk_next(&walk, &data, &size), i < 3);
        }
        mmio_walk_end(&walk);
        expected += pending_after[chunks];
        assert_int_equal(mmio_map_pending(map), expected);
    }
    mmio_map_close(map);
}

static void C5_a_writable_walk_needs_a_writable_mode_even_for_no_chunks(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    mmio_walk walk;
    assert_status(MMIO_ERR_MODE, mmio_walk_begin(map, 0, MMIO_VIEW_WRITE, &walk, ERR));
    mmio_map_close(map);
}

static void C7_raw_pointers(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        mmio_map *map = open_mode("f", mode);
        const void *data = NULL;
        void *data_mut = NULL;
        assert_ok(mmio_map_data(map, &data, ERR));
        assert_memory_equal(data, "xxxx", 4);
        assert_int_equal(mmio_map_pending(map), 0);
        const bool is_writable = mode == MMIO_MODE_RW || mode == MMIO_MODE_COW_RW;
        assert_status(is_writable ? MMIO_OK : MMIO_ERR_MODE,
                      mmio_map_data_mut(map, &data_mut, ERR));
        assert_ptr_equal(data_mut, is_writable ? data : NULL);
        assert_int_equal(mmio_map_pending(map), mode == MMIO_MODE_RW ? 100 : 0);
        mmio_map_close(map);
    }
}

static void C1_views_of_anonymous_memory_outlive_their_map_and_its_growth(void **state)
{
    (void)state;
    const mmio_open_options options = {.struct_size = sizeof options, .reserve = 4096};
    mmio_map *map;
    assert_ok(mmio_map_anonymous(4096, &options, &map, ERR));
    mmio_view views[3];
    const void *addresses[3];
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_view_acquire(map, 0, 4096, MMIO_VIEW_WRITE, &views[i], ERR));
        addresses[i] = views[i].data;
        assert_ok(mmio_map_resize(map, (uint64_t)(1 << 20) << (4 * i), 0, ERR));
    }
    mmio_map_close(map);
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(views[i].data, addresses[i]);
        memset(views[i].data, 'a' + (int)i, 4096);
        assert_memory_equal(views[0].data, views[i].data, 4096);
    }
    for (size_t i = 0; i < 3; i++) {
        mmio_view_release(&views[i]);
    }
}

static void C7_the_raw_pointer_is_the_address_that_views_have(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    const void *data = NULL;
    void *data_mut = NULL;
    mmio_view view;
    assert_ok(mmio_map_data(map, &data, ERR));
    assert_ok(mmio_map_data_mut(map, &data_mut, ERR));
    assert_ok(mmio_view_acquire(map, 10, 90, 0, &view, ERR));
    assert_ptr_equal(data, data_mut);
    assert_ptr_equal((const char *)data + 10, view.data);
    mmio_view_release(&view);
    /* It pins nothing. */
    assert_ok(mmio_map_resize(map, 1, 0, ERR));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(C1_a_view_keeps_its_bytes_and_address_on_every_kind_of_map),
        IN_DIRECTORY(C1_one_thread_may_hold_many_thousand_views),
        IN_DIRECTORY(C1_views_of_anonymous_memory_outlive_their_map_and_its_growth),
        IN_DIRECTORY(C2_views_block_neither_writes_nor_views_nor_growth_nor_flushes),
        IN_DIRECTORY(C3_writable_views_need_a_writable_mode),
        IN_DIRECTORY(C3_a_writable_views_length_is_pending_after_its_release),
        IN_DIRECTORY(C4_a_view_may_be_released_on_another_thread_after_the_map_was_closed),
        IN_DIRECTORY(C4_a_view_outlives_the_thread_that_acquired_it),
        IN_DIRECTORY(C5_a_walk_hands_out_every_byte_once_and_the_last_chunk_may_be_short),
        IN_DIRECTORY(C5_an_empty_map_yields_nothing),
        IN_DIRECTORY(C5_a_walk_keeps_the_length_it_started_with),
        IN_DIRECTORY(C5_F9_a_writable_walk_counts_the_bytes_it_handed_out),
        IN_DIRECTORY(C5_a_writable_walk_needs_a_writable_mode_even_for_no_chunks),
        IN_DIRECTORY(C7_raw_pointers),
        IN_DIRECTORY(C7_the_raw_pointer_is_the_address_that_views_have),
    };
    return cmocka_run_group_tests_name("contract C: views", tests, NULL, NULL);
}
