/* SPDX-License-Identifier: Apache-2.0 */
/* B7: handles in and out. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "support.h"

static int open_fd(const char *path, int flags)
{
    const int fd = open(path, flags | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static mmio_status from_fd(int fd, uint32_t mode, mmio_map **out_map)
{
    const mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    return mmio_map_from_handle(fd, "label", &options, out_map, ERR);
}

static void B7_the_library_owns_the_handle_on_success(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const int fd = open_fd("f", O_RDWR);
    mmio_map *map;
    assert_ok(from_fd(fd, MMIO_MODE_RW, &map));
    assert_string_equal(mmio_map_path(map), "label");
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.handle, fd);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_map_resize(map, 200, 0, ERR));
    mmio_map_close(map);
    assert_false(is_open(fd));
    assert_int_equal(file_size("f"), 200);
}

static void B7_the_caller_keeps_the_handle_on_failure(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map;
    const int reader = open_fd("f", O_RDONLY);
    assert_status(MMIO_ERR_MODE, from_fd(reader, MMIO_MODE_RW, &map));
    assert_true(is_open(reader));
    const int directory = open_fd(".", O_RDONLY);
    assert_status(MMIO_ERR_NOT_FILE, from_fd(directory, MMIO_MODE_RO, &map));
    assert_true(is_open(directory));
    const int writer = open_fd("f", O_WRONLY);
    assert_status(MMIO_ERR_MODE, from_fd(writer, MMIO_MODE_RO, &map));
    assert_true(is_open(writer));
    assert_int_equal(close(reader) | close(directory) | close(writer), 0);
}

static void B7_a_read_only_handle_serves_the_private_modes(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 3; i++) {
        mmio_map *map;
        assert_ok(from_fd(open_fd("f", O_RDONLY), modes[i], &map));
        mmio_map_close(map);
    }
}

static void B7_a_closed_handle_is_an_error(void **state)
{
    (void)state;
    mmio_map *map;
    assert_status(MMIO_ERR_IO, from_fd(9999, MMIO_MODE_RO, &map));
    assert_int_equal(last_error.os_code, EBADF);
}

static void B7_only_an_empty_file_may_be_extended(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    mmio_map *map;
    const int fd = open_fd("empty", O_RDWR);
    assert_status(MMIO_ERR_INVALID, from_fd(fd, MMIO_MODE_RW, &map));
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10);
    assert_status(MMIO_ERR_INVALID, mmio_map_from_handle(fd, NULL, &options, &map, ERR));
    options.disposition = MMIO_DISPOSITION_CREATE_NEW;
    assert_status(MMIO_ERR_INVALID, mmio_map_from_handle(fd, NULL, &options, &map, ERR));
    options.disposition = MMIO_DISPOSITION_OPEN_OR_CREATE;
    options.flags = MMIO_OPEN_NOFOLLOW;
    assert_status(MMIO_ERR_INVALID, mmio_map_from_handle(fd, NULL, &options, &map, ERR));
    options.flags = 0;
    assert_ok(mmio_map_from_handle(fd, NULL, &options, &map, ERR));
    assert_int_equal(mmio_map_size(map), 10);
    assert_string_equal(mmio_map_path(map), "");
    mmio_map_close(map);
}

static void B7_the_handle_comes_back_only_once(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    intptr_t handle;
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    assert_status(MMIO_ERR_CLOSED, mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(handle, -1);
    mmio_map_close(map);
}

static void A6_B7_a_closed_map_says_so_whatever_else_is_wrong(void **state)
{
    (void)state;
    intptr_t handle;
    mmio_map *map = create_map("f", 100);
    mmio_map *same = mmio_map_retain(map);
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_into_handle(map, &handle, ERR));
    mmio_map_close(same);
    mmio_map_close(map);
    map = anonymous_map(100);
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_into_handle(map, &handle, ERR));
    mmio_map_close(map);
}

static void B7_the_file_taken_back_outlives_the_map(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    intptr_t handle;
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(mmio_map_size(map), 0);
    mmio_map_close(map);
    char bytes[100];
    assert_int_equal(pread((int)handle, bytes, 100, 0), 100);
    assert_int_equal(close((int)handle), 0);
}

static void B7_taking_back_is_busy_while_a_view_or_holder_lives(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    intptr_t handle;
    assert_ok(mmio_view_acquire(map, 0, 1, 0, &view, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(handle, -1);
    assert_memory_equal(view.data, "", 1);
    mmio_view_release(&view);

    mmio_map *same = mmio_map_retain(map);
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    mmio_map_close(same);

    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
}

static void B7_a_view_of_a_region_moved_away_from_is_busy_too(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 100);
    options.reserve = 4096;
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 1, 0, &view, ERR));
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR));
    intptr_t handle;
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    mmio_view_release(&view);
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B7_the_library_owns_the_handle_on_success),
        IN_DIRECTORY(B7_the_caller_keeps_the_handle_on_failure),
        IN_DIRECTORY(B7_a_read_only_handle_serves_the_private_modes),
        IN_DIRECTORY(B7_a_closed_handle_is_an_error),
        IN_DIRECTORY(B7_only_an_empty_file_may_be_extended),
        IN_DIRECTORY(B7_the_handle_comes_back_only_once),
        IN_DIRECTORY(A6_B7_a_closed_map_says_so_whatever_else_is_wrong),
        IN_DIRECTORY(B7_the_file_taken_back_outlives_the_map),
        IN_DIRECTORY(B7_taking_back_is_busy_while_a_view_or_holder_lives),
        IN_DIRECTORY(B7_a_view_of_a_region_moved_away_from_is_busy_too),
    };
    return cmocka_run_group_tests_name("contract B7: handles", tests, NULL, NULL);
}
