/* SPDX-License-Identifier: Apache-2.0 */
/* G2, B11: touching sparse files. What is mapped and what is cached is asked of the kernel. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

#define MIB ((uint64_t)1 << 20)

enum { PAGE = 4096 };

/* Bytes of a file that are not a hole. */
typedef struct stretch {
    uint64_t offset;
    uint64_t size;
} stretch;

static void write_stretch(int fd, stretch s)
{
    static char bytes[1 << 20];
    assert_true(s.size <= sizeof bytes);
    memset(bytes, 'd', sizeof bytes);
    assert_int_equal(pwrite(fd, bytes, (size_t)s.size, (off_t)s.offset), s.size);
}

static void make_sparse(const char *path, uint64_t size, const stretch *data, size_t count)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    for (size_t i = 0; i < count; i++) {
        write_stretch(fd, data[i]);
    }
    assert_int_equal(close(fd), 0);
}

/* Write it all to the disk, and keep nothing of it in memory. */
static void drop(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fsync(fd), 0);
    assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    assert_int_equal(close(fd), 0);
}

static const uint8_t *data_of(mmio_map *map)
{
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    return data;
}

/* Whether the page at `offset` is in the page table. */
static bool is_mapped(mmio_map *map, uint64_t offset)
{
    const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    uint64_t entry = 0;
    const off_t place = (off_t)((uintptr_t)(data_of(map) + offset) / PAGE * sizeof entry);
    assert_int_equal(pread(fd, &entry, sizeof entry, place), sizeof entry);
    assert_int_equal(close(fd), 0);
    return entry >> 63 != 0;
}

static bool all_mapped(mmio_map *map, const stretch *data, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (uint64_t at = 0; at < data[i].size; at += PAGE) {
            if (!is_mapped(map, data[i].offset + at)) {
                return false;
            }
        }
    }
    return true;
}

/* After a touch of all of it with such flags. Systems that page out what they take for cold may
 * have taken a page away since, but not each time. */
static void check_touched(mmio_map *map, uint32_t flags, const stretch *data, size_t count)
{
    for (int tries = 0; !all_mapped(map, data, count); tries++) {
        assert_in_range(tries, 0, 20);
        assert_ok(mmio_map_touch(map, 0, mmio_map_size(map), flags, NULL, NULL, ERR));
    }
}

/* Pages of the whole map that are in memory. */
static uint64_t count_cached(mmio_map *map)
{
    static unsigned char pages[(1 << 30) / PAGE];
    const uint64_t size = mmio_map_size(map);
    assert_true(size / PAGE <= sizeof pages);
    assert_int_equal(mincore((void *)(uintptr_t)data_of(map), size, pages), 0);
    uint64_t cached = 0;
    for (uint64_t i = 0; i < size / PAGE; i++) {
        cached += pages[i] & 1;
    }
    return cached;
}

typedef struct progress {
    uint64_t last;
    uint64_t total;
} progress;

static int32_t follow(uint64_t done, uint64_t total, void *user)
{
    progress *p = user;
    assert_true(done > p->last);
    *p = (progress){done, total};
    return 0;
}

static const stretch some_data[] = {
    {0, MIB}, {300 * MIB + 5 * PAGE, MIB}, {700 * MIB, 8 * PAGE}, {1023 * MIB, MIB}};
enum { SOME = sizeof some_data / sizeof some_data[0] };

static void G2_touching_a_sparse_file_reads_in_its_data_and_not_its_holes(void **state)
{
    (void)state;
    make_sparse("f", 1024 * MIB, some_data, SOME);
    drop("f");
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_RW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", modes[i]);
        progress p = {0, 0};
        assert_ok(mmio_map_touch(map, 0, 1024 * MIB, 0, follow, &p, ERR));
        assert_int_equal(p.last, 1024 * MIB);
        assert_int_equal(p.total, 1024 * MIB);
        check_touched(map, 0, some_data, SOME);
        assert_false(is_mapped(map, 150 * MIB));
        assert_false(is_mapped(map, 900 * MIB));
        /* The system may read ahead of data, never into all of a hole. */
        assert_in_range(count_cached(map), 3 * MIB / PAGE, 32 * MIB / PAGE);
        mmio_map_close(map);
    }
}

static void B11_opening_eagerly_passes_over_holes(void **state)
{
    (void)state;
    make_sparse("f", 1024 * MIB, some_data, SOME);
    drop("f");
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.touch = MMIO_TOUCH_EAGER;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    for (int tries = 0; !all_mapped(map, some_data, SOME); tries++) {
        assert_in_range(tries, 0, 20);
        mmio_map_close(map);
        assert_ok(mmio_map_open("f", &options, &map, ERR));
    }
    assert_in_range(count_cached(map), 3 * MIB / PAGE, 32 * MIB / PAGE);
    mmio_map_close(map);
}

static void G2_touching_a_window_of_a_sparse_file_reads_in_its_data(void **state)
{
    (void)state;
    make_sparse("f", 1024 * MIB, some_data, SOME);
    drop("f");
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.window_offset = 299 * MIB + 100;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_ok(mmio_map_touch(map, 50, mmio_map_size(map) - 50, 0, NULL, NULL, ERR));
    for (size_t i = 1; i < SOME; i++) {
        const stretch moved = {some_data[i].offset - options.window_offset, some_data[i].size};
        check_touched(map, 0, &moved, 1);
    }
    assert_false(is_mapped(map, 500 * MIB));
    mmio_map_close(map);
}

static void G2_data_that_is_not_yet_on_the_disk_is_read_in(void **state)
{
    (void)state;
    const stretch data[] = {{20 * MIB, 4 * PAGE}, {40 * MIB, PAGE}};
    make_sparse("f", 64 * MIB, data, 1);
    mmio_map *writer = open_mode("f", MMIO_MODE_RW);
    assert_ok(mmio_map_write(writer, 40 * MIB, "d", 1, ERR));
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    assert_true(unwritten_pages("f") != 0);
    assert_ok(mmio_map_touch(map, 0, 64 * MIB, 0, NULL, NULL, ERR));
    check_touched(map, 0, data, 2);
    assert_false(is_mapped(map, 10 * MIB));
    mmio_map_close(map);
    mmio_map_close(writer);
}

/* More stretches than one answer of the system holds, far from and close to each other. */
static void G2_every_stretch_of_many_is_read_in(void **state)
{
    (void)state;
    enum { MANY = 300 };
    const uint64_t distances[] = {256 << 10, 2 * PAGE};
    for (size_t d = 0; d < 2; d++) {
        stretch data[MANY];
        for (uint64_t i = 0; i < MANY; i++) {
            data[i] = (stretch){(i + 1) * distances[d], PAGE};
        }
        make_sparse("f", 128 * MIB, data, MANY);
        drop("f");
        mmio_map *map = open_mode("f", MMIO_MODE_RO);
        assert_ok(mmio_map_touch(map, 0, 128 * MIB, 0, NULL, NULL, ERR));
        check_touched(map, 0, data, MANY);
        assert_false(is_mapped(map, 127 * MIB));
        mmio_map_close(map);
    }
}

static void G2_holes_are_read_in_for_writing_and_in_private_maps(void **state)
{
    (void)state;
    const struct {
        uint32_t mode;
        uint32_t flags;
    } ways[] = {{MMIO_MODE_RW, MMIO_POPULATE_WRITE},
                {MMIO_MODE_COW, 0},
                {MMIO_MODE_COW_RW, 0},
                {MMIO_MODE_COW_RW, MMIO_POPULATE_WRITE}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        make_sparse("f", 8 * MIB, NULL, 0);
        mmio_map *map = open_mode("f", ways[i].mode);
        assert_ok(mmio_map_touch(map, 0, 8 * MIB, ways[i].flags, NULL, NULL, ERR));
        check_touched(map, ways[i].flags, &(stretch){0, 8 * MIB}, 1);
        mmio_map_close(map);
    }
}

/* There reading a page of a hole later needs memory, and is a signal if none is left. */
static void G2_holes_of_files_in_memory_are_read_in(void **state)
{
    (void)state;
    char path[64];
    (void)snprintf(path, sizeof path, "/dev/shm/mmio-test-%d", (int)getpid());
    make_sparse(path, 8 * MIB, NULL, 0);
    mmio_map *map = open_mode(path, MMIO_MODE_RO);
    assert_int_equal(unlink(path), 0);
    assert_ok(mmio_map_touch(map, 0, 8 * MIB, 0, NULL, NULL, ERR));
    assert_int_equal(count_cached(map), 8 * MIB / PAGE);
    mmio_map_close(map);
}

static void G2_touching_a_sparse_file_that_was_cut_is_a_fault(void **state)
{
    (void)state;
    const stretch data = {0, MIB};
    const uint64_t cuts[] = {2 * MIB, MIB, MIB / 2, 100};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        make_sparse("f", 64 * MIB, &data, 1);
        mmio_map *map = open_mode("f", MMIO_MODE_RO);
        assert_int_equal(truncate("f", (off_t)cuts[i]), 0);
        assert_status(MMIO_ERR_FAULT, mmio_map_touch(map, 0, 64 * MIB, 0, NULL, NULL, ERR));
        assert_true(last_error.offset < cuts[i] + PAGE); /* A page stays whole. */
        assert_true(last_error.offset + last_error.size > cuts[i]);
        assert_status(MMIO_ERR_FAULT, mmio_map_touch(map, 32 * MIB, MIB, 0, NULL, NULL, ERR));
        assert_int_equal(last_error.offset, 32 * MIB);
        assert_ok(mmio_map_touch(map, 0, cuts[i], 0, NULL, NULL, ERR));
        mmio_map_close(map);
    }
}

static void G2_B7_touching_leaves_the_position_of_a_handle_alone(void **state)
{
    (void)state;
    make_sparse("f", 1024 * MIB, some_data, SOME);
    const int fd = open("f", O_RDONLY | O_CLOEXEC);
    const int same = dup(fd);
    assert_true(fd >= 0 && same >= 0);
    assert_int_equal(lseek(fd, 123, SEEK_SET), 123);
    mmio_map *map;
    assert_ok(mmio_map_from_handle(fd, "f", NULL, &map, ERR));
    assert_ok(mmio_map_touch(map, 0, 1024 * MIB, 0, NULL, NULL, ERR));
    assert_int_equal(lseek(same, 0, SEEK_CUR), 123);
    mmio_map_close(map);
    assert_int_equal(close(same), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B11_opening_eagerly_passes_over_holes),
        IN_DIRECTORY(G2_touching_a_sparse_file_reads_in_its_data_and_not_its_holes),
        IN_DIRECTORY(G2_touching_a_window_of_a_sparse_file_reads_in_its_data),
        IN_DIRECTORY(G2_data_that_is_not_yet_on_the_disk_is_read_in),
        IN_DIRECTORY(G2_every_stretch_of_many_is_read_in),
        IN_DIRECTORY(G2_holes_are_read_in_for_writing_and_in_private_maps),
        IN_DIRECTORY(G2_holes_of_files_in_memory_are_read_in),
        IN_DIRECTORY(G2_touching_a_sparse_file_that_was_cut_is_a_fault),
        IN_DIRECTORY(G2_B7_touching_leaves_the_position_of_a_handle_alone),
    };
    return cmocka_run_group_tests_name("contract G: touching sparse files", tests, NULL, NULL);
}
