/* SPDX-License-Identifier: Apache-2.0 */
/* G: advice, prefetching, touching, residency, eviction, memory locks. What the library says is
 * held against what the kernel reports: mincore() here, /proc where it knows more. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "support.h"

enum { FILE_SIZE = 4 << 20 };

/* The sanitizers make mlock() do nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MLOCK_WORKS 0
#else
#define MLOCK_WORKS 1
#endif

static uint64_t page_count(void)
{
    return FILE_SIZE / mmio_page_size();
}

/* A file on the disk whose pages are cached and clean. */
static mmio_map *make_map(uint32_t mode)
{
    make_file("f", FILE_SIZE, 'x');
    mmio_map *map = open_mode("f", mode);
    mmio_map *writer = open_mode("f", MMIO_MODE_RW);
    assert_ok(mmio_map_flush(writer, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(writer);
    return map;
}

static mmio_residency residency_of(mmio_map *map)
{
    mmio_residency residency = {.struct_size = sizeof residency};
    assert_ok(mmio_map_residency(map, 0, mmio_map_size(map), &residency, ERR));
    return residency;
}

static const void *data_of(mmio_map *map)
{
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    return data;
}

/* What the kernel says of a map's first FILE_SIZE bytes. Locking a part splits the mapping. */
static unsigned long kib_of(mmio_map *map, const char *name)
{
    return smaps_kib(data_of(map), FILE_SIZE, &name, 1);
}

static void G1_advice_is_taken_for_any_range_and_changes_no_byte(void **state)
{
    (void)state;
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW; mode++) {
        mmio_map *map = make_map(mode);
        for (uint32_t advice = MMIO_ADVICE_NORMAL; advice <= MMIO_ADVICE_DONT_NEED; advice++) {
            assert_ok(mmio_map_advise(map, 0, FILE_SIZE, advice, ERR));
            assert_ok(mmio_map_advise(map, 4097, 1, advice, ERR));
            assert_ok(mmio_map_advise(map, UINT64_MAX, 0, advice, ERR));
            assert_status(MMIO_ERR_RANGE, mmio_map_advise(map, 1, FILE_SIZE, advice, ERR));
            assert_memory_equal((const char *)data_of(map) + 4097, "xxxx", 4);
        }
        assert_status(MMIO_ERR_INVALID, mmio_map_advise(map, 0, 1, 5, ERR));
        mmio_map_close(map);
    }
}

static void G1_dont_need_discards_what_a_cow_rw_map_wrote(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_COW_RW);
    char byte = 'y';
    assert_ok(mmio_map_write(map, 5000, &byte, 1, ERR));
    assert_ok(mmio_map_advise(map, 5000, 1, MMIO_ADVICE_DONT_NEED, ERR));
    assert_ok(mmio_map_read(map, 5000, &byte, 1, ERR));
    assert_int_equal(byte, 'x');
    mmio_map_close(map);
}

static void G1_dont_need_keeps_unflushed_bytes_of_a_shared_map(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RW);
    char byte = 'y';
    assert_ok(mmio_map_write(map, 5000, &byte, 1, ERR));
    assert_ok(mmio_map_advise(map, 0, FILE_SIZE, MMIO_ADVICE_DONT_NEED, ERR));
    assert_ok(mmio_map_read(map, 5000, &byte, 1, ERR));
    assert_int_equal(byte, 'y');
    mmio_map_close(map);
}

static void G1_dont_need_keeps_anonymous_memory_and_clears_private_memory(void **state)
{
    (void)state;
    const mmio_open_options private = {.struct_size = sizeof private, .mode = MMIO_MODE_COW_RW};
    mmio_map *maps[2] = {anonymous_map(100), NULL};
    assert_ok(mmio_map_anonymous(100, &private, &maps[1], ERR));
    const char expected[] = {'y', 0};
    for (size_t i = 0; i < 2; i++) {
        char byte = 'y';
        assert_ok(mmio_map_write(maps[i], 50, &byte, 1, ERR));
        assert_ok(mmio_map_advise(maps[i], 0, 100, MMIO_ADVICE_DONT_NEED, ERR));
        assert_ok(mmio_map_read(maps[i], 50, &byte, 1, ERR));
        assert_int_equal(byte, expected[i]);
        mmio_map_close(maps[i]);
    }
}

static void G2_touching_maps_every_page_the_range_intersects(void **state)
{
    (void)state;
    const unsigned long page_kib = (unsigned long)mmio_page_size() / 1024;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_ok(mmio_map_advise(map, 0, FILE_SIZE, MMIO_ADVICE_DONT_NEED, ERR));
    assert_int_equal(kib_of(map, "Rss"), 0);
    assert_ok(mmio_map_touch(map, 0, FILE_SIZE, 0, NULL, NULL, ERR));
    assert_int_equal(kib_of(map, "Rss"), FILE_SIZE / 1024);
    mmio_map_close(map);

    /* Anonymous memory is mapped page by page, so that each page shows. */
    map = anonymous_map(FILE_SIZE);
    assert_ok(mmio_map_touch(map, 4095, 2, MMIO_POPULATE_WRITE, NULL, NULL, ERR));
    assert_int_equal(kib_of(map, "Rss"), 2 * page_kib);
    assert_ok(mmio_map_touch(map, UINT64_MAX, 0, 0, NULL, NULL, ERR));
    mmio_map_close(map);
}

static void G2_touching_for_writing_needs_a_writable_mode(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_status(MMIO_ERR_MODE, mmio_map_touch(map, 0, 1, MMIO_POPULATE_WRITE, NULL, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_touch(map, 0, 1, 2, NULL, NULL, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_map_touch(map, 1, FILE_SIZE, 0, NULL, NULL, ERR));
    mmio_map_close(map);
}

typedef struct progress {
    uint64_t calls;
    uint64_t last;
    uint64_t total;
    uint64_t stop_at;
} progress;

static int32_t follow(uint64_t done, uint64_t total, void *user)
{
    progress *p = user;
    assert_true(done > p->last);
    p->calls++;
    p->last = done;
    p->total = total;
    return done >= p->stop_at;
}

static void G2_touching_tells_how_far_it_is_and_stops_when_asked(void **state)
{
    (void)state;
    const uint64_t size = 200 << 20;
    mmio_map *map = create_map("sparse", size);
    progress p = {.stop_at = UINT64_MAX};
    assert_ok(mmio_map_touch(map, 0, size, 0, follow, &p, ERR));
    assert_true(p.calls > 1);
    assert_int_equal(p.last, size);
    assert_int_equal(p.total, size);
    p = (progress){.stop_at = 1};
    assert_status(MMIO_ERR_CANCELLED, mmio_map_touch(map, 0, size, 0, follow, &p, ERR));
    assert_int_equal(p.calls, 1);
    mmio_map_close(map);
}

static void G2_touching_bytes_that_are_gone_is_a_fault_and_not_a_signal(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_int_equal(truncate("f", 8192), 0);
    assert_status(MMIO_ERR_FAULT, mmio_map_touch(map, 1 << 20, 1 << 20, 0, NULL, NULL, ERR));
    assert_int_equal(last_error.cause, MMIO_CAUSE_TRUNCATED);
    assert_int_equal(last_error.offset, 1 << 20);
    assert_int_equal(last_error.size, 1 << 20);
    assert_ok(mmio_map_touch(map, 0, 8192, 0, NULL, NULL, ERR));
    mmio_map_close(map);
}

static void G2_G3_prefetching_brings_evicted_pages_back(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_int_equal(residency_of(map).cached, page_count());
    assert_ok(mmio_map_evict(map, 0, FILE_SIZE, ERR));
    assert_int_equal(residency_of(map).cached, 0);
    assert_ok(mmio_map_prefetch(map, 0, FILE_SIZE, ERR));
    while (residency_of(map).cached == 0) {
    }
    assert_int_equal(kib_of(map, "Rss"), 0);
    assert_status(MMIO_ERR_RANGE, mmio_map_prefetch(map, 1, FILE_SIZE, ERR));
    mmio_map_close(map);
    map = anonymous_map(100);
    assert_ok(mmio_map_prefetch(map, 0, 100, ERR));
    mmio_map_close(map);
}

static void G3_dirty_pages_are_counted_until_they_are_flushed(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RW);
    mmio_residency residency = residency_of(map);
    assert_int_equal(residency.pages, page_count());
    assert_int_equal(residency.has_dirty, 1);
    assert_int_equal(residency.dirty, 0);
    assert_ok(mmio_map_fill(map, 0, FILE_SIZE, 'y', ERR));
    residency = residency_of(map);
    assert_int_equal(residency.dirty + residency.write_back, page_count());
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    residency = residency_of(map);
    assert_int_equal(residency.dirty + residency.write_back, 0);
    mmio_map_close(map);
}

static void G3_pages_are_listed_as_mincore_sees_them(void **state)
{
    (void)state;
    static uint8_t listed[FILE_SIZE / 4096];
    static unsigned char expected[FILE_SIZE / 4096];
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_ok(mmio_map_evict(map, 0, FILE_SIZE, ERR));
    char byte;
    assert_ok(mmio_map_advise(map, 0, FILE_SIZE, MMIO_ADVICE_RANDOM, ERR));
    assert_ok(mmio_map_read(map, FILE_SIZE / 2, &byte, 1, ERR));
    const size_t count = (size_t)page_count();
    assert_ok(mmio_map_resident_pages(map, 0, FILE_SIZE, count, listed, ERR));
    assert_int_equal(mincore((void *)(uintptr_t)data_of(map), FILE_SIZE, expected), 0);
    uint64_t cached = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(listed[i], expected[i] & 1);
        cached += listed[i];
    }
    assert_int_equal(listed[count / 2], 1);
    assert_int_equal(cached, residency_of(map).cached);
    assert_ok(mmio_map_resident_pages(map, FILE_SIZE / 2 - 1, 2, 2, listed, ERR));
    assert_int_equal(listed[1], 1);
    assert_status(MMIO_ERR_INVALID, mmio_map_resident_pages(map, 0, 1, 2, listed, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_resident_pages(map, 0, 1, 1, NULL, ERR));
    assert_ok(mmio_map_resident_pages(map, 0, 0, 0, NULL, ERR));
    mmio_map_close(map);
}

static void G3_evicting_writes_back_first_and_views_stay_valid(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RW);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, FILE_SIZE, 0, &view, ERR));
    assert_ok(mmio_map_fill(map, 0, FILE_SIZE, 'y', ERR));
    assert_ok(mmio_map_evict(map, 0, FILE_SIZE, ERR));
    assert_int_equal(residency_of(map).cached, 0);
    assert_memory_equal((const char *)view.data + FILE_SIZE - 4, "yyyy", 4);
    mmio_view_release(&view);
    mmio_map_close(map);
}

static void G3_evicting_a_range_leaves_the_rest(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_ok(mmio_map_evict(map, 0, FILE_SIZE / 2, ERR));
    const uint64_t cached = residency_of(map).cached;
    /* A folio of the cache that reaches beyond the range stays as a whole. */
    assert_in_range(cached, page_count() / 2, page_count() - 1);
    mmio_map_close(map);
}

static void G3_pages_that_have_no_place_but_memory_are_not_evicted(void **state)
{
    (void)state;
    mmio_map *maps[] = {make_map(MMIO_MODE_COW_RW), anonymous_map(100)};
    for (size_t i = 0; i < 2; i++) {
        assert_status(MMIO_ERR_MODE, mmio_map_evict(maps[i], 0, 1, ERR));
        mmio_map_close(maps[i]);
    }
}

#if MLOCK_WORKS
static void G4_locked_pages_are_locked_until_they_are_unlocked(void **state)
{
    (void)state;
    const unsigned long page_kib = (unsigned long)mmio_page_size() / 1024;
    mmio_map *map = make_map(MMIO_MODE_RW);
    assert_ok(mmio_map_unlock_memory(map, 0, FILE_SIZE, ERR));
    assert_ok(mmio_map_lock_memory(map, 5000, 1, ERR));
    assert_ok(mmio_map_lock_memory(map, 5000, 1, ERR));
    assert_int_equal(kib_of(map, "Locked"), page_kib);
    assert_ok(mmio_map_write(map, 5000, "y", 1, ERR));
    assert_ok(mmio_map_unlock_memory(map, 0, FILE_SIZE, ERR));
    assert_int_equal(kib_of(map, "Locked"), 0);
    assert_ok(mmio_map_lock_memory(map, 0, FILE_SIZE, ERR));
    assert_int_equal(kib_of(map, "Locked"), FILE_SIZE / 1024);
    assert_status(MMIO_ERR_RANGE, mmio_map_lock_memory(map, 1, FILE_SIZE, ERR));
    mmio_map_close(map);
}

/* Root may lock what it likes, so another user asks. */
static mmio_error lock_too_much_in_child(mmio_map *map, rlim_t most)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
        mmio_error error = {0};
        if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0 && setuid(65534) == 0) {
            (void)mmio_map_lock_memory(map, 0, FILE_SIZE, &error);
        }
        _exit(write(ends[1], &error, sizeof error) == sizeof error ? 0 : 1);
    }
    mmio_error error;
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(read(ends[0], &error, sizeof error), sizeof error);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return error;
}

static void G4_the_limit_on_locked_memory_is_named(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    const rlim_t limits[] = {0, 64 << 10};
    for (size_t i = 0; i < 2; i++) {
        const mmio_error error = lock_too_much_in_child(map, limits[i]);
        assert_status(MMIO_ERR_LIMIT, error.status);
        assert_non_null(strstr(error.message, "limit on locked memory"));
    }
    mmio_map_close(map);
}

static void G4_A6_a_refused_lock_keeps_the_systems_code(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_int_equal(lock_too_much_in_child(map, 0).os_code, EPERM);
    assert_int_equal(lock_too_much_in_child(map, 64 << 10).os_code, ENOMEM);
    mmio_map_close(map);
}

static void G4_locking_bytes_that_are_gone_is_a_fault_and_no_limit(void **state)
{
    (void)state;
    mmio_map *map = make_map(MMIO_MODE_RO);
    assert_int_equal(truncate("f", 0), 0);
    assert_status(MMIO_ERR_FAULT, mmio_map_lock_memory(map, 0, FILE_SIZE, ERR));
    mmio_map_close(map);
}

static void G4_all_of_a_map_is_locked_and_unlocked_in_every_mode(void **state)
{
    (void)state;
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        mmio_map *map = make_map(mode);
        assert_ok(mmio_map_lock_memory(map, 0, FILE_SIZE, ERR));
        assert_int_equal(kib_of(map, "Locked"), FILE_SIZE / 1024);
        assert_ok(mmio_map_unlock_memory(map, 0, FILE_SIZE, ERR));
        assert_int_equal(kib_of(map, "Locked"), 0);
        mmio_map_close(map);
    }
}
#endif

static void A7_B13_null_and_closed_maps_are_refused(void **state)
{
    (void)state;
    mmio_residency residency = {.struct_size = sizeof residency};
    uint8_t page;
    mmio_map *map = anonymous_map(1);
    assert_ok(mmio_map_shutdown(map, ERR));
    mmio_map *refused[] = {NULL, map};
    const mmio_status expected[] = {MMIO_ERR_INVALID, MMIO_ERR_CLOSED};
    for (size_t i = 0; i < 2; i++) {
        assert_status(expected[i], mmio_map_advise(refused[i], 0, 1, 0, ERR));
        assert_status(expected[i], mmio_map_prefetch(refused[i], 0, 1, ERR));
        assert_status(expected[i], mmio_map_touch(refused[i], 0, 1, 0, NULL, NULL, ERR));
        assert_status(expected[i], mmio_map_residency(refused[i], 0, 1, &residency, ERR));
        assert_status(expected[i], mmio_map_resident_pages(refused[i], 0, 1, 1, &page, ERR));
        assert_status(expected[i], mmio_map_evict(refused[i], 0, 1, ERR));
        assert_status(expected[i], mmio_map_lock_memory(refused[i], 0, 1, ERR));
        assert_status(expected[i], mmio_map_unlock_memory(refused[i], 0, 1, ERR));
    }
    residency.struct_size = sizeof residency - 1;
    assert_status(MMIO_ERR_INVALID, mmio_map_residency(map, 0, 1, &residency, ERR));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(G1_advice_is_taken_for_any_range_and_changes_no_byte),
        IN_DIRECTORY(G1_dont_need_discards_what_a_cow_rw_map_wrote),
        IN_DIRECTORY(G1_dont_need_keeps_unflushed_bytes_of_a_shared_map),
        IN_DIRECTORY(G1_dont_need_keeps_anonymous_memory_and_clears_private_memory),
        IN_DIRECTORY(G2_touching_maps_every_page_the_range_intersects),
        IN_DIRECTORY(G2_touching_for_writing_needs_a_writable_mode),
        IN_DIRECTORY(G2_touching_tells_how_far_it_is_and_stops_when_asked),
        IN_DIRECTORY(G2_touching_bytes_that_are_gone_is_a_fault_and_not_a_signal),
        IN_DIRECTORY(G2_G3_prefetching_brings_evicted_pages_back),
        IN_DIRECTORY(G3_dirty_pages_are_counted_until_they_are_flushed),
        IN_DIRECTORY(G3_pages_are_listed_as_mincore_sees_them),
        IN_DIRECTORY(G3_evicting_writes_back_first_and_views_stay_valid),
        IN_DIRECTORY(G3_evicting_a_range_leaves_the_rest),
        IN_DIRECTORY(G3_pages_that_have_no_place_but_memory_are_not_evicted),
#if MLOCK_WORKS
        IN_DIRECTORY(G4_locked_pages_are_locked_until_they_are_unlocked),
        IN_DIRECTORY(G4_all_of_a_map_is_locked_and_unlocked_in_every_mode),
        IN_DIRECTORY(G4_the_limit_on_locked_memory_is_named),
        IN_DIRECTORY(G4_A6_a_refused_lock_keeps_the_systems_code),
        IN_DIRECTORY(G4_locking_bytes_that_are_gone_is_a_fault_and_no_limit),
#endif
        IN_DIRECTORY(A7_B13_null_and_closed_maps_are_refused),
    };
    return cmocka_run_group_tests_name("contract G: paging", tests, NULL, NULL);
}
