/* SPDX-License-Identifier: Apache-2.0 */
/* H3: locks on ranges of a file, within one process. */
#include <sys/resource.h>
#include <unistd.h>

#include "range_locks.h"
#include "support.h"

static void H3_this_system_can_lock_ranges(void **state)
{
    (void)state;
    assert_int_equal(mmio_has(MMIO_FEATURE_RANGE_LOCKS), 1);
}

static void check_exclusion(mmio_map *map, mmio_map *other)
{
    mmio_range_lock *lock = lock_range(map, 10, 10, 0);
    assert_status(MMIO_ERR_BUSY, try_range(other, 10, 10, 0, 0));
    assert_status(MMIO_ERR_BUSY, try_range(other, 19, 1, SHARED, 0));
    assert_status(MMIO_ERR_BUSY, try_range(other, 0, 11, 0, 0));
    assert_ok(try_range(other, 0, 10, 0, 0));
    assert_ok(try_range(other, 20, 80, 0, 0));
    mmio_range_lock_release(lock);
    assert_ok(try_range(other, 0, 100, 0, 0));
    lock = lock_range(map, 10, 10, SHARED);
    mmio_range_lock *second = lock_range(other, 15, 10, SHARED);
    assert_status(MMIO_ERR_BUSY, try_range(map, 17, 1, 0, 0));
    mmio_range_lock_release(lock);
    assert_status(MMIO_ERR_BUSY, try_range(map, 17, 1, 0, 0));
    assert_ok(try_range(map, 10, 5, 0, 0));
    mmio_range_lock_release(second);
    assert_ok(try_range(map, 17, 1, 0, 0));
}

static void H3_excludes_through_one_map_and_through_two(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_map *other = open_mode("f", MMIO_MODE_RW);
    check_exclusion(map, map);
    check_exclusion(map, other);
    mmio_map_close(other);
    mmio_map_close(map);
    map = anonymous_map(100);
    check_exclusion(map, map);
    mmio_map_close(map);
}

static void H3_locks_of_different_files_do_not_meet(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_map *other = create_map("g", 100);
    mmio_range_lock *lock = lock_range(map, 0, 100, 0);
    mmio_range_lock *second = NULL;
    assert_ok(mmio_range_lock_acquire(other, 0, 100, 0, -1, &second, ERR));
    mmio_range_lock_release(second);
    mmio_range_lock_release(lock);
    mmio_map_close(other);
    mmio_map_close(map);
}

static void H3_a_lock_on_a_file_without_a_name(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_map *other = open_mode("f", MMIO_MODE_RW);
    assert_int_equal(unlink("f"), 0);
    check_exclusion(map, other);
    mmio_map_close(other);
    mmio_map_close(map);
}

static void H3_exclusive_locks_need_a_map_that_writes_the_file(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 3; i++) {
        mmio_map *map = open_mode("f", modes[i]);
        assert_status(MMIO_ERR_MODE, try_range(map, 0, 1000, 0, 0));
        assert_ok(try_range(map, 0, 100, SHARED, 0));
        assert_status(MMIO_ERR_RANGE, try_range(map, 0, 101, SHARED, 0));
        mmio_map_close(map);
    }
}

static void H3_checks_what_it_is_given(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_range_lock *lock = (mmio_range_lock *)1;
    assert_status(MMIO_ERR_INVALID, mmio_range_lock_acquire(NULL, 0, 1, 0, 0, &lock, ERR));
    assert_null(lock);
    assert_status(MMIO_ERR_INVALID, mmio_range_lock_acquire(map, 0, 1, 0, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, try_range(map, 0, 1, 2, 0));
    assert_status(MMIO_ERR_RANGE, try_range(map, 100, 1, 0, 0));
    assert_int_equal(last_error.limit, 100);
    assert_status(MMIO_ERR_RANGE, try_range(map, 1, UINT64_MAX, 0, 0));
    mmio_range_lock_release(NULL);
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, try_range(map, 0, 1, 0, 0));
    assert_status(MMIO_ERR_CLOSED, try_range(map, 0, 0, SHARED, 0));
    mmio_map_close(map);
}

static void H3_size_0_locks_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_range_lock *all = lock_range(map, 0, 100, 0);
    mmio_range_lock *none = lock_range(map, 50, 0, 0);
    mmio_range_lock_release(all);
    assert_true(is_free());
    assert_ok(try_range(map, UINT64_MAX, 0, 0, -1));
    mmio_range_lock_release(none);
    mmio_map_close(map);
}

static void H3_a_lock_outlives_its_map(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_range_lock *lock = lock_range(map, 0, 100, 0);
    mmio_map_close(map);
    map = open_mode("f", MMIO_MODE_RW);
    assert_status(MMIO_ERR_BUSY, try_range(map, 99, 1, 0, 0));
    mmio_range_lock_release(lock);
    assert_true(is_free());
    mmio_map_close(map);
}

static void H3_waits_until_the_deadline_and_not_longer(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_range_lock *lock = lock_range(map, 0, 100, 0);
    const int64_t times[] = {1, 30, 200};
    for (size_t i = 0; i < 3; i++) {
        const int64_t start = now_ms();
        assert_status(MMIO_ERR_TIMEOUT, try_range(map, 0, 1, SHARED, times[i]));
        assert_in_range(now_ms() - start, times[i] - 1, times[i] + 10000);
    }
    mmio_range_lock_release(lock);
    mmio_map_close(map);
}

static void H3_waiting_for_oneself_is_a_deadlock(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_map *other = open_mode("f", MMIO_MODE_RO);
    mmio_range_lock *lock = lock_range(map, 50, 50, 0);
    assert_status(MMIO_ERR_DEADLOCK, try_range(map, 0, 51, 0, -1));
    assert_status(MMIO_ERR_DEADLOCK, try_range(other, 99, 1, SHARED, -1));
    assert_ok(try_range(map, 0, 50, 0, -1));
    mmio_range_lock_release(lock);
    /* Its other locks do not stand in its way. */
    make_file("g", 100, 'x');
    mmio_map *of_other = open_mode("g", MMIO_MODE_RW);
    lock = lock_range(map, 50, 10, 0);
    mmio_range_lock *others[] = {lock_range(of_other, 0, 100, 0), lock_range(map, 0, 10, 0),
                                 lock_range(map, 90, 10, 0), lock_range(map, 45, 5, SHARED)};
    assert_status(MMIO_ERR_DEADLOCK, try_range(map, 40, 20, SHARED, -1));
    assert_status(MMIO_ERR_DEADLOCK, try_range(map, 50, 20, 0, -1));
    assert_ok(try_range(map, 20, 20, 0, -1));
    for (size_t i = 0; i < 4; i++) {
        mmio_range_lock_release(others[i]);
    }
    mmio_map_close(of_other);
    mmio_range_lock_release(lock);
    lock = lock_range(other, 50, 50, SHARED);
    assert_ok(try_range(map, 0, 100, SHARED, -1));
    assert_status(MMIO_ERR_DEADLOCK, try_range(map, 0, 100, 0, -1));
    mmio_range_lock_release(lock);
    assert_ok(try_range(map, 0, 100, 0, -1));
    mmio_map_close(other);
    mmio_map_close(map);
}

static void H3_a_release_by_another_thread_ends_the_wait(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const int64_t timeouts[] = {-1, 60000};
    for (size_t i = 0; i < 2; i++) {
        mmio_range_lock *lock = lock_range(map, 99, 1, SHARED);
        taker t;
        start_taker(&t, map, timeouts[i]);
        const int64_t start = now_ms();
        mmio_range_lock_release(lock);
        join_thread(t.thread);
        assert_ok(t.status);
        assert_in_range(now_ms() - start, 0, 10000);
        assert_false(is_free());
        /* On another thread than the one that acquired it. */
        mmio_range_lock_release(t.lock);
        assert_true(is_free());
    }
    mmio_map_close(map);
}

static void H3_what_another_thread_holds_is_no_deadlock(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    taker first;
    mmio_range_lock *lock = lock_range(map, 0, 1, 0);
    start_taker(&first, map, -1);
    mmio_range_lock_release(lock);
    join_thread(first.thread);
    assert_ok(first.status);
    assert_status(MMIO_ERR_TIMEOUT, try_range(map, 0, 1, 0, 1));
    /* Its thread is gone, whose number in the system the next one may get. */
    taker second;
    start_taker(&second, map, -1);
    mmio_range_lock_release(first.lock);
    join_thread(second.thread);
    assert_ok(second.status);
    mmio_range_lock_release(second.lock);
    mmio_map_close(map);
}

enum { MANY = 1000 };

static void H3_a_thousand_locks_and_no_descriptor_leaks(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    static mmio_range_lock *locks[MANY];
    mmio_map *map = create_map("f", MANY);
    const int descriptors = open_descriptors();
    for (size_t i = 0; i < MANY; i++) {
        locks[i] = lock_range(map, i, 1, i % 2 == 0 ? SHARED : 0);
    }
    assert_int_equal(open_descriptors(), descriptors + MANY);
    for (size_t i = 1; i < MANY; i += 2) {
        assert_status(MMIO_ERR_BUSY, try_range(map, i, 1, SHARED, 0));
        assert_ok(try_range(map, i - 1, 1, SHARED, 0));
    }
    /* Every third first, so that the list is taken apart in the middle. */
    for (size_t start = 0; start < 3; start++) {
        for (size_t i = start; i < MANY; i += 3) {
            mmio_range_lock_release(locks[i]);
        }
    }
    assert_true(is_free());
    assert_int_equal(open_descriptors(), descriptors);
    mmio_map_close(map);
}

static void H3_without_a_descriptor_left_it_fails_cleanly(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const mmio_status status = try_range(map, 0, 1, 0, -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_status(MMIO_ERR_LIMIT, status);
    assert_int_not_equal(last_error.os_code, 0);
    assert_ok(try_range(map, 0, 1, 0, -1));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(H3_this_system_can_lock_ranges),
        IN_DIRECTORY(H3_excludes_through_one_map_and_through_two),
        IN_DIRECTORY(H3_locks_of_different_files_do_not_meet),
        IN_DIRECTORY(H3_a_lock_on_a_file_without_a_name),
        IN_DIRECTORY(H3_exclusive_locks_need_a_map_that_writes_the_file),
        IN_DIRECTORY(H3_checks_what_it_is_given),
        IN_DIRECTORY(H3_size_0_locks_nothing),
        IN_DIRECTORY(H3_a_lock_outlives_its_map),
        IN_DIRECTORY(H3_waits_until_the_deadline_and_not_longer),
        IN_DIRECTORY(H3_waiting_for_oneself_is_a_deadlock),
        IN_DIRECTORY(H3_a_release_by_another_thread_ends_the_wait),
        IN_DIRECTORY(H3_what_another_thread_holds_is_no_deadlock),
        IN_DIRECTORY(H3_a_thousand_locks_and_no_descriptor_leaks),
        IN_DIRECTORY(H3_without_a_descriptor_left_it_fails_cleanly),
    };
    return cmocka_run_group_tests_name("contract H3: range locks", tests, NULL, NULL);
}
