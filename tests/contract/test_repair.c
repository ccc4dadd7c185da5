/* SPDX-License-Identifier: Apache-2.0 */
/* F6: how a loss ends. Needs root. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "losing.h"

static void rewriting_saves(const char *kind)
{
    failing_disk_begin(kind);
    mmio_map *map = open_file();
    assert_ok(mmio_map_write(map, 5, "abc", 3, ERR));
    (void)lose_byte(map);
    failing_disk_heal();
    assert_int_equal(byte_on_device(), 0);
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(lost_code(map), 0);
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    mmio_map_close(map);
    assert_int_equal(byte_on_device(), 'y');
    char bytes[3];
    failing_disk_show(5, bytes, 3);
    assert_memory_equal(bytes, "abc", 3);
    failing_disk_end();
}

static void F6_rewriting_saves_what_was_lost(void **state)
{
    (void)state;
    rewriting_saves("ext4");
    rewriting_saves("xfs");
    rewriting_saves("btrfs");
}

static void rewriting_is_refused(const char *kind)
{
    failing_disk_begin(kind);
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    check_lost(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR), code);
    assert_int_equal(mmio_map_pending(map), 0); /* Nothing is dirty, so the system has no more. */
    (void)check_first(mmio_map_rewrite_lost(map, MMIO_FLUSH_FULL, ERR));
    check_every_flush_says_lost(map, code);
    failing_disk_heal();
    check_every_flush_says_lost(map, code);
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_FULL, ERR));
    mmio_map_close(map);
    assert_int_equal(byte_on_device(), 'y');
    failing_disk_end();
}

static void F6_rewriting_on_a_device_that_still_fails_leaves_the_loss(void **state)
{
    (void)state;
    rewriting_is_refused("ext4");
    rewriting_is_refused("xfs");
}

static void F6_rewriting_where_a_store_would_be_a_signal_is_a_status(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    failing_disk_heal();
    assert_int_equal(system("chattr +i disk/f"), 0);
    assert_status(MMIO_ERR_FAULT, mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(system("chattr -i disk/f"), 0);
    check_lost(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR), code);
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
    assert_int_equal(byte_on_device(), 'y');
}

static void F6_rewriting_leaves_what_is_not_in_memory(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    assert_int_equal(truncate("disk/f", (off_t)1 << 30), 0);
    mmio_map *map = open_file();
    (void)lose_byte(map);
    failing_disk_heal();
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
    assert_int_equal(byte_on_device(), 'y');
    struct stat facts;
    assert_int_equal(stat("disk/f", &facts), 0);
    assert_true(facts.st_blocks * 512 < 8 << 20);
}

static void F6_rewriting_needs_a_map_that_may_be_written(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    failing_disk_heal();
    assert_ok(mmio_map_protect(map, MMIO_PROTECT_READ_ONLY, 0, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    check_lost(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR), code);
    assert_ok(mmio_map_protect(map, MMIO_PROTECT_NONE, 0, ERR));
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
    assert_int_equal(byte_on_device(), 'y');
}

static void F6_an_acknowledged_loss_is_one(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    (void)lose_byte(map);
    failing_disk_heal();
    assert_ok(mmio_map_acknowledge_loss(map, ERR));
    assert_int_equal(lost_code(map), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_ok(mmio_map_flush_range(map, 0, 10, MMIO_FLUSH_DATA, ERR));
    char byte;
    assert_ok(mmio_map_read(map, PLACE, &byte, 1, ERR));
    assert_int_equal(byte, 'y');
    /* The next loss is a new one. */
    const int32_t code = lose_byte(map);
    check_lost(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR), code);
    failing_disk_heal();
    assert_ok(mmio_map_acknowledge_loss(map, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    mmio_map_close(map);
    assert_int_equal(byte_on_device(), 0);
}

static void F6_where_nothing_is_lost_there_is_nothing_to_do(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    mmio_map *maps[3] = {open_mode("f", MMIO_MODE_RW), open_mode("f", MMIO_MODE_RO),
                         anonymous_map(100)};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_map_rewrite_lost(maps[i], MMIO_FLUSH_DATA, ERR));
        assert_ok(mmio_map_rewrite_lost(maps[i], MMIO_FLUSH_FULL, ERR));
        assert_ok(mmio_map_acknowledge_loss(maps[i], ERR));
        assert_int_equal(lost_code(maps[i]), 0);
        assert_status(MMIO_ERR_INVALID, mmio_map_rewrite_lost(maps[i], MMIO_FLUSH_START, ERR));
        assert_status(MMIO_ERR_INVALID, mmio_map_rewrite_lost(maps[i], MMIO_FLUSH_NONE, ERR));
        mmio_map_close(maps[i]);
    }
}

/* The system tells each open file of a failure, also long after another one has met it. */
static void F6_a_loss_ends_for_a_map_that_others_met_it_for(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *maps[3] = {open_file(), open_file(), open_file()};
    const int32_t code = lose_byte(maps[0]);
    failing_disk_heal();
    assert_ok(mmio_map_rewrite_lost(maps[1], MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_acknowledge_loss(maps[2], ERR));
    assert_ok(mmio_map_flush(maps[2], MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_flush(maps[1], MMIO_FLUSH_DATA, ERR));
    check_lost(mmio_map_flush(maps[0], MMIO_FLUSH_DATA, ERR), code);
    assert_ok(mmio_map_acknowledge_loss(maps[0], ERR));
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_map_shutdown(maps[i], ERR));
        mmio_map_close(maps[i]);
    }
    assert_int_equal(byte_on_device(), 'y');
}

/* What was lost is cut off by now. */
static void F6_E5_nothing_that_is_left_is_nothing_to_rewrite(void **state)
{
    (void)state;
    failing_disk_begin("ext4");
    mmio_map *map = open_file();
    const int32_t code = lose_byte(map);
    failing_disk_heal();
    check_lost(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR), code);
    assert_int_equal(truncate("disk/f", 0), 0);
    assert_ok(mmio_map_refresh(map, NULL, NULL, ERR));
    assert_int_equal(mmio_map_size(map), 0);
    assert_ok(mmio_map_rewrite_lost(map, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_FAILING_DISK(F6_rewriting_saves_what_was_lost),
        ON_FAILING_DISK(F6_rewriting_on_a_device_that_still_fails_leaves_the_loss),
        ON_FAILING_DISK(F6_rewriting_where_a_store_would_be_a_signal_is_a_status),
        ON_FAILING_DISK(F6_rewriting_leaves_what_is_not_in_memory),
        ON_FAILING_DISK(F6_rewriting_needs_a_map_that_may_be_written),
        ON_FAILING_DISK(F6_an_acknowledged_loss_is_one),
        IN_DIRECTORY(F6_where_nothing_is_lost_there_is_nothing_to_do),
        ON_FAILING_DISK(F6_a_loss_ends_for_a_map_that_others_met_it_for),
        ON_FAILING_DISK(F6_E5_nothing_that_is_left_is_nothing_to_rewrite),
    };
    return cmocka_run_group_tests_name("contract F: ends of losses", tests, NULL, NULL);
}
