/* SPDX-License-Identifier: Apache-2.0 */
/* A4, A5, E2, E4: one map with many holders, and one file with many maps, readers and processes. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* Holders. */

enum { TURNS = 20000, SHARERS = 4 };

static void *hold_and_close_body(void *argument)
{
    mmio_map *map = argument;
    for (int i = 0; i < TURNS; i++) {
        mmio_map *same = mmio_map_retain(map);
        if (mmio_map_write(same, 0, "abc", 3, NULL) != MMIO_OK) {
            return map;
        }
        mmio_map_close(same);
    }
    mmio_map_close(map);
    return NULL;
}

static void A4_holders_come_and_go_on_many_threads_and_the_last_one_ends_the_map(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    mmio_map *map = create_map("f", 100);
    mmio_map_info info = {.struct_size = sizeof info};
    uintptr_t threads[SHARERS];
    for (int i = 0; i < SHARERS; i++) {
        start_thread(&threads[i], hold_and_close_body, mmio_map_retain(map));
    }
    for (int i = 0; i < SHARERS; i++) {
        assert_null(join_thread(threads[i]));
    }
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.holders, 1);
    assert_int_equal(mmio_map_pending(map), 3 * TURNS * SHARERS);
    assert_int_equal(open_descriptors(), descriptors + 1);
    mmio_map_close(map);
    assert_int_equal(open_descriptors(), descriptors);
}

static void *resize_and_close_body(void *argument)
{
    const mmio_status status = mmio_map_resize(argument, 5000, -1, NULL);
    mmio_map_close(argument);
    return (void *)(intptr_t)status;
}

static void A4_a_handle_made_on_one_thread_is_resized_and_closed_on_another(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    mmio_map *map = create_map("f", 100);
    uintptr_t thread;
    start_thread(&thread, resize_and_close_body, map);
    assert_ok((mmio_status)(intptr_t)join_thread(thread));
    assert_int_equal(open_descriptors(), descriptors);
    assert_int_equal(file_size("f"), 5000);
}

/* Other maps, readers and processes. */

/* What a map of its own, and a plain read, find at the beginning of "f" in another process. */
static bool other_process_sees(const char *expected)
{
    const size_t size = strlen(expected);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char bytes[16] = "";
        mmio_map *map = NULL;
        const int fd = open("f", O_RDONLY | O_CLOEXEC);
        bool right = pread(fd, bytes, size, 0) == (ssize_t)size;
        right = right && memcmp(bytes, expected, size) == 0;
        right = right && mmio_map_open("f", NULL, &map, NULL) == MMIO_OK;
        right = right && mmio_map_read(map, 0, bytes, size, NULL) == MMIO_OK;
        _exit(right && memcmp(bytes, expected, size) == 0 ? 0 : 1);
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    return outcome == 0;
}

static void A5_every_kind_of_write_is_seen_by_other_processes_at_once(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 1 << 20);
    mmio_map *source = anonymous_map(8);
    mmio_view view;
    void *data;
    assert_ok(mmio_map_write(map, 0, "abcd", 4, ERR));
    assert_true(other_process_sees("abcd"));
    assert_ok(mmio_map_fill(map, 0, 4, 'e', ERR));
    assert_true(other_process_sees("eeee"));
    assert_ok(mmio_map_write(source, 0, "fghi", 4, ERR));
    assert_ok(mmio_map_copy(source, 0, map, 0, 4, ERR));
    assert_true(other_process_sees("fghi"));
    assert_ok(mmio_view_acquire(map, 0, 4, MMIO_VIEW_WRITE, &view, ERR));
    memcpy(view.data, "jklm", 4);
    assert_true(other_process_sees("jklm")); /* Before its release. */
    mmio_view_release(&view);
    assert_ok(mmio_atomic_u32_store(map, 0, 0x6e6e6e6e, ERR));
    assert_true(other_process_sees("nnnn"));
    assert_ok(mmio_map_data_mut(map, &data, ERR));
    memcpy(data, "opqr", 4);
    assert_true(other_process_sees("opqr"));
    assert_ok(mmio_map_zero(map, 0, 1 << 20, ERR));
    assert_false(other_process_sees("opqr"));
    mmio_map_close(source);
    mmio_map_close(map);
}

static void A5_what_others_write_is_seen_through_the_map(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *shared[] = {open_mode("f", MMIO_MODE_RO), open_mode("f", MMIO_MODE_RW)};
    const int fd = open("f", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "abc", 3, 50), 3);
    assert_int_equal(close(fd), 0);
    for (size_t i = 0; i < 2; i++) {
        char bytes[3];
        assert_ok(mmio_map_read(shared[i], 50, bytes, 3, ERR));
        assert_memory_equal(bytes, "abc", 3);
        mmio_map_close(shared[i]);
    }
}

static void E4_here_other_maps_of_the_file_do_not_keep_it_from_shrinking(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10000);
    mmio_map *other = open_mode("f", MMIO_MODE_RO);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_map_resize(map, 3, 0, ERR));
    assert_int_equal(file_size("f"), 3);
    char bytes[3];
    assert_ok(mmio_map_read(other, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    mmio_map_close(other);
    mmio_map_close(map);
}

static void E4_E3_a_shrink_that_the_system_refuses_changes_nothing(void **state)
{
    (void)state;
    const int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 10000), 0);
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    mmio_map *map;
    assert_ok(mmio_map_from_handle(fd, "sealed", &options, &map, ERR));
    assert_ok(mmio_map_write(map, 9997, "abc", 3, ERR));
    const void *before = NULL;
    assert_ok(mmio_map_data(map, &before, ERR));
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    assert_status(MMIO_ERR_ACCESS, mmio_map_resize(map, 100, 0, ERR));
    assert_int_equal(last_error.os_code, EPERM);
    const void *after = NULL;
    char bytes[3];
    assert_ok(mmio_map_data(map, &after, ERR));
    assert_ptr_equal(after, before);
    assert_int_equal(mmio_map_size(map), 10000);
    assert_ok(mmio_map_read(map, 9997, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    assert_ok(mmio_map_resize(map, 20000, 0, ERR));
    mmio_map_close(map);
}

static void E2_a_growth_that_fails_does_not_cut_what_another_map_added(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 5000);
    mmio_map *other = open_mode("f", MMIO_MODE_RW);
    assert_ok(mmio_map_resize(other, 60000, 0, ERR));
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {.rlim_cur = 1 << 16, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    assert_status(MMIO_ERR_NO_SPACE, mmio_map_resize(map, 1 << 20, 0, ERR));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(file_size("f"), 60000);
    mmio_map_close(other);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A4_holders_come_and_go_on_many_threads_and_the_last_one_ends_the_map),
        IN_DIRECTORY(A4_a_handle_made_on_one_thread_is_resized_and_closed_on_another),
        IN_DIRECTORY(A5_every_kind_of_write_is_seen_by_other_processes_at_once),
        IN_DIRECTORY(A5_what_others_write_is_seen_through_the_map),
        IN_DIRECTORY(E2_a_growth_that_fails_does_not_cut_what_another_map_added),
        IN_DIRECTORY(E4_here_other_maps_of_the_file_do_not_keep_it_from_shrinking),
        IN_DIRECTORY(E4_E3_a_shrink_that_the_system_refuses_changes_nothing),
    };
    return cmocka_run_group_tests_name("contract A, E: sharing", tests, NULL, NULL);
}
