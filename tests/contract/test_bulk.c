/* SPDX-License-Identifier: Apache-2.0 */
/* D3, D4: batches, filling, zeroing, copying within and between maps, finding. */
#include <sys/stat.h>

#include "support.h"

static void assert_bytes(mmio_map *map, uint64_t offset, const char *bytes)
{
    char got[64];
    const size_t size = strlen(bytes);
    assert_ok(mmio_map_read(map, offset, got, size, ERR));
    assert_memory_equal(got, bytes, size);
}

static void D3_each_entry_of_a_batch_has_a_status_of_its_own(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    char first[] = "abc";
    char second[] = "def";
    mmio_io entries[] = {
        {.offset = 0, .size = 3, .data = first},   {.offset = 98, .size = 3, .data = second},
        {.offset = 97, .size = 3, .data = second}, {.offset = UINT64_MAX, .size = 0},
        {.offset = 0, .size = 1, .data = NULL},
    };
    assert_status(MMIO_ERR_RANGE, mmio_map_write_batch(map, entries, 5, ERR));
    assert_int_equal(last_error.offset, 98);
    assert_int_equal(last_error.limit, 100);
    const mmio_status expected[] = {MMIO_OK, MMIO_ERR_RANGE, MMIO_OK, MMIO_OK, MMIO_ERR_INVALID};
    for (size_t i = 0; i < 5; i++) {
        assert_status(expected[i], entries[i].status);
    }
    assert_bytes(map, 0, "abc");
    assert_bytes(map, 97, "def");
    assert_int_equal(mmio_map_pending(map), 6);

    char got[2][4] = {"", ""};
    mmio_io reads[] = {
        {.offset = 97, .size = 3, .data = got[0]},
        {.offset = 0, .size = 3, .data = got[1]},
    };
    assert_ok(mmio_map_read_batch(map, reads, 2, ERR));
    assert_string_equal(got[0], "def");
    assert_string_equal(got[1], "abc");
    mmio_map_close(map);
}

/* More than go through the file one by one, and more than are asked for ahead. */
static void D3_A6_long_batches_are_as_good_as_short_ones(void **state)
{
    (void)state;
    enum { ENTRIES = 200 };
    static char bytes[ENTRIES][4];
    static char got[ENTRIES][4];
    static mmio_io writes[ENTRIES];
    static mmio_io reads[ENTRIES];
    mmio_map *map = create_map("f", ENTRIES * 1000);
    for (size_t i = 0; i < ENTRIES; i++) {
        memset(bytes[i], 'a' + (int)(i % 26), sizeof bytes[i]);
        writes[i] = (mmio_io){.offset = i * 1000, .size = sizeof bytes[i], .data = bytes[i]};
        reads[i] = (mmio_io){.offset = i * 1000, .size = sizeof got[i], .data = got[i]};
    }
    writes[100].offset = ENTRIES * 1000 - 3;
    writes[150].reserved = 1;
    writes[199].offset = UINT64_MAX;
    assert_status(MMIO_ERR_RANGE, mmio_map_write_batch(map, writes, ENTRIES, ERR));
    assert_int_equal(last_error.offset, ENTRIES * 1000 - 3); /* The first one's. */
    assert_status(MMIO_ERR_RANGE, writes[100].status);
    assert_status(MMIO_ERR_INVALID, writes[150].status);
    assert_ok(mmio_map_read_batch(map, reads, ENTRIES, ERR));
    for (size_t i = 0; i < ENTRIES; i++) {
        const bool is_written = i != 100 && i != 150 && i != 199;
        assert_status(is_written ? MMIO_OK : writes[i].status, writes[i].status);
        assert_int_equal(got[i][3], is_written ? 'a' + (int)(i % 26) : 0);
    }
    assert_int_equal(mmio_map_pending(map), (ENTRIES - 3) * 4);
    mmio_map_close(map);
}

static void D3_a_batch_that_may_not_run_says_so_in_every_entry(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    char bytes[3];
    mmio_io entries[] = {{.offset = 0, .size = 3, .data = bytes}, {.offset = 0, .size = 0}};
    assert_status(MMIO_ERR_MODE, mmio_map_write_batch(map, entries, 2, ERR));
    assert_status(MMIO_ERR_MODE, entries[0].status);
    assert_status(MMIO_ERR_MODE, entries[1].status);
    assert_ok(mmio_map_read_batch(map, entries, 2, ERR));
    assert_ok(mmio_map_read_batch(map, NULL, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_read_batch(map, NULL, 1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_read_batch(NULL, entries, 1, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_read_batch(map, entries, 2, ERR));
    assert_status(MMIO_ERR_CLOSED, entries[1].status);
    mmio_map_close(map);
}

static void D4_filling_sets_every_byte_of_the_range_and_no_other(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_fill(map, 10, 3, 'z', ERR));
    char got[5];
    assert_ok(mmio_map_read(map, 9, got, 5, ERR));
    assert_memory_equal(got, "\0zzz\0", 5);
    assert_int_equal(mmio_map_pending(map), 3);
    assert_ok(mmio_map_fill(map, UINT64_MAX, 0, 'z', ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_fill(map, 0, 1, 256, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_map_fill(map, 99, 2, 'z', ERR));
    mmio_map_close(map);
    map = open_mode("f", MMIO_MODE_COW);
    assert_status(MMIO_ERR_MODE, mmio_map_fill(map, 0, 1, 'z', ERR));
    mmio_map_close(map);
}

static long long blocks_of(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return facts.st_blocks;
}

static void D4_zeroing_gives_blocks_back_and_keeps_the_edges(void **state)
{
    (void)state;
    make_file("f", 1 << 20, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 1 << 20, 0, &view, ERR));
    const long long before = blocks_of("f");
    assert_ok(mmio_map_zero(map, 100, (1 << 20) - 200, ERR));
    assert_true(blocks_of("f") <= before / 4);
    const char *bytes = view.data;
    for (size_t i = 0; i < 1 << 20; i++) {
        assert_int_equal(bytes[i], i < 100 || i >= (1 << 20) - 100 ? 'x' : 0);
    }
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), (1 << 20) - 200);
    mmio_map_close(map);
}

static void D4_zeroing_an_allocated_map_keeps_its_blocks(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 1 << 20);
    options.flags = MMIO_OPEN_ALLOCATE;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    const long long before = blocks_of("f");
    assert_ok(mmio_map_zero(map, 0, 1 << 20, ERR));
    assert_true(blocks_of("f") >= before);
    mmio_map_close(map);
}

static void D4_zeroing_a_private_map_leaves_the_file_alone(void **state)
{
    (void)state;
    make_file("f", 1 << 20, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    assert_ok(mmio_map_zero(map, 0, 1 << 20, ERR));
    char byte = 1;
    assert_ok(mmio_map_read(map, 500000, &byte, 1, ERR));
    assert_int_equal(byte, 0);
    mmio_map_close(map);
    file_bytes("f", 500000, &byte, 1);
    assert_int_equal(byte, 'x');
}

static void D4_copying_between_maps(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *from = open_mode("f", MMIO_MODE_RO);
    mmio_map *to = create_map("g", 100);
    assert_ok(mmio_map_copy(from, 50, to, 10, 4, ERR));
    char got[6];
    assert_ok(mmio_map_read(to, 9, got, 6, ERR));
    assert_memory_equal(got, "\0xxxx\0", 6);
    assert_int_equal(mmio_map_pending(to), 4);
    assert_status(MMIO_ERR_MODE, mmio_map_copy(to, 0, from, 1000, 4, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_map_copy(from, 97, to, 0, 4, ERR));
    assert_non_null(strstr(last_error.message, ": f: "));
    assert_status(MMIO_ERR_RANGE, mmio_map_copy(from, 0, to, 98, 4, ERR));
    assert_non_null(strstr(last_error.message, ": g: "));
    assert_int_equal(last_error.offset, 98);
    assert_ok(mmio_map_copy(from, UINT64_MAX, to, UINT64_MAX, 0, ERR));
    mmio_map_close(to);
    mmio_map_close(from);
}

static void D4_copying_within_a_map_may_overlap(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    assert_ok(mmio_map_write(map, 0, "abcdef", 6, ERR));
    assert_ok(mmio_map_copy(map, 0, map, 2, 6, ERR));
    assert_bytes(map, 0, "ababcdef");
    assert_ok(mmio_map_copy(map, 2, map, 0, 6, ERR));
    assert_bytes(map, 0, "abcdefef");
    assert_ok(mmio_map_copy(map, 0, map, 1 << 19, 1 << 19, ERR));
    assert_bytes(map, 1 << 19, "abcdefef");
    assert_ok(mmio_map_copy(map, 0, map, 0, 6, ERR));
    assert_bytes(map, 0, "abcdefef");
    mmio_map_close(map);
}

/* A private page that nobody wrote to goes on showing the file. */
static void D4_B8_copying_in_place_makes_no_page_the_maps_own(void **state)
{
    (void)state;
    make_file("f", 8192, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    mmio_map *file = open_mode("f", MMIO_MODE_RW);
    assert_ok(mmio_map_copy(map, 0, map, 0, 8192, ERR));
    assert_ok(mmio_map_write(file, 5000, "y", 1, ERR));
    assert_bytes(map, 5000, "y");
    mmio_map_close(file);
    mmio_map_close(map);
}

typedef struct copier {
    mmio_map *from;
    mmio_map *to;
    mmio_status status;
} copier;

static void *copy_body(void *argument)
{
    copier *c = argument;
    for (int i = 0; i < 2000 && c->status == MMIO_OK; i++) {
        c->status = mmio_map_copy(c->from, 0, c->to, 0, 200000, NULL);
    }
    return NULL;
}

static void D4_D7_copies_in_opposite_directions_do_not_wait_for_each_other(void **state)
{
    (void)state;
    mmio_map *maps[] = {anonymous_map(200000), anonymous_map(200000)};
    copier copiers[] = {{maps[0], maps[1], MMIO_OK}, {maps[1], maps[0], MMIO_OK}};
    uintptr_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        start_thread(&threads[i], copy_body, &copiers[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        (void)join_thread(threads[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_ok(copiers[i].status);
        mmio_map_close(maps[i]);
    }
}

static uint64_t find(mmio_map *map, uint64_t offset, uint64_t size, const char *pattern)
{
    uint64_t found = 0;
    assert_ok(mmio_map_find(map, offset, size, pattern, strlen(pattern), &found, ERR));
    return found;
}

static void D4_finding_bytes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    assert_ok(mmio_map_write(map, 10, "needle, needle", 14, ERR));
    assert_int_equal(find(map, 0, 100, "needle"), 10);
    assert_int_equal(find(map, 10, 6, "needle"), 10);
    assert_int_equal(find(map, 11, 89, "needle"), 18);
    assert_int_equal(find(map, 19, 81, "needle"), UINT64_MAX);
    assert_int_equal(find(map, 0, 15, "needle"), UINT64_MAX);
    assert_int_equal(find(map, 5, 1, ""), 5);
    assert_int_equal(find(map, 1000, 0, "needle"), UINT64_MAX);
    uint64_t found = 0;
    assert_status(MMIO_ERR_RANGE, mmio_map_find(map, 0, 101, "x", 1, &found, ERR));
    assert_int_equal(found, UINT64_MAX);
    assert_status(MMIO_ERR_INVALID, mmio_map_find(map, 0, 1, NULL, 1, &found, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_find(map, 0, 1, "x", 1, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_find(NULL, 0, 1, "x", 1, &found, ERR));
    assert_ok(mmio_map_find(map, 7, 1, NULL, 0, &found, ERR));
    assert_int_equal(found, 7);
    mmio_map_close(map);
}

/* Wherever they begin, and however long they are: as in plain memory. */
static void D4_long_patterns_are_found_at_every_place(void **state)
{
    (void)state;
    enum { SIZE = 100000, LONGEST = 40000 };
    static const size_t sizes[] = {1, 2, 100, 4096, 8191, 8192, 8193, 16384, 20000, LONGEST};
    static const size_t places[] = {0, 1, 8191, 16283, 16383, 16384, 24576, 32767, 50000};
    static char bytes[SIZE];
    static char pattern[LONGEST];
    mmio_map *map = create_map("f", SIZE);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(pattern, 'y', sizes[i]);
        pattern[sizes[i] - 1] = 'z';
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            memset(bytes, 'y', SIZE); /* Nearly the pattern, everywhere. */
            memcpy(bytes + places[k], pattern, sizes[i]);
            assert_ok(mmio_map_write(map, 0, bytes, SIZE, ERR));
            uint64_t found;
            assert_ok(mmio_map_find(map, 0, SIZE, pattern, sizes[i], &found, ERR));
            assert_int_equal(found, places[k]);
            const size_t short_of_it = places[k] + sizes[i] - 1;
            assert_ok(mmio_map_find(map, 0, short_of_it, pattern, sizes[i], &found, ERR));
            assert_int_equal(found, UINT64_MAX);
        }
    }
    uint64_t found = 0;
    assert_ok(mmio_map_find(map, 0, SIZE, pattern, SIZE_MAX, &found, ERR));
    assert_int_equal(found, UINT64_MAX);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D3_each_entry_of_a_batch_has_a_status_of_its_own),
        IN_DIRECTORY(D3_A6_long_batches_are_as_good_as_short_ones),
        IN_DIRECTORY(D3_a_batch_that_may_not_run_says_so_in_every_entry),
        IN_DIRECTORY(D4_filling_sets_every_byte_of_the_range_and_no_other),
        IN_DIRECTORY(D4_zeroing_gives_blocks_back_and_keeps_the_edges),
        IN_DIRECTORY(D4_zeroing_an_allocated_map_keeps_its_blocks),
        IN_DIRECTORY(D4_zeroing_a_private_map_leaves_the_file_alone),
        IN_DIRECTORY(D4_copying_between_maps),
        IN_DIRECTORY(D4_copying_within_a_map_may_overlap),
        IN_DIRECTORY(D4_B8_copying_in_place_makes_no_page_the_maps_own),
        IN_DIRECTORY(D4_D7_copies_in_opposite_directions_do_not_wait_for_each_other),
        IN_DIRECTORY(D4_finding_bytes),
        IN_DIRECTORY(D4_long_patterns_are_found_at_every_place),
    };
    return cmocka_run_group_tests_name("contract D3, D4: bulk", tests, NULL, NULL);
}
