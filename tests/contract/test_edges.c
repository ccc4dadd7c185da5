/* SPDX-License-Identifier: Apache-2.0 */
/* A6 to A8, B2, B3, B5 to B7, B12, B13, B15: the edges of opening and closing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "opening.h"
#include "support.h"

static mmio_status try_handle(int fd, const char *label, uint32_t disposition, uint64_t size)
{
    const mmio_open_options options = options_of(MMIO_MODE_RW, disposition, size);
    mmio_map *map;
    const mmio_status status = mmio_map_from_handle(fd, label, &options, &map, ERR);
    assert_true((map != NULL) == (status == MMIO_OK));
    mmio_map_close(map);
    return status;
}

static int memory_file(uint64_t size)
{
    const int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    return fd;
}

static uint64_t size_of(int fd)
{
    struct stat facts;
    assert_int_equal(fstat(fd, &facts), 0);
    return (uint64_t)facts.st_size;
}

/* Sizes. */

static void A8_every_route_refuses_what_is_too_large(void **state)
{
    (void)state;
    const uint64_t too_large = mmio_max_size() + 1;
    assert_status(MMIO_ERR_TOO_LARGE,
                  try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, too_large));
    assert_status(MMIO_ERR_TOO_LARGE,
                  try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, too_large));
    assert_false(file_exists("new"));
    make_file("empty", 0, 0);
    assert_status(MMIO_ERR_TOO_LARGE,
                  try_open("empty", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, too_large));
    assert_int_equal(file_size("empty"), 0);
    const int fd = memory_file(0);
    assert_status(MMIO_ERR_TOO_LARGE,
                  try_handle(fd, NULL, MMIO_DISPOSITION_OPEN_OR_CREATE, too_large));
    assert_int_equal(size_of(fd), 0);
    assert_int_equal(close(fd), 0);
}

static void A8_a_file_that_is_too_large_already_is_refused(void **state)
{
    (void)state;
    const int fd = memory_file(mmio_max_size() + 1);
    assert_status(MMIO_ERR_TOO_LARGE, try_handle(fd, NULL, MMIO_DISPOSITION_OPEN, 0));
    assert_int_equal(last_error.size, mmio_max_size() + 1);
    assert_int_equal(last_error.limit, mmio_max_size());
    assert_int_equal(size_of(fd), mmio_max_size() + 1);
    assert_int_equal(close(fd), 0);
}

static void A8_the_largest_size_itself_is_for_the_system_to_refuse(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    mmio_map *map;
    assert_status(MMIO_ERR_NO_MEMORY, mmio_map_anonymous(mmio_max_size(), NULL, &map, ERR));
    assert_int_equal(last_error.os_code, ENOMEM);
    const mmio_status status =
        try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, mmio_max_size());
    assert_true(status == MMIO_ERR_NO_SPACE || status == MMIO_ERR_NO_MEMORY);
    assert_int_not_equal(last_error.os_code, 0);
    assert_false(file_exists("new"));
    assert_int_equal(open_descriptors(), descriptors);
}

/* Causes. */

static void A6_A7_each_cause_has_its_status_and_keeps_the_systems_code(void **state)
{
    (void)state;
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    assert_true(length > 0);
    program[length] = '\0';
    make_file("f", 10, 'x');
    assert_int_equal(mkdir("directory", 0700), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    const struct {
        const char *path;
        uint32_t mode;
        uint32_t disposition;
        mmio_status status;
        int os_code;
    } causes[] = {
        {"missing", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, MMIO_ERR_NOT_FOUND, ENOENT},
        {"missing/f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, MMIO_ERR_NOT_FOUND, ENOENT},
        {"f/f", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, MMIO_ERR_NOT_FOUND, ENOTDIR},
        {"f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, MMIO_ERR_EXISTS, EEXIST},
        {"loop", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, MMIO_ERR_ACCESS, ELOOP},
        {program, MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, MMIO_ERR_ACCESS, ETXTBSY},
        {"directory", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, MMIO_ERR_NOT_FILE, EISDIR},
    };
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        assert_status(causes[i].status,
                      try_open(causes[i].path, causes[i].mode, causes[i].disposition, 10));
        assert_int_equal(last_error.status, causes[i].status);
        assert_int_equal(last_error.os_code, causes[i].os_code);
        assert_non_null(strstr(last_error.message, "mmio_map_open"));
        assert_non_null(strstr(last_error.message, causes[i].path));
    }
}

static void A7_too_many_descriptors_is_a_limit(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    mmio_map *map;
    const mmio_status file = try_open("f", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    const int32_t code = last_error.os_code;
    const mmio_status memory = mmio_map_anonymous(10, NULL, &map, ERR);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_status(MMIO_ERR_LIMIT, file);
    assert_int_equal(code, EMFILE);
    assert_status(MMIO_ERR_LIMIT, memory);
    assert_int_equal(last_error.os_code, EMFILE);
}

static void A7_no_two_statuses_share_a_name_or_a_text(void **state)
{
    (void)state;
    for (mmio_status one = MMIO_OK; mmio_status_name(one) != NULL; one--) {
        for (mmio_status other = MMIO_OK; other > one; other--) {
            assert_string_not_equal(mmio_status_name(one), mmio_status_name(other));
            assert_string_not_equal(mmio_status_text(one), mmio_status_text(other));
        }
    }
}

/* Creating. */

static void B2_an_open_handle_is_extended_in_mode_RW_only(void **state)
{
    (void)state;
    const int fd = memory_file(0);
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        if (mode != MMIO_MODE_RW) {
            const mmio_open_options options =
                options_of(mode, MMIO_DISPOSITION_OPEN_OR_CREATE, 100);
            mmio_map *map;
            assert_status(MMIO_ERR_INVALID, mmio_map_from_handle(fd, NULL, &options, &map, ERR));
        }
    }
    assert_status(MMIO_ERR_INVALID, try_handle(fd, NULL, MMIO_DISPOSITION_OPEN_OR_CREATE, 0));
    assert_int_equal(size_of(fd), 0);
    assert_int_equal(close(fd), 0);
}

/* With hardly any address space left, files can be extended but not mapped. */
static mmio_status open_unmappable(const char *path, uint32_t disposition)
{
    const mmio_open_options options = options_of(MMIO_MODE_RW, disposition, (uint64_t)1 << 36);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit little = {.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    mmio_map *map;
    const mmio_status status = mmio_map_open(path, &options, &map, ERR);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    return status;
}

static void B3_a_file_that_cannot_be_mapped_is_removed_or_left_empty(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    const uint32_t creating[] = {MMIO_DISPOSITION_CREATE, MMIO_DISPOSITION_CREATE_NEW,
                                 MMIO_DISPOSITION_OPEN_OR_CREATE};
    for (size_t i = 0; i < 3; i++) {
        assert_status(MMIO_ERR_NO_MEMORY, open_unmappable("new", creating[i]));
        assert_int_equal(last_error.os_code, ENOMEM);
        assert_false(file_exists("new"));
    }
    make_file("old", 10, 'x');
    assert_status(MMIO_ERR_NO_MEMORY, open_unmappable("old", MMIO_DISPOSITION_CREATE));
    assert_int_equal(file_size("old"), 0);
    assert_int_equal(open_descriptors(), descriptors);
}

static void B3_an_empty_file_that_cannot_be_mapped_is_empty_again(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    assert_status(MMIO_ERR_NO_MEMORY, open_unmappable("empty", MMIO_DISPOSITION_OPEN_OR_CREATE));
    assert_int_equal(file_size("empty"), 0);
}

static void B3_an_empty_handle_that_cannot_be_mapped_is_empty_again(void **state)
{
    (void)state;
    const int fd = memory_file(0);
    /* The memory file takes this size, and no address space does. */
    assert_status(MMIO_ERR_NO_MEMORY,
                  try_handle(fd, NULL, MMIO_DISPOSITION_OPEN_OR_CREATE, mmio_max_size()));
    assert_int_equal(size_of(fd), 0);
    assert_int_equal(close(fd), 0);
}

/* What is no regular file. */

static void B5_an_empty_file_by_its_handle(void **state)
{
    (void)state;
    make_file("f", 0, 0);
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        const int fd = open("f", O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        const mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
        mmio_map *map;
        const mmio_status expected = mode == MMIO_MODE_RO ? MMIO_OK : MMIO_ERR_INVALID;
        assert_status(expected, mmio_map_from_handle(fd, NULL, &options, &map, ERR));
        assert_int_equal(mmio_map_size(map), 0);
        mmio_map_close(map);
        assert_int_equal(close(fd), mode == MMIO_MODE_RO ? -1 : 0);
    }
}

static void B6_files_that_a_kernel_makes_up_are_not_mapped(void **state)
{
    (void)state;
    /* A regular file of 4096 bytes, as stat() has it. */
    assert_status(MMIO_ERR_NOT_FILE,
                  try_open("/sys/kernel/uevent_seqnum", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0));
    assert_int_equal(last_error.os_code, ENODEV);
    /* The same of 0 bytes. */
    assert_ok(try_open("/proc/version", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0));
    assert_status(MMIO_ERR_INVALID,
                  try_open("/proc/version", MMIO_MODE_COW, MMIO_DISPOSITION_OPEN, 0));
}

static void B6_B7_a_handle_of_no_file_is_refused_and_stays_the_callers(void **state)
{
    (void)state;
    int ends[2];
    int sockets[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    const int handles[] = {ends[0],
                           ends[1],
                           sockets[0],
                           sockets[1],
                           open("fifo", O_RDWR | O_CLOEXEC),
                           open("/dev/null", O_RDWR | O_CLOEXEC),
                           open("/dev/zero", O_RDWR | O_CLOEXEC),
                           open(".", O_RDONLY | O_CLOEXEC)};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        assert_true(handles[i] >= 0);
        assert_status(MMIO_ERR_NOT_FILE, try_handle(handles[i], "label", MMIO_DISPOSITION_OPEN, 0));
        assert_status(MMIO_ERR_NOT_FILE,
                      try_handle(handles[i], "label", MMIO_DISPOSITION_OPEN_OR_CREATE, 10));
        assert_int_equal(close(handles[i]), 0);
    }
}

/* Handles. */

static void B7_the_label_stands_for_no_file(void **state)
{
    (void)state;
    make_file("other", 10, 'x');
    const int fd = memory_file(0);
    assert_status(MMIO_ERR_INVALID, try_handle(fd, "other", MMIO_DISPOSITION_OPEN_OR_CREATE, 0));
    assert_non_null(strstr(last_error.message, "other"));
    assert_ok(try_handle(fd, "other", MMIO_DISPOSITION_OPEN_OR_CREATE, 100));
    assert_int_equal(file_size("other"), 10);
    assert_int_equal(close(fd), -1);
}

static void B7_any_live_pin_keeps_the_file_and_size_0_is_none(void **state)
{
    (void)state;
    make_file("f", 128, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    mmio_view run;
    mmio_view nothing;
    mmio_walk walk;
    intptr_t handle;
    assert_ok(mmio_view_acquire(map, 50, 0, 0, &nothing, ERR));
    assert_ok(mmio_walk_begin(map, 10, 0, &walk, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    mmio_walk_end(&walk);
    assert_ok(mmio_atomic_acquire(map, 0, 1, 8, &run, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(mmio_map_size(map), 128);
    mmio_view_release(&run);
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    mmio_view_release(&nothing);
    mmio_map_close(map);
}

static void B7_the_file_comes_back_in_every_mode(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    make_file("empty", 0, 0);
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        mmio_map *map = open_mode("f", mode);
        intptr_t handle;
        assert_ok(mmio_map_into_handle(map, &handle, ERR));
        assert_int_equal(size_of((int)handle), 100);
        assert_int_equal(close((int)handle), 0);
        mmio_map_close(map);
    }
    mmio_map *map = open_mode("empty", MMIO_MODE_RO);
    intptr_t handle;
    assert_ok(mmio_map_into_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
}

/* Whether another program, started now, finds the descriptor. */
static bool is_inherited(int64_t fd)
{
    char command[64];
    (void)snprintf(command, sizeof command, "test -e /proc/self/fd/%lld", (long long)fd);
    return system(command) == 0;
}

static void B12_other_programs_inherit_no_descriptor(void **state)
{
    (void)state;
    mmio_map *maps[] = {create_map("f", 10), open_mode("f", MMIO_MODE_RO), anonymous_map(10)};
    const int open_to_all = dup(1);
    assert_true(is_inherited(open_to_all));
    for (size_t i = 0; i < 3; i++) {
        mmio_map_info info = {.struct_size = sizeof info};
        assert_ok(mmio_map_get_info(maps[i], &info, ERR));
        assert_false(is_inherited(info.handle));
        mmio_map_close(maps[i]);
    }
    assert_int_equal(close(open_to_all), 0);
}

static void B12_the_umask_counts_and_existing_files_keep_their_permissions(void **state)
{
    (void)state;
    const mode_t before = umask(0277);
    assert_ok(try_open("less", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10));
    (void)umask(0);
    assert_ok(try_open("default", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 10));
    make_file("old", 10, 'x');
    assert_int_equal(chmod("old", 0644), 0);
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10);
    options.permissions = 0600;
    assert_ok(open_with("old", options));
    (void)umask(before);
    assert_int_equal(permissions_of("less"), 0400);
    assert_int_equal(permissions_of("default"), 0600);
    assert_int_equal(permissions_of("old"), 0644);
}

/* Closing. */

/* Mappings of the process that name the file. */
static int mappings_of(const char *path)
{
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    char line[512];
    int count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        count += strstr(line, path) != NULL;
    }
    assert_int_equal(fclose(file), 0);
    return count;
}

static void B13_A5_closing_is_prompt_leaves_no_mapping_and_flushes_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("file-of-the-test", 64 << 20);
    assert_ok(mmio_map_fill(map, 0, 64 << 20, 'a', ERR));
    assert_int_equal(mappings_of("/file-of-the-test"), 1);
    const int64_t begin = now_ms();
    mmio_map_close(map);
    assert_true(now_ms() - begin < 5000);
    assert_int_equal(mappings_of("/file-of-the-test"), 0);
    assert_int_not_equal(dirty_pages("file-of-the-test"), 0);
}

static void B13_the_mappings_of_views_go_with_them(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 100);
    options.reserve = 4096;
    mmio_map *map;
    assert_ok(mmio_map_open("file-of-the-test", &options, &map, ERR));
    mmio_view views[2];
    assert_ok(mmio_view_acquire(map, 0, 1, 0, &views[0], ERR));
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR));
    assert_ok(mmio_view_acquire(map, 0, 1, 0, &views[1], ERR));
    mmio_map_close(map);
    for (int left = 2; left > 0; left--) {
        assert_int_equal(mappings_of("/file-of-the-test"), left);
        mmio_view_release(&views[left - 1]);
    }
    assert_int_equal(mappings_of("/file-of-the-test"), 0);
}

static void B15_page_size_and_granularity_are_the_systems(void **state)
{
    (void)state;
    assert_int_equal(mmio_page_size(), sysconf(_SC_PAGESIZE));
    assert_int_equal(mmio_map_granularity(), sysconf(_SC_PAGESIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(A6_A7_each_cause_has_its_status_and_keeps_the_systems_code),
        IN_DIRECTORY(A7_too_many_descriptors_is_a_limit),
        IN_DIRECTORY(A7_no_two_statuses_share_a_name_or_a_text),
        IN_DIRECTORY(A8_every_route_refuses_what_is_too_large),
        IN_DIRECTORY(A8_a_file_that_is_too_large_already_is_refused),
        IN_DIRECTORY(A8_the_largest_size_itself_is_for_the_system_to_refuse),
        IN_DIRECTORY(B2_an_open_handle_is_extended_in_mode_RW_only),
        IN_DIRECTORY(B3_a_file_that_cannot_be_mapped_is_removed_or_left_empty),
        IN_DIRECTORY(B3_an_empty_file_that_cannot_be_mapped_is_empty_again),
        IN_DIRECTORY(B3_an_empty_handle_that_cannot_be_mapped_is_empty_again),
        IN_DIRECTORY(B5_an_empty_file_by_its_handle),
        IN_DIRECTORY(B6_files_that_a_kernel_makes_up_are_not_mapped),
        IN_DIRECTORY(B6_B7_a_handle_of_no_file_is_refused_and_stays_the_callers),
        IN_DIRECTORY(B7_the_label_stands_for_no_file),
        IN_DIRECTORY(B7_any_live_pin_keeps_the_file_and_size_0_is_none),
        IN_DIRECTORY(B7_the_file_comes_back_in_every_mode),
        IN_DIRECTORY(B12_other_programs_inherit_no_descriptor),
        IN_DIRECTORY(B12_the_umask_counts_and_existing_files_keep_their_permissions),
        IN_DIRECTORY(B13_A5_closing_is_prompt_leaves_no_mapping_and_flushes_nothing),
        IN_DIRECTORY(B13_the_mappings_of_views_go_with_them),
        IN_DIRECTORY(B15_page_size_and_granularity_are_the_systems),
    };
    return cmocka_run_group_tests_name("contract B: the edges", tests, NULL, NULL);
}
