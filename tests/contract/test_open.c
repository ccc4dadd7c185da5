/* SPDX-License-Identifier: Apache-2.0 */
/* B: opening and closing. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static mmio_status open_with(const char *path, mmio_open_options options)
{
    mmio_map *map;
    const mmio_status status = mmio_map_open(path, &options, &map, ERR);
    assert_true((map != NULL) == (status == MMIO_OK));
    mmio_map_close(map);
    return status;
}

static mmio_status try_open(const char *path, uint32_t mode, uint32_t disposition, uint64_t size)
{
    return open_with(path, options_of(mode, disposition, size));
}

/* Dispositions. */

static void B1_open_needs_an_existing_file(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_NOT_FOUND, try_open("f", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0));
    assert_int_equal(last_error.os_code, ENOENT);
    assert_false(file_exists("f"));
    make_file("f", 10, 'x');
    assert_ok(try_open("f", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0));
    mmio_map_close(open_mode("f", MMIO_MODE_DEFAULT));
}

static void B1_create_truncates(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 50);
    mmio_map *map;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_int_equal(file_size("f"), 50);
    char byte = 'x';
    assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
    assert_int_equal(byte, 0);
    mmio_map_close(map);
    assert_ok(try_open("new", MMIO_MODE_DEFAULT, MMIO_DISPOSITION_CREATE, 50));
    assert_int_equal(file_size("new"), 50);
}

static void B1_create_new_leaves_an_existing_file_alone(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_status(MMIO_ERR_EXISTS, try_open("f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 50));
    assert_int_equal(file_size("f"), 10);
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_status(MMIO_ERR_EXISTS, try_open("link", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 50));
}

static void *create_new_body(void *argument)
{
    (void)argument;
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 50);
    mmio_map *map;
    const mmio_status status = mmio_map_open("raced", &options, &map, NULL);
    mmio_map_close(map);
    return (void *)(intptr_t)status;
}

static void B1_of_racing_creators_exactly_one_wins(void **state)
{
    (void)state;
    enum { RACERS = 8 };
    for (int round = 0; round < 50; round++) {
        uintptr_t threads[RACERS];
        int winners = 0;
        for (int i = 0; i < RACERS; i++) {
            start_thread(&threads[i], create_new_body, NULL);
        }
        for (int i = 0; i < RACERS; i++) {
            const mmio_status status = (mmio_status)(intptr_t)join_thread(threads[i]);
            assert_true(status == MMIO_OK || status == MMIO_ERR_EXISTS);
            winners += status == MMIO_OK;
        }
        assert_int_equal(winners, 1);
        assert_int_equal(unlink("raced"), 0);
    }
}

static void B1_open_or_create_keeps_a_file_that_has_bytes(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    const uint64_t sizes[] = {0, 5, 5000, UINT64_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_ok(try_open("f", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, sizes[i]));
        assert_int_equal(file_size("f"), 10);
    }
}

static void B1_open_or_create_extends_an_empty_and_makes_a_missing_file(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    assert_ok(try_open("empty", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 77));
    assert_int_equal(file_size("empty"), 77);
    assert_ok(try_open("missing", MMIO_MODE_DEFAULT, MMIO_DISPOSITION_OPEN_OR_CREATE, 77));
    assert_int_equal(file_size("missing"), 77);
}

static void *remove_body(void *argument)
{
    const _Atomic bool *is_over = argument;
    while (!atomic_load(is_over)) {
        (void)unlink("raced");
    }
    return NULL;
}

static void B1_open_or_create_survives_a_racing_remover(void **state)
{
    (void)state;
    _Atomic bool is_over = false;
    uintptr_t remover;
    start_thread(&remover, remove_body, &is_over);
    for (int round = 0; round < 500; round++) {
        assert_ok(try_open("raced", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 10));
    }
    atomic_store(&is_over, true);
    (void)join_thread(remover);
}

static void B2_creating_checks_mode_and_size_before_the_file_system(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    const uint32_t creating[] = {MMIO_DISPOSITION_CREATE, MMIO_DISPOSITION_CREATE_NEW,
                                 MMIO_DISPOSITION_OPEN_OR_CREATE};
    for (size_t d = 0; d < 3; d++) {
        for (size_t m = 0; m < 3; m++) {
            assert_status(MMIO_ERR_INVALID, try_open("f", modes[m], creating[d], 20));
            assert_status(MMIO_ERR_INVALID, try_open("new", modes[m], creating[d], 20));
        }
    }
    assert_status(MMIO_ERR_INVALID, try_open("f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 0));
    assert_status(MMIO_ERR_INVALID, try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 0));
    assert_int_equal(file_size("f"), 10);
    assert_false(file_exists("new"));
}

/* With a file-size limit the extension fails after the file was opened. */
static void with_file_limit(uint64_t limit, void (*body)(void))
{
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {.rlim_cur = limit, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    body();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void create_beyond_the_limit(void)
{
    assert_status(MMIO_ERR_NO_SPACE,
                  try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 1 << 20));
    assert_int_equal(last_error.os_code, EFBIG);
    assert_status(MMIO_ERR_NO_SPACE,
                  try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 1 << 20));
    assert_status(MMIO_ERR_NO_SPACE,
                  try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 1 << 20));
    assert_status(MMIO_ERR_NO_SPACE,
                  try_open("old", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 1 << 20));
}

static void B3_a_create_that_fails_later_undoes_itself(void **state)
{
    (void)state;
    make_file("old", 10, 'x');
    const int descriptors = open_descriptors();
    with_file_limit(1 << 16, create_beyond_the_limit);
    assert_false(file_exists("new"));
    assert_int_equal(file_size("old"), 0);
    assert_int_equal(open_descriptors(), descriptors);
}

static void B3_open_or_create_without_a_size_leaves_no_file(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID,
                  try_open("new", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 0));
    assert_false(file_exists("new"));
}

static void B4_creation_is_sparse_unless_allocation_is_asked_for(void **state)
{
    (void)state;
    struct stat facts;
    assert_ok(try_open("sparse", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, SPARSE_SIZE));
    assert_int_equal(stat("sparse", &facts), 0);
    assert_int_equal(facts.st_size, SPARSE_SIZE);
    assert_true(facts.st_blocks < 100);

    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 1 << 20);
    options.flags = MMIO_OPEN_ALLOCATE;
    mmio_map *map;
    assert_ok(mmio_map_open("real", &options, &map, ERR));
    assert_int_equal(stat("real", &facts), 0);
    assert_true(facts.st_blocks * 512 >= 1 << 20);
    assert_ok(mmio_map_resize(map, 2 << 20, 0, ERR));
    assert_int_equal(stat("real", &facts), 0);
    assert_true(facts.st_blocks * 512 >= 2 << 20);
    mmio_map_close(map);
}

static void B4_allocation_beyond_the_disk_is_no_space_at_once(void **state)
{
    (void)state;
    /* A file system of its own: trying this on the disk would fill it for everybody. */
    assert_int_equal(mkdir("small", 0700), 0);
    assert_int_equal(mount("none", "small", "tmpfs", 0, "size=1m"), 0);
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 4 << 20);
    options.flags = MMIO_OPEN_ALLOCATE;
    const mmio_status refused = open_with("small/f", options);
    const bool is_left_over = file_exists("small/f");
    options.size = 64 << 10;
    mmio_map *map;
    const mmio_status opened = mmio_map_open("small/g", &options, &map, NULL);
    const mmio_status grown = mmio_map_resize(map, 4 << 20, 0, NULL);
    const uint64_t size_after = file_size("small/g");
    mmio_map_close(map);
    assert_int_equal(umount("small"), 0);

    assert_status(MMIO_ERR_NO_SPACE, refused);
    assert_int_equal(last_error.os_code, ENOSPC);
    assert_false(is_left_over);
    assert_ok(opened);
    assert_status(MMIO_ERR_NO_SPACE, grown);
    assert_int_equal(size_after, 64 << 10);
}

static void B5_an_empty_file_opens_for_reading_only(void **state)
{
    (void)state;
    make_file("f", 0, 0);
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    assert_int_equal(mmio_map_size(map), 0);
    char byte;
    assert_status(MMIO_ERR_RANGE, mmio_map_read(map, 0, &byte, 1, ERR));
    assert_int_equal(last_error.limit, 0);
    assert_ok(mmio_map_read(map, 0, &byte, 0, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    const void *data = &byte;
    assert_ok(mmio_map_data(map, &data, ERR));
    assert_null(data);
    mmio_map_close(map);
    const uint32_t modes[] = {MMIO_MODE_RW, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 3; i++) {
        assert_status(MMIO_ERR_INVALID, try_open("f", modes[i], MMIO_DISPOSITION_OPEN, 0));
    }
    assert_int_equal(file_size("f"), 0);
}

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
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
}

/* Kinds. */

static void B8_cow_is_for_reading(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW);
    mmio_view view;
    char byte = 'y';
    assert_ok(mmio_map_read(map, 99, &byte, 1, ERR));
    assert_int_equal(byte, 'x');
    assert_status(MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
    assert_status(MMIO_ERR_MODE, mmio_view_acquire(map, 0, 1, MMIO_VIEW_WRITE, &view, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 200, 0, ERR));
    mmio_map_close(map);
}

static void B8_cow_rw_never_reaches_the_file(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    char bytes[3];
    assert_ok(mmio_map_read(map, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_resize(map, 200, 0, ERR));
    mmio_map_close(map);
    file_bytes("f", 0, bytes, 3);
    assert_memory_equal(bytes, "xxx", 3);
}

static void B9_anonymous_maps_are_zeroed_ordinary_maps(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(10000);
    mmio_map_info info = {.struct_size = sizeof info};
    assert_ok(mmio_map_get_info(map, &info, ERR));
    assert_int_equal(info.kind, MMIO_KIND_ANONYMOUS);
    assert_int_equal(info.mode, MMIO_MODE_RW);
    assert_string_equal(mmio_map_path(map), "");
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 10000, MMIO_VIEW_WRITE, &view, ERR));
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(((char *)view.data)[i], 0);
    }
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_memory_equal(view.data, "abc", 3);
    uint32_t before;
    assert_ok(mmio_atomic_u32_add(map, 4, 5, &before, ERR));
    assert_ok(mmio_map_resize(map, (uint64_t)3 << 30, 0, ERR));
    assert_memory_equal(view.data, "abc", 3);
    mmio_view_release(&view);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_resize(map, 2, 0, ERR));
    assert_ok(mmio_map_resize(map, 10, 0, ERR));
    char bytes[10];
    assert_ok(mmio_map_read(map, 0, bytes, 10, ERR));
    assert_memory_equal(bytes, "ab\0\0\0\0\0\0\0\0", 10);
    mmio_map_close(map);
}

static void B9_anonymous_maps_take_any_mode_and_only_their_options(void **state)
{
    (void)state;
    mmio_map *map;
    char byte = 1;
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        const mmio_open_options options = options_of(mode, 0, 0);
        assert_ok(mmio_map_anonymous(100, &options, &map, ERR));
        assert_int_equal(mmio_map_mode(map), mode);
        assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
        assert_int_equal(byte, 0);
        const bool is_writable = mode == MMIO_MODE_RW || mode == MMIO_MODE_COW_RW;
        assert_status(is_writable ? MMIO_OK : MMIO_ERR_MODE, mmio_map_write(map, 0, &byte, 1, ERR));
        mmio_map_close(map);
    }
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(0, NULL, &map, ERR));
    mmio_open_options options = options_of(0, MMIO_DISPOSITION_CREATE, 0);
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, &options, &map, ERR));
    options = options_of(0, 0, 8);
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, &options, &map, ERR));
    options = options_of(0, 0, 0);
    options.flags = MMIO_OPEN_ALLOCATE;
    assert_status(MMIO_ERR_INVALID, mmio_map_anonymous(8, &options, &map, ERR));
}

/* Pages of the process's resident set that belong to the map at `address`. */
static unsigned long resident_kib(const void *address)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    char line[512];
    bool is_ours = false;
    unsigned long kib = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start;
        unsigned long end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            is_ours = start <= (unsigned long)address && (unsigned long)address < end;
        } else if (is_ours && sscanf(line, "Rss: %lu kB", &kib) == 1) {
            break;
        }
    }
    assert_int_equal(fclose(file), 0);
    return kib;
}

static void B11_touching_eagerly_reads_all_pages_in(void **state)
{
    (void)state;
    make_file("f", 1 << 20, 'x');
    const uint32_t hints[] = {MMIO_TOUCH_NEVER, MMIO_TOUCH_LAZY, MMIO_TOUCH_EAGER};
    for (size_t i = 0; i < 3; i++) {
        mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
        options.touch = hints[i];
        mmio_map *map;
        const void *data;
        assert_ok(mmio_map_open("f", &options, &map, ERR));
        assert_ok(mmio_map_data(map, &data, ERR));
        assert_int_equal(resident_kib(data), hints[i] == MMIO_TOUCH_EAGER ? 1024 : 0);
        mmio_map_close(map);
    }
}

static void B11_a_failing_touch_does_not_fail_the_open(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
    options.touch = MMIO_TOUCH_EAGER;
    assert_ok(open_with("empty", options));
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

static mode_t permissions_of(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return facts.st_mode & 07777;
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

static void B13_the_last_close_unmaps_and_closes(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    for (int round = 0; round < 1000; round++) {
        mmio_map *map = round == 0 ? create_map("f", 100) : open_mode("f", MMIO_MODE_RW);
        assert_int_equal(open_descriptors(), descriptors + 1);
        mmio_map_close(map);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

/* Shutting down. */

static mmio_status after_shutdown(mmio_map *map, int call)
{
    mmio_view view;
    mmio_walk walk;
    mmio_map_info info = {.struct_size = sizeof info};
    char byte = 0;
    uint64_t value;
    const void *data;
    void *data_mut;
    intptr_t handle;
    switch (call) {
    case 0:
        return mmio_view_acquire(map, 0, 1, 0, &view, ERR);
    case 1:
        return mmio_view_acquire(map, 0, 0, MMIO_VIEW_WRITE, &view, ERR);
    case 2:
        return mmio_walk_begin(map, 0, MMIO_VIEW_WRITE, &walk, ERR);
    case 3:
        return mmio_map_read(map, 0, &byte, 0, ERR);
    case 4:
        return mmio_map_write(map, 1000, &byte, 1, ERR);
    case 5:
        return mmio_map_flush(map, MMIO_FLUSH_DATA, ERR);
    case 6:
        return mmio_map_flush_range(map, 0, 1, MMIO_FLUSH_DATA, ERR);
    case 7:
        return mmio_map_resize(map, 50, 0, ERR);
    case 8:
        return mmio_atomic_u64_load(map, 1, &value, ERR);
    case 9:
        return mmio_atomic_acquire(map, 0, 0, 8, &view, ERR);
    case 10:
        return mmio_map_data(map, &data, ERR);
    case 11:
        return mmio_map_data_mut(map, &data_mut, ERR);
    case 12:
        return mmio_map_get_info(map, &info, ERR);
    default:
        return mmio_map_into_handle(map, &handle, ERR);
    }
}

static void B13_shutdown_answers_closed_to_every_call(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        const int descriptors = open_descriptors();
        mmio_map *map = open_mode("f", mode);
        assert_ok(mmio_map_shutdown(map, ERR));
        assert_int_equal(open_descriptors(), descriptors);
        for (int call = 0; call <= 13; call++) {
            assert_status(MMIO_ERR_CLOSED, after_shutdown(map, call));
        }
        assert_int_equal(mmio_map_size(map), 0);
        assert_int_equal(mmio_map_pending(map), 0);
        assert_int_equal(mmio_map_mode(map), mode);
        assert_string_equal(mmio_map_path(map), "f");
        assert_ok(mmio_map_shutdown(map, ERR));
        mmio_map_close(map);
    }
}

static void B13_C1_shutdown_leaves_views_alone(void **state)
{
    (void)state;
    const int descriptors = open_descriptors();
    mmio_map *map = create_map("f", 100);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, MMIO_VIEW_WRITE, &view, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    memset(view.data, 'y', 100);
    mmio_view_release(&view);
    assert_int_equal(open_descriptors(), descriptors);
    mmio_map_close(map);
    char byte;
    file_bytes("f", 99, &byte, 1);
    assert_int_equal(byte, 'y');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(B1_open_needs_an_existing_file),
        IN_DIRECTORY(B1_create_truncates),
        IN_DIRECTORY(B1_create_new_leaves_an_existing_file_alone),
        IN_DIRECTORY(B1_of_racing_creators_exactly_one_wins),
        IN_DIRECTORY(B1_open_or_create_keeps_a_file_that_has_bytes),
        IN_DIRECTORY(B1_open_or_create_extends_an_empty_and_makes_a_missing_file),
        IN_DIRECTORY(B1_open_or_create_survives_a_racing_remover),
        IN_DIRECTORY(B2_creating_checks_mode_and_size_before_the_file_system),
        IN_DIRECTORY(B3_a_create_that_fails_later_undoes_itself),
        IN_DIRECTORY(B3_open_or_create_without_a_size_leaves_no_file),
        IN_DIRECTORY(B4_creation_is_sparse_unless_allocation_is_asked_for),
        IN_DIRECTORY(B4_allocation_beyond_the_disk_is_no_space_at_once),
        IN_DIRECTORY(B5_an_empty_file_opens_for_reading_only),
        IN_DIRECTORY(B6_only_regular_files_are_accepted_and_nothing_hangs),
        IN_DIRECTORY(B6_a_missing_parent_is_not_found),
        IN_DIRECTORY(B6_any_bytes_are_a_path),
        IN_DIRECTORY(B6_B8_a_user_without_permission_is_denied),
        IN_DIRECTORY(B8_cow_is_for_reading),
        IN_DIRECTORY(B8_cow_rw_never_reaches_the_file),
        IN_DIRECTORY(B9_anonymous_maps_are_zeroed_ordinary_maps),
        IN_DIRECTORY(B9_anonymous_maps_take_any_mode_and_only_their_options),
        IN_DIRECTORY(B11_touching_eagerly_reads_all_pages_in),
        IN_DIRECTORY(B11_a_failing_touch_does_not_fail_the_open),
        IN_DIRECTORY(B12_descriptors_are_close_on_exec),
        IN_DIRECTORY(B12_new_files_are_private_unless_permissions_are_given),
        IN_DIRECTORY(B12_nofollow_refuses_a_link_at_the_end),
        IN_DIRECTORY(B12_beneath_stays_in_the_directory),
        IN_DIRECTORY(B13_the_last_close_unmaps_and_closes),
        IN_DIRECTORY(B13_shutdown_answers_closed_to_every_call),
        IN_DIRECTORY(B13_C1_shutdown_leaves_views_alone),
    };
    return cmocka_run_group_tests_name("contract B: opening and closing", tests, NULL, NULL);
}
