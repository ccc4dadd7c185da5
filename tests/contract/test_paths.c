/* SPDX-License-Identifier: Apache-2.0 */
/* B6, B12: what paths lead to, and who may go there. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "children.h"
#include "files.h"
#include "opening.h"
#include "support.h"

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(close(fd), 0);
}

static void B6_only_regular_files_are_accepted_and_nothing_hangs(void **state)
{
    (void)state;
    assert_int_equal(mkdir("directory", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    make_socket("socket");
    const char *paths[] = {"directory", "fifo", "socket", "/dev/null", "/dev/zero", "."};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
            assert_status(MMIO_ERR_NOT_FILE, try_open(paths[i], mode, MMIO_DISPOSITION_OPEN, 0));
        }
        assert_status(MMIO_ERR_NOT_FILE,
                      try_open(paths[i], MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10));
        assert_status(MMIO_ERR_NOT_FILE,
                      try_open(paths[i], MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 10));
        assert_true(file_exists(paths[i]));
    }
}

static void B6_a_missing_parent_is_not_found(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_status(MMIO_ERR_NOT_FOUND, try_open("no/f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10));
    assert_status(MMIO_ERR_NOT_FOUND, try_open("f/f", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0));
    assert_status(MMIO_ERR_NOT_FOUND, try_open("", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0));
}

static void B6_any_bytes_are_a_path(void **state)
{
    (void)state;
    const char *paths[] = {"with space", " lead", "\xc3\xa4\xe6\xbc\xa2", "\xff\xfe\x80", "%s%n"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        mmio_map *map = create_map(paths[i], 10);
        assert_string_equal(mmio_map_path(map), paths[i]);
        assert_true(file_exists(paths[i]));
        mmio_map_close(map);
    }
}

static void unreadable_files_in_child(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0) {
        _exit(100);
    }
    mmio_error error;
    mmio_map *map;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    bool right =
        mmio_map_open("secret", NULL, &map, &error) == MMIO_ERR_ACCESS && error.os_code == EACCES;
    right = right && mmio_map_open("readable", &options, &map, NULL) == MMIO_ERR_ACCESS;
    options.mode = MMIO_MODE_COW_RW;
    right = right && mmio_map_open("readable", &options, &map, NULL) == MMIO_OK;
    mmio_map_close(map);
    _exit(right ? 0 : 1);
}

static void B6_B8_a_user_without_permission_is_denied(void **state)
{
    (void)state;
    make_file("secret", 10, 'x');
    make_file("readable", 10, 'x');
    assert_int_equal(chmod("secret", 0), 0);
    assert_int_equal(chmod("readable", 0444), 0);
    assert_int_equal(chmod(".", 0755), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unreadable_files_in_child();
    }
    end_well(child);
}

static void B12_descriptors_are_close_on_exec(void **state)
{
    (void)state;
    mmio_map *maps[] = {create_map("f", 10), anonymous_map(10)};
    for (size_t i = 0; i < 2; i++) {
        mmio_map_info info = {.struct_size = sizeof info};
        assert_ok(mmio_map_get_info(maps[i], &info, ERR));
        assert_true((fcntl((int)info.handle, F_GETFD) & FD_CLOEXEC) != 0);
        mmio_map_close(maps[i]);
    }
}

static void B12_new_files_are_private_unless_permissions_are_given(void **state)
{
    (void)state;
    const mode_t before = umask(022);
    assert_ok(try_open("private", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10));
    assert_int_equal(permissions_of("private"), 0600);
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 10);
    options.permissions = 0666;
    assert_ok(open_with("public", options));
    assert_int_equal(permissions_of("public"), 0644);
    (void)umask(before);
}

static void B12_nofollow_refuses_a_link_at_the_end(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_int_equal(symlink("f", "link"), 0);
    mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
    assert_ok(open_with("link", options));
    options.flags = MMIO_OPEN_NOFOLLOW;
    assert_status(MMIO_ERR_ACCESS, open_with("link", options));
    assert_ok(open_with("f", options));
    options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 5);
    options.flags = MMIO_OPEN_NOFOLLOW;
    assert_status(MMIO_ERR_ACCESS, open_with("link", options));
    assert_int_equal(file_size("f"), 10);
}

static void B12_beneath_stays_in_the_directory(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_int_equal(mkdir("sub", 0700), 0);
    assert_int_equal(symlink("/etc/passwd", "out"), 0);
    assert_int_equal(symlink("f", "in"), 0);
    mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
    options.flags = MMIO_OPEN_BENEATH;
    assert_status(MMIO_ERR_ACCESS, open_with("out", options));
    assert_status(MMIO_ERR_ACCESS, open_with("/etc/passwd", options));
    assert_status(MMIO_ERR_ACCESS, open_with("../../etc/passwd", options));
    assert_ok(open_with("in", options));
    assert_ok(open_with("sub/../f", options));
    options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 10);
    options.flags = MMIO_OPEN_BENEATH;
    assert_ok(open_with("sub/new", options));
    assert_int_equal(permissions_of("sub/new"), 0600);
    assert_int_equal(mmio_has(MMIO_FEATURE_OPEN_BENEATH), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B6_only_regular_files_are_accepted_and_nothing_hangs),
        IN_DIRECTORY(B6_a_missing_parent_is_not_found),
        IN_DIRECTORY(B6_any_bytes_are_a_path),
        IN_DIRECTORY(B6_B8_a_user_without_permission_is_denied),
        IN_DIRECTORY(B12_descriptors_are_close_on_exec),
        IN_DIRECTORY(B12_new_files_are_private_unless_permissions_are_given),
        IN_DIRECTORY(B12_nofollow_refuses_a_link_at_the_end),
        IN_DIRECTORY(B12_beneath_stays_in_the_directory),
    };
    return cmocka_run_group_tests_name("contract B: paths and permissions", tests, NULL, NULL);
}
