/* SPDX-License-Identifier: Apache-2.0 */
/* K1, F8: copying files. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "files.h"
#include "mounts.h"
#include "support.h"

enum { BIG = 3 << 20 };

static void check_pattern(const char *path, uint64_t offset, size_t size, uint32_t seed)
{
    uint32_t *words = malloc(size);
    assert_non_null(words);
    file_bytes(path, offset, words, size);
    for (size_t i = 0; i < size / sizeof *words; i++) {
        if (words[i] != seed + i) {
            fail_msg("word %zu of %s is wrong", i, path);
        }
    }
    free(words);
}

static void write_pattern(mmio_map *map, uint64_t offset, size_t size, uint32_t seed)
{
    uint32_t *words = malloc(size);
    assert_non_null(words);
    for (size_t i = 0; i < size / sizeof *words; i++) {
        words[i] = seed + (uint32_t)i;
    }
    assert_ok(mmio_map_write(map, offset, words, size, ERR));
    free(words);
}

static void K1_a_copy_replaces_the_destination_wholly(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", BIG + 3);
    write_pattern(map, 0, BIG, 7);
    mmio_map_close(map);
    make_file("g", BIG + 1000, 'y');
    assert_ok(mmio_file_copy("f", "g", ERR));
    assert_int_equal(file_size("g"), BIG + 3);
    check_pattern("g", 0, BIG, 7);
    assert_int_equal(entries("."), 2);
}

static void K1_a_copy_has_bytes_that_were_not_flushed(void **state)
{
    (void)state;
    /* Into holes, too: what is dirty there is no hole any more. */
    mmio_map *map = create_map("f", 64 << 20);
    assert_ok(mmio_map_write(map, 0, "first", 5, ERR));
    assert_ok(mmio_map_write(map, 50000000, "middle", 6, ERR));
    mmio_view view;
    assert_ok(mmio_view_acquire(map, (64 << 20) - 4, 4, MMIO_VIEW_WRITE, &view, ERR));
    memcpy(view.data, "last", 4);
    assert_ok(mmio_file_copy("f", "g", ERR));
    mmio_view_release(&view);
    char bytes[8];
    file_bytes("g", 0, bytes, 5);
    assert_memory_equal(bytes, "first", 5);
    file_bytes("g", 50000000, bytes, 6);
    assert_memory_equal(bytes, "middle", 6);
    file_bytes("g", (64 << 20) - 4, bytes, 4);
    assert_memory_equal(bytes, "last", 4);
    mmio_map_close(map);
}

static void K1_holes_stay_holes(void **state)
{
    (void)state;
    const uint64_t size = (uint64_t)16 << 30;
    assert_ok(mmio_file_create("f", size, 0, ERR));
    assert_ok(mmio_file_write("f", size / 2, "abc", 3, MMIO_FLUSH_NONE, ERR));
    assert_ok(mmio_file_copy("f", "g", ERR));
    assert_int_equal(file_size("g"), size);
    assert_true(disk_use("g") < 8 << 20);
    char bytes[3];
    file_bytes("g", size / 2, bytes, 3);
    assert_memory_equal(bytes, "abc", 3);
    file_bytes("g", size - 3, bytes, 3);
    assert_memory_equal(bytes, "\0\0\0", 3);
}

static void K1_empty_files_and_a_file_itself_can_be_copied(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    make_file("f", 3, 'x');
    assert_ok(mmio_file_copy("empty", "g", ERR));
    assert_int_equal(file_size("g"), 0);
    assert_ok(mmio_file_copy("f", "f", ERR));
    check_contents("f", "xxx");
    assert_ok(mmio_file_copy("empty", "f", ERR));
    assert_int_equal(file_size("f"), 0);
    assert_int_equal(entries("."), 3);
}

static void K1_a_copy_between_file_systems_is_a_copy_too(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", BIG);
    write_pattern(map, 0, BIG, 9);
    mmio_map_close(map);
    assert_int_equal(mkdir("other", 0700), 0);
    assert_int_equal(mount("none", "other", "tmpfs", 0, "size=16m"), 0);
    const mmio_status there = mmio_file_copy("f", "other/f", ERR);
    const mmio_status back = mmio_file_copy("other/f", "g", ERR);
    const int in_other = entries("other");
    assert_int_equal(umount("other"), 0);
    assert_ok(there);
    assert_ok(back);
    assert_int_equal(in_other, 1);
    check_pattern("g", 0, BIG, 9);
}

static void K1_permissions_are_the_replaced_files_else_the_sources(void **state)
{
    (void)state;
    const mode_t umask_before = umask(022);
    make_file("f", 3, 'x');
    make_file("old", 3, 'y');
    assert_int_equal(chmod("f", 0775), 0);
    assert_int_equal(chmod("old", 0466), 0);
    assert_ok(mmio_file_copy("f", "new", ERR));
    assert_ok(mmio_file_copy("f", "old", ERR));
    (void)umask(umask_before);
    assert_int_equal(permissions_of("new"), 0755);
    assert_int_equal(permissions_of("old"), 0466);
}

static void F8_K1_a_full_disk_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    make_file("big", 2 << 20, 'x');
    char *data = calloc(2 << 20, 1);
    assert_non_null(data);
    assert_int_equal(mkdir("small", 0700), 0);
    assert_int_equal(mount("none", "small", "tmpfs", 0, "size=1m"), 0);
    make_file("small/f", 3, 'y');
    const mmio_status copied = mmio_file_copy("big", "small/f", ERR);
    const mmio_status published = mmio_file_publish("small/f", data, 2 << 20, 0, ERR);
    const mmio_status new = mmio_file_publish("small/g", data, 2 << 20, 0, ERR);
    const int left = entries("small");
    check_contents("small/f", "yyy");
    assert_ok(mmio_file_create("small/sparse", 4 << 20, 0, ERR));
    const mmio_status written = mmio_file_write("small/sparse", 0, data, 2 << 20, 0, NULL);
    assert_int_equal(umount("small"), 0);
    free(data);
    assert_status(MMIO_ERR_NO_SPACE, copied);
    assert_status(MMIO_ERR_NO_SPACE, published);
    assert_status(MMIO_ERR_NO_SPACE, new);
    assert_status(MMIO_ERR_NO_SPACE, written);
    assert_int_equal(last_error.os_code, ENOSPC);
    assert_int_equal(left, 1);
}

static void K1_blocks_are_shared_where_the_file_system_can(void **state)
{
    (void)state;
    need_root();
    if (!mount_made("shared", "xfs", "-q -m reflink=1")) {
        print_message("SKIPPED: XFS cannot be made here\n");
        skip();
    }
    mmio_map *map = create_map("shared/f", BIG);
    write_pattern(map, 0, BIG, 7);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
    const uint64_t before = ground_of("shared").free_size;
    assert_ok(mmio_file_copy("shared/f", "shared/g", ERR));
    assert_true(before - ground_of("shared").free_size < BIG / 2);
    check_pattern("shared/g", 0, BIG, 7);
    unmount("shared");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(K1_a_copy_replaces_the_destination_wholly),
        IN_DIRECTORY(K1_a_copy_has_bytes_that_were_not_flushed),
        IN_DIRECTORY(K1_holes_stay_holes),
        IN_DIRECTORY(K1_empty_files_and_a_file_itself_can_be_copied),
        IN_DIRECTORY(K1_a_copy_between_file_systems_is_a_copy_too),
        IN_DIRECTORY(K1_permissions_are_the_replaced_files_else_the_sources),
        IN_DIRECTORY(F8_K1_a_full_disk_leaves_the_old_file_and_nothing_else),
        IN_DIRECTORY(K1_blocks_are_shared_where_the_file_system_can),
    };
    return cmocka_run_group_tests_name("contract K1: copying files", tests, own_mounts, NULL);
}
