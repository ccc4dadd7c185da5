/* SPDX-License-Identifier: Apache-2.0 */
/* B3, B4, B11, D4, E2, F1, F2: what only shows on a file system of the test's own: one that is
 * full, read-only or simple, or whose device counts flushes or fails. Needs root. */
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disks.h"
#include "files.h"

#define MIB 32

static mmio_status open_with(const char *path, mmio_open_options options, mmio_map **out_map)
{
    const mmio_status status = mmio_map_open(path, &options, out_map, ERR);
    assert_true((*out_map != NULL) == (status == MMIO_OK));
    return status;
}

static mmio_open_options allocating(uint32_t disposition, uint64_t size)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, disposition, size);
    options.flags = MMIO_OPEN_ALLOCATE;
    return options;
}

/* Reserving. */

static void B3_B4_allocating_on_a_full_disk_undoes_itself(void **state)
{
    (void)state;
    mount_disk(EXT4, MIB);
    make_file("disk/old", 10, 'x');
    const struct {
        const char *path;
        uint32_t disposition;
    } routes[] = {{"disk/new", MMIO_DISPOSITION_CREATE},
                  {"disk/new", MMIO_DISPOSITION_CREATE_NEW},
                  {"disk/new", MMIO_DISPOSITION_OPEN_OR_CREATE},
                  {"disk/old", MMIO_DISPOSITION_CREATE}};
    const int descriptors = open_descriptors();
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        mmio_map *map;
        assert_status(MMIO_ERR_NO_SPACE,
                      open_with(routes[i].path, allocating(routes[i].disposition, 64 << 20), &map));
        assert_int_equal(last_error.os_code, ENOSPC);
        assert_false(file_exists("disk/new"));
    }
    assert_int_equal(file_size("disk/old"), 0);
    assert_int_equal(open_descriptors(), descriptors);
}

static void B3_an_empty_file_that_cannot_be_allocated_is_empty_again(void **state)
{
    (void)state;
    mount_disk(EXT4, MIB);
    make_file("disk/empty", 0, 0);
    mmio_map *map;
    const mmio_open_options options = allocating(MMIO_DISPOSITION_OPEN_OR_CREATE, 64 << 20);
    assert_status(MMIO_ERR_NO_SPACE, open_with("disk/empty", options, &map));
    assert_int_equal(file_size("disk/empty"), 0);
}

static void B4_E2_growth_that_finds_no_blocks_changes_nothing(void **state)
{
    (void)state;
    mount_disk(EXT4, MIB);
    mmio_map *map;
    assert_ok(open_with("disk/f", allocating(MMIO_DISPOSITION_CREATE, 5000), &map));
    assert_ok(mmio_map_write(map, 4000, "abc", 3, ERR));
    const void *before = NULL;
    assert_ok(mmio_map_data(map, &before, ERR));
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 5000, MMIO_VIEW_WRITE, &view, ERR));
    assert_status(MMIO_ERR_NO_SPACE, mmio_map_resize(map, 64 << 20, 0, ERR));
    assert_int_equal(last_error.os_code, ENOSPC);
    const void *after = NULL;
    assert_ok(mmio_map_data(map, &after, ERR));
    assert_ptr_equal(after, before);
    assert_int_equal(mmio_map_size(map), 5000);
    assert_int_equal(file_size("disk/f"), 5000);
    assert_memory_equal((char *)view.data + 4000, "abc", 3);
    mmio_view_release(&view);
    assert_ok(mmio_map_resize(map, 10000, 0, ERR));
    mmio_map_close(map);
}

static void B4_reserved_bytes_can_be_written_on_a_disk_that_is_full_since(void **state)
{
    (void)state;
    mount_disk(EXT4, MIB);
    make_file("disk/f", 1000, 'x');
    mmio_map *map;
    assert_ok(open_with("disk/f", allocating(MMIO_DISPOSITION_OPEN, 0), &map));
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR));
    use_up("disk/rest");
    assert_ok(mmio_map_fill(map, 0, 1 << 20, 'y', ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
}

static void B4_where_blocks_cannot_be_reserved_zeros_are_not_written_instead(void **state)
{
    (void)state;
    mount_kind("ramfs", NULL);
    mmio_map *map;
    assert_status(MMIO_ERR_UNSUPPORTED,
                  open_with("disk/f", allocating(MMIO_DISPOSITION_CREATE, 1 << 20), &map));
    assert_int_equal(last_error.os_code, EOPNOTSUPP);
    assert_false(file_exists("disk/f"));
    make_file("disk/g", 100, 'x');
    assert_ok(open_with("disk/g", allocating(MMIO_DISPOSITION_OPEN, 0), &map));
    assert_status(MMIO_ERR_UNSUPPORTED, mmio_map_resize(map, 1 << 20, 0, ERR));
    assert_int_equal(file_size("disk/g"), 100);
    mmio_map_close(map);
}

static void D4_zeroing_works_where_holes_cannot_be_made(void **state)
{
    (void)state;
    mount_kind("ramfs", NULL);
    make_file("disk/f", 1 << 20, 'x');
    mmio_map *map = open_mode("disk/f", MMIO_MODE_RW);
    assert_ok(mmio_map_zero(map, 100, (1 << 20) - 200, ERR));
    static char bytes[1 << 20];
    file_bytes("disk/f", 0, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_equal(bytes[i], i < 100 || i >= sizeof bytes - 100 ? 'x' : 0);
    }
    mmio_map_close(map);
}

/* A file that must be read-only, and pages that cannot be read in. */

static void A7_a_read_only_file_system_denies_access(void **state)
{
    (void)state;
    mount_kind("tmpfs", "size=1m");
    make_file("disk/f", 100, 'x');
    assert_int_equal(mount("none", "disk", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    mmio_map *map;
    assert_status(MMIO_ERR_ACCESS, open_with("disk/f", options_of(MMIO_MODE_RW, 0, 0), &map));
    assert_int_equal(last_error.os_code, EROFS);
    assert_status(
        MMIO_ERR_ACCESS,
        open_with("disk/new", options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 10), &map));
    assert_int_equal(last_error.os_code, EROFS);
    for (uint32_t mode = MMIO_MODE_RO; mode <= MMIO_MODE_COW_RW; mode++) {
        if (mode != MMIO_MODE_RW) {
            mmio_map_close(open_mode("disk/f", mode));
        }
    }
}

static void B11_pages_that_cannot_be_read_in_do_not_fail_the_open(void **state)
{
    (void)state;
    mount_kind("tmpfs", "size=1m");
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 8 << 20);
    options.touch = MMIO_TOUCH_EAGER;
    mmio_map *map;
    assert_ok(open_with("disk/f", options, &map));
    assert_int_equal(mmio_map_size(map), 8 << 20);
    assert_status(MMIO_ERR_FAULT, mmio_map_touch(map, 0, 8 << 20, 0, NULL, NULL, ERR));
    mmio_map_close(map);
}

/* Flushing. */

static void F1_data_and_full_empty_the_devices_cache_whatever_is_pending(void **state)
{
    (void)state;
    mount_disk(EXT4, MIB);
    make_file("disk/f", 1 << 20, 'x');
    mmio_map *map = open_mode("disk/f", MMIO_MODE_RW);
    mmio_map *other = open_mode("disk/f", MMIO_MODE_RW);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    const uint32_t levels[] = {MMIO_FLUSH_DATA, MMIO_FLUSH_FULL};
    for (size_t i = 0; i < 2; i++) {
        unsigned long before = device_count(DEVICE_FLUSHES, "disk/f");
        assert_ok(mmio_map_write(other, 0, "abc", 3, ERR));
        assert_int_equal(mmio_map_pending(map), 0);
        assert_ok(mmio_map_flush(map, levels[i], ERR));
        assert_true(device_count(DEVICE_FLUSHES, "disk/f") > before);

        before = device_count(DEVICE_FLUSHES, "disk/f");
        assert_ok(mmio_map_write(other, 5000, "abc", 3, ERR));
        assert_ok(mmio_map_flush_range(map, 5000, 3, levels[i], ERR));
        assert_true(device_count(DEVICE_FLUSHES, "disk/f") > before);
    }
    mmio_map_close(other);
    mmio_map_close(map);
}

static void F2_what_a_failed_flush_took_is_pending_again(void **state)
{
    (void)state;
    mount_disk(EXT2, MIB);
    mmio_map *map = create_map("disk/f", 1 << 20);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_ok(mmio_map_write(map, 100, "abc", 3, ERR));
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 500000, 40, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'y', 40);
    mmio_view_release(&view);
    assert_int_equal(mmio_map_pending(map), 43);
    /* The disk has blocks for the bytes, but what stands behind the disk has none. */
    use_up("back/rest");
    const mmio_status status = mmio_map_flush(map, MMIO_FLUSH_DATA, ERR);
    assert_true(status == MMIO_ERR_NO_SPACE || status == MMIO_ERR_IO);
    assert_int_not_equal(last_error.os_code, 0);
    assert_int_equal(mmio_map_pending(map), 43);
    char bytes[3];
    assert_ok(mmio_map_read(map, 100, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOUNTS(A7_a_read_only_file_system_denies_access),
        WITH_MOUNTS(B3_B4_allocating_on_a_full_disk_undoes_itself),
        WITH_MOUNTS(B3_an_empty_file_that_cannot_be_allocated_is_empty_again),
        WITH_MOUNTS(B4_E2_growth_that_finds_no_blocks_changes_nothing),
        WITH_MOUNTS(B4_reserved_bytes_can_be_written_on_a_disk_that_is_full_since),
        WITH_MOUNTS(B4_where_blocks_cannot_be_reserved_zeros_are_not_written_instead),
        WITH_MOUNTS(B11_pages_that_cannot_be_read_in_do_not_fail_the_open),
        WITH_MOUNTS(D4_zeroing_works_where_holes_cannot_be_made),
        WITH_MOUNTS(F1_data_and_full_empty_the_devices_cache_whatever_is_pending),
        WITH_MOUNTS(F2_what_a_failed_flush_took_is_pending_again),
    };
    return cmocka_run_group_tests_name("contract on other file systems", tests, enter_own_mounts,
                                       NULL);
}
