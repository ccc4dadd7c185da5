/* SPDX-License-Identifier: Apache-2.0 */
/* B: opening and creating. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "opening.h"
#include "support.h"

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

/* The name is there, and the file it stands for is not: no new file can have that name. */
static void B1_open_or_create_does_not_make_what_a_link_leads_to(void **state)
{
    (void)state;
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_status(MMIO_ERR_EXISTS,
                  try_open("link", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE, 100));
    assert_status(MMIO_ERR_NOT_FOUND, try_open("link", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0));
    assert_false(file_exists("nowhere"));
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
        IN_DIRECTORY(B1_open_or_create_does_not_make_what_a_link_leads_to),
    };
    return cmocka_run_group_tests_name("contract B: opening and creating", tests, NULL, NULL);
}
