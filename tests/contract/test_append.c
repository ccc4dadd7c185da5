/* SPDX-License-Identifier: Apache-2.0 */
/* D6: appending. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static uint64_t append(mmio_map *map, const char *text)
{
    uint64_t offset = UINT64_MAX;
    assert_ok(mmio_map_append(map, text, strlen(text), &offset, ERR));
    return offset;
}

static uint64_t appended(mmio_map *map)
{
    const mmio_map_info info = info_of(map);
    return info.appended;
}

static void D6_each_append_goes_behind_the_last_and_close_trims_the_file(void **state)
{
    (void)state;
    make_file("f", 5, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    assert_int_equal(appended(map), 5);
    assert_int_equal(append(map, "abc"), 5);
    assert_int_equal(append(map, "defg"), 8);
    assert_int_equal(append(map, ""), 12);
    assert_ok(mmio_map_append(map, NULL, 0, NULL, ERR));
    assert_int_equal(appended(map), 12);
    assert_true(mmio_map_size(map) > 12);
    mmio_map_close(map);
    char bytes[12];
    assert_int_equal(file_size("f"), 12);
    file_bytes("f", 0, bytes, 12);
    assert_memory_equal(bytes, "xxxxxabcdefg", 12);
}

static void D6_the_map_grows_in_larger_and_larger_steps(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1);
    static char bytes[4096];
    uint64_t size = mmio_map_size(map);
    int growths = 0;
    enum { RECORDS = 16384 };
    for (int i = 0; i < RECORDS; i++) {
        assert_ok(mmio_map_append(map, bytes, sizeof bytes, NULL, ERR));
        growths += mmio_map_size(map) != size;
        size = mmio_map_size(map);
    }
    assert_true(growths <= 16); /* 64 MiB from 64 KiB on by doubling: 10. */
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 1 + RECORDS * sizeof bytes);
}

enum { APPENDERS = 4, RECORDS_EACH = 20000 };

typedef struct record {
    uint32_t thread;
    uint32_t number;
    uint64_t offset; /* Its own, as told. */
} record;

typedef struct appender {
    mmio_map *map;
    uint32_t thread;
    uint64_t offsets[RECORDS_EACH];
} appender;

static void *append_records(void *argument)
{
    appender *a = argument;
    for (uint32_t i = 0; i < RECORDS_EACH; i++) {
        const record r = {a->thread, i, 0};
        if (mmio_map_append(a->map, &r, sizeof r, &a->offsets[i], NULL) != MMIO_OK) {
            return NULL;
        }
    }
    return a;
}

static void D6_many_threads_append_and_no_record_is_lost_or_torn(void **state)
{
    (void)state;
    static appender appenders[APPENDERS];
    static unsigned char seen[APPENDERS][RECORDS_EACH];
    uintptr_t threads[APPENDERS];
    mmio_map *map = create_map("f", sizeof(record));
    for (uint32_t i = 0; i < APPENDERS; i++) {
        appenders[i].map = map;
        appenders[i].thread = i;
        start_thread(&threads[i], append_records, &appenders[i]);
    }
    for (uint32_t i = 0; i < APPENDERS; i++) {
        assert_ptr_equal(join_thread(threads[i]), &appenders[i]);
    }
    for (uint32_t i = 0; i < APPENDERS; i++) {
        for (uint32_t n = 0; n < RECORDS_EACH; n++) {
            record r;
            assert_ok(mmio_map_read(map, appenders[i].offsets[n], &r, sizeof r, ERR));
            assert_int_equal(r.thread, i);
            assert_int_equal(r.number, n);
            assert_false(seen[i][n]++);
        }
    }
    mmio_map_close(map);
    assert_int_equal(file_size("f"), sizeof(record) * (1 + APPENDERS * RECORDS_EACH));
}

static void D6_views_keep_their_place_while_others_append(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 4096);
    options.reserve = 8192; /* So small that the map must move. */
    mmio_map *map = NULL;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    mmio_view view;
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_view_acquire(map, 0, 4096, 0, &view, ERR));
    static char bytes[100000];
    for (int i = 0; i < 100; i++) {
        assert_ok(mmio_map_append(map, bytes, sizeof bytes, NULL, ERR));
    }
    assert_memory_equal(view.data, "abc", 3);
    mmio_map_close(map);
    /* The view keeps the file, so the room ahead is there until it goes. */
    assert_memory_equal(view.data, "abc", 3);
    mmio_view_release(&view);
    assert_int_equal(file_size("f"), 4096 + 100 * sizeof bytes);
}

static void D6_a_resize_says_where_the_next_append_goes(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10);
    assert_int_equal(append(map, "abc"), 10);
    assert_ok(mmio_map_resize(map, 20, 0, ERR));
    assert_int_equal(append(map, "abc"), 20);
    assert_ok(mmio_map_resize(map, 12, 0, ERR));
    assert_int_equal(append(map, "abc"), 12);
    assert_ok(mmio_map_resize(map, 30, 0, ERR));
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 30);
}

static void D6_only_maps_that_can_grow_take_appends(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_open_options window = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    window.window_size = 5000;
    mmio_map *maps[] = {open_mode("f", MMIO_MODE_RO), open_mode("f", MMIO_MODE_COW),
                        open_mode("f", MMIO_MODE_COW_RW), NULL};
    assert_ok(mmio_map_open("f", &window, &maps[3], ERR));
    for (size_t i = 0; i < 4; i++) {
        uint64_t offset = 1;
        assert_status(MMIO_ERR_MODE, mmio_map_append(maps[i], "abc", 3, &offset, ERR));
        assert_int_equal(offset, 0);
        mmio_map_close(maps[i]);
    }
    assert_int_equal(file_size("f"), 10000);
    uint64_t offset;
    assert_status(MMIO_ERR_INVALID, mmio_map_append(NULL, "abc", 3, &offset, ERR));
    mmio_map *map = anonymous_map(10);
    assert_status(MMIO_ERR_INVALID, mmio_map_append(map, NULL, 3, &offset, ERR));
    assert_status(MMIO_ERR_TOO_LARGE, mmio_map_append(map, "abc", SIZE_MAX, &offset, ERR));
    assert_int_equal(append(map, "abc"), 10);
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_append(map, "abc", 3, &offset, ERR));
    mmio_map_close(map);
}

static void D6_a_full_disk_takes_what_fits_and_then_says_so(void **state)
{
    (void)state;
    assert_int_equal(mkdir("small", 0700), 0);
    assert_int_equal(mount("mmio-test", "small", "tmpfs", 0, "size=1m"), 0);
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 4096);
    options.flags = MMIO_OPEN_ALLOCATE;
    mmio_map *map = NULL;
    assert_ok(mmio_map_open("small/f", &options, &map, ERR));
    static char bytes[4096];
    mmio_status status = MMIO_OK;
    uint64_t records = 0;
    for (; status == MMIO_OK && records < 1000; records++) {
        status = mmio_map_append(map, bytes, sizeof bytes, NULL, ERR);
    }
    assert_status(MMIO_ERR_NO_SPACE, status);
    assert_true(records > 200);
    assert_int_equal(appended(map), 4096 * records);
    mmio_map_close(map);
    assert_int_equal(file_size("small/f"), 4096 * records);
    assert_int_equal(umount("small"), 0);
}

static void D6_taking_the_file_back_trims_it(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10);
    append(map, "abc");
    intptr_t handle = -1;
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(file_size("f"), 13);
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
}

static void D6_B12_a_child_that_closes_does_not_cut_its_parents_file(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10);
    append(map, "abc");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        mmio_map_close(map);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(file_size("f"), mmio_map_size(map));
    assert_int_equal(append(map, "def"), 13);
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 16);
}

/* A memory file whose end is sealed cannot be cut. */
static void D6_B7_a_file_that_cannot_be_trimmed_is_not_given_back(void **state)
{
    (void)state;
    const int fd = memfd_create("f", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0 && ftruncate(fd, 5) == 0);
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    mmio_map *map = NULL;
    assert_ok(mmio_map_from_handle(fd, "f", &options, &map, ERR));
    assert_int_equal(append(map, "abc"), 5);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    intptr_t handle = 0;
    assert_status(MMIO_ERR_ACCESS, mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(last_error.os_code, EPERM);
    assert_int_equal(handle, -1);
    assert_int_equal(append(map, "defg"), 8);
    mmio_map_close(map);
}

/* Cutting needs no leave to make files longer. */
static void D6_a_limit_on_file_sizes_does_not_keep_close_from_trimming(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 50000);
    assert_int_equal(append(map, "abc"), 50000);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    mmio_map_close(map);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(file_size("f"), 50003);
}

/* What others have cut off stays so. */
static void D6_close_does_not_lengthen_the_file(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 50000);
    assert_int_equal(append(map, "abc"), 50000);
    assert_int_equal(truncate("f", 100), 0);
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 100);
}

static void D6_A8_what_is_too_large_claims_no_place(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    uint64_t offset = 7;
    const uint64_t sizes[] = {mmio_max_size() - 99, mmio_max_size(), SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        assert_status(MMIO_ERR_TOO_LARGE,
                      mmio_map_append(map, &offset, (size_t)sizes[i], &offset, ERR));
        assert_int_equal(offset, 0);
    }
    /* No larger than is allowed, but than what is there. */
    const mmio_status status =
        mmio_map_append(map, &offset, (size_t)mmio_max_size() - 100, &offset, ERR);
    assert_true(status == MMIO_ERR_NO_SPACE || status == MMIO_ERR_NO_MEMORY);
    assert_int_equal(file_size("f"), 100);
    assert_int_equal(append(map, "abc"), 100);
    mmio_map_close(map);
    assert_int_equal(file_size("f"), 103);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D6_each_append_goes_behind_the_last_and_close_trims_the_file),
        IN_DIRECTORY(D6_the_map_grows_in_larger_and_larger_steps),
        IN_DIRECTORY(D6_many_threads_append_and_no_record_is_lost_or_torn),
        IN_DIRECTORY(D6_views_keep_their_place_while_others_append),
        IN_DIRECTORY(D6_a_resize_says_where_the_next_append_goes),
        IN_DIRECTORY(D6_only_maps_that_can_grow_take_appends),
        IN_DIRECTORY(D6_a_full_disk_takes_what_fits_and_then_says_so),
        IN_DIRECTORY(D6_taking_the_file_back_trims_it),
        IN_DIRECTORY(D6_B7_a_file_that_cannot_be_trimmed_is_not_given_back),
        IN_DIRECTORY(D6_a_limit_on_file_sizes_does_not_keep_close_from_trimming),
        IN_DIRECTORY(D6_close_does_not_lengthen_the_file),
        IN_DIRECTORY(D6_B12_a_child_that_closes_does_not_cut_its_parents_file),
        IN_DIRECTORY(D6_A8_what_is_too_large_claims_no_place),
    };
    return cmocka_run_group_tests_name("contract D6: appending", tests, NULL, NULL);
}
