/* SPDX-License-Identifier: Apache-2.0 */
/* K1, F8: creating, writing and deleting files, and what all tasks on paths refuse. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "children.h"
#include "files.h"
#include "support.h"

/* Run in a child; its exit code says whether all went well. */
static void in_child(bool (*body)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(body() ? 0 : 1);
    }
    end_well(child);
}

/* Creating. */

static void K1_a_created_file_is_sparse_private_and_zero(void **state)
{
    (void)state;
    const mode_t umask_before = umask(022);
    assert_ok(mmio_file_create("f", SPARSE_SIZE, 0, ERR));
    assert_ok(mmio_file_create("g", 1, 0666, ERR));
    (void)umask(umask_before);
    assert_int_equal(file_size("f"), SPARSE_SIZE);
    assert_true(disk_use("f") < 1 << 20);
    assert_int_equal(permissions_of("f"), 0600);
    assert_int_equal(permissions_of("g"), 0644);
    char byte = 'x';
    file_bytes("f", SPARSE_SIZE - 1, &byte, 1);
    assert_int_equal(byte, 0);
}

static void K1_creating_never_touches_what_is_there(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_status(MMIO_ERR_EXISTS, mmio_file_create("f", 10, 0, ERR));
    assert_int_equal(last_error.os_code, EEXIST);
    assert_non_null(strstr(last_error.message, "mmio_file_create: f: "));
    assert_status(MMIO_ERR_EXISTS, mmio_file_create("link", 10, 0, ERR));
    assert_status(MMIO_ERR_EXISTS, mmio_file_create(".", 10, 0, ERR));
    check_contents("f", "xxx");
    assert_false(file_exists("nowhere"));
}

static void K1_creating_checks_before_it_touches_the_path(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID, mmio_file_create("f", 0, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_create("f", 1, 010000, ERR));
    assert_status(MMIO_ERR_TOO_LARGE, mmio_file_create("f", mmio_max_size() + 1, 0, ERR));
    assert_int_equal(last_error.limit, mmio_max_size());
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_create("no/f", 1, 0, ERR));
    assert_int_equal(entries("."), 0);
}

static void K1_a_failed_creation_leaves_nothing(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const mmio_status status = mmio_file_create("f", 1001, 0, ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_status(MMIO_ERR_NO_SPACE, status);
    assert_int_equal(last_error.os_code, EFBIG);
    assert_int_equal(entries("."), 0);
}

/* Writing. */

static void K1_writing_changes_these_bytes_and_maps_see_them(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    const uint32_t levels[] = {MMIO_FLUSH_NONE, MMIO_FLUSH_START, MMIO_FLUSH_DATA, MMIO_FLUSH_FULL};
    for (size_t i = 0; i < 4; i++) {
        const char text[3] = {'a', (char)('0' + i), 'c'};
        char bytes[3];
        assert_ok(mmio_file_write("f", 7, text, 3, levels[i], ERR));
        assert_ok(mmio_map_read(map, 7, bytes, 3, ERR));
        assert_memory_equal(bytes, text, 3);
    }
    check_contents("f", "xxxxxxxa3c");
    mmio_map_close(map);
}

static void K1_writing_never_makes_a_file_longer(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_status(MMIO_ERR_RANGE, mmio_file_write("f", 8, "abc", 3, MMIO_FLUSH_NONE, ERR));
    assert_int_equal(last_error.offset, 8);
    assert_int_equal(last_error.size, 3);
    assert_int_equal(last_error.limit, 10);
    assert_status(MMIO_ERR_RANGE, mmio_file_write("f", UINT64_MAX, "abc", 3, MMIO_FLUSH_NONE, ERR));
    assert_ok(mmio_file_write("f", UINT64_MAX, NULL, 0, MMIO_FLUSH_FULL, ERR));
    check_contents("f", "xxxxxxxxxx");
}

static void K1_writing_refuses_bad_input(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_status(MMIO_ERR_INVALID, mmio_file_write("f", 0, "a", 1, 4, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_write("f", 0, NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_write(NULL, 0, "a", 1, 0, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_write("no", 0, "a", 1, 0, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_write("no", 0, NULL, 0, 0, ERR));
    check_contents("f", "xxxxxxxxxx");
}

/* write() raises SIGXFSZ beyond the limit, also inside a file that is longer already. */
static void K1_the_limit_on_file_sizes_is_an_error_and_no_signal(void **state)
{
    (void)state;
    make_file("f", 3000, 'x');
    assert_int_equal(chmod("f", 0644), 0);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    static const char data[2000];
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const mmio_status within = mmio_file_write("f", 0, data, 1000, MMIO_FLUSH_NONE, NULL);
    const mmio_status beyond = mmio_file_write("f", 2000, data, 1000, MMIO_FLUSH_NONE, NULL);
    const mmio_status copied = mmio_file_copy("f", "g", NULL);
    const mmio_status published = mmio_file_publish("f", data, sizeof data, 0, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(within);
    assert_status(MMIO_ERR_NO_SPACE, beyond);
    assert_status(MMIO_ERR_NO_SPACE, copied);
    assert_status(MMIO_ERR_NO_SPACE, published);
    assert_int_equal(file_size("f"), 3000);
    assert_int_equal(entries("."), 1);
}

/* Deleting, and directories. */

static void K1_deleting_removes_the_name_and_maps_go_on(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    make_file("target", 3, 'x');
    assert_int_equal(symlink("target", "link"), 0);
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    assert_ok(mmio_file_delete("f", ERR));
    assert_ok(mmio_file_delete("link", ERR));
    assert_false(file_exists("f"));
    assert_false(file_exists("link"));
    assert_true(file_exists("target"));
    char byte;
    assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
    mmio_map_close(map);
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_delete("f", ERR));
    assert_int_equal(last_error.os_code, ENOENT);
}

/* What all of them refuse. */

static void K1_F8_other_kinds_of_files_are_refused_without_hanging(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    const char *others[] = {"d", "d/", "fifo", "/dev/null", "."};
    alarm(20);
    for (size_t i = 0; i < 5; i++) {
        const char *other = others[i];
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_write(other, 0, "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_copy(other, "new", ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_copy("f", other, ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_publish(other, "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_delete(other, ERR));
    }
    alarm(0);
    assert_int_equal(entries("."), 3);
    assert_int_equal(entries("d"), 0);
}

static void K1_F8_missing_files_and_parents_are_not_found(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    const char *missing[] = {"no/f", "f/f", ""};
    for (size_t i = 0; i < 3; i++) {
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_create(missing[i], 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_write(missing[i], 0, "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_copy(missing[i], "new", ERR));
        assert_non_null(strstr(last_error.message, missing[i]));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_copy("f", missing[i], ERR));
        assert_non_null(strstr(last_error.message, missing[i]));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_publish(missing[i], "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_delete(missing[i], ERR));
    }
    assert_int_equal(entries("."), 1);
}

static void K1_F8_null_and_unknown_bits_are_refused(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID, mmio_file_create(NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_copy(NULL, "f", ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_copy("f", NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_publish(NULL, "a", 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_publish("f", NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_publish("f", "a", 1, 010000, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_delete(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_sync_directory(NULL, ERR));
    assert_int_equal(entries("."), 0);
}

static bool denied(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0) {
        return false;
    }
    const mmio_status denial = MMIO_ERR_ACCESS;
    mmio_error error;
    return mmio_file_create("new", 1, 0, &error) == denial && error.os_code == EACCES &&
           mmio_file_publish("f", "a", 1, 0, NULL) == denial &&
           mmio_file_copy("f", "new", NULL) == denial && mmio_file_delete("f", NULL) == denial &&
           mmio_file_write("f", 0, "a", 1, 0, NULL) == denial &&
           mmio_file_copy("secret", "open/new", NULL) == denial &&
           mmio_file_copy("f", "open/new", NULL) == MMIO_OK &&
           mmio_file_publish("open/f", "new", 3, 0, NULL) == MMIO_OK;
}

static void K1_F8_who_may_not_is_denied(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    make_file("secret", 3, 'x');
    assert_int_equal(chmod("f", 0444), 0);
    assert_int_equal(chmod("secret", 0), 0);
    assert_int_equal(mkdir("open", 0700), 0);
    assert_int_equal(chmod("open", 0777), 0);
    make_file("open/f", 3, 'x');
    assert_int_equal(chmod("open/f", 0444), 0);
    assert_int_equal(chmod(".", 0755), 0);
    in_child(denied);
    check_contents("f", "xxx");
    check_contents("open/new", "xxx");
    check_contents("open/f", "new");
    assert_int_equal(permissions_of("open/f"), 0444);
    assert_int_equal(entries("."), 3);
    assert_int_equal(entries("open"), 2);
}

static void K1_F8_no_descriptor_is_left_open(void **state)
{
    (void)state;
    const int before = open_descriptors();
    assert_ok(mmio_file_create("f", 10, 0, ERR));
    assert_ok(mmio_file_write("f", 0, "abc", 3, MMIO_FLUSH_FULL, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_file_write("f", 10, "abc", 3, MMIO_FLUSH_FULL, ERR));
    assert_ok(mmio_file_copy("f", "g", ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_copy("f", "no/g", ERR));
    assert_status(MMIO_ERR_NOT_FILE, mmio_file_copy(".", "g", ERR));
    publish("f", "new");
    assert_ok(mmio_file_sync_directory("f", ERR));
    assert_ok(mmio_file_delete("f", ERR));
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(K1_a_created_file_is_sparse_private_and_zero),
        IN_DIRECTORY(K1_creating_never_touches_what_is_there),
        IN_DIRECTORY(K1_creating_checks_before_it_touches_the_path),
        IN_DIRECTORY(K1_a_failed_creation_leaves_nothing),
        IN_DIRECTORY(K1_writing_changes_these_bytes_and_maps_see_them),
        IN_DIRECTORY(K1_writing_never_makes_a_file_longer),
        IN_DIRECTORY(K1_writing_refuses_bad_input),
        IN_DIRECTORY(K1_the_limit_on_file_sizes_is_an_error_and_no_signal),
        IN_DIRECTORY(K1_deleting_removes_the_name_and_maps_go_on),
        IN_DIRECTORY(K1_F8_other_kinds_of_files_are_refused_without_hanging),
        IN_DIRECTORY(K1_F8_missing_files_and_parents_are_not_found),
        IN_DIRECTORY(K1_F8_null_and_unknown_bits_are_refused),
        IN_DIRECTORY(K1_F8_who_may_not_is_denied),
        IN_DIRECTORY(K1_F8_no_descriptor_is_left_open),
    };
    return cmocka_run_group_tests_name("contract K1, F8: files", tests, NULL, NULL);
}
