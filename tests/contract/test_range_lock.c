/* SPDX-License-Identifier: Apache-2.0 */
/* H3: locks on ranges of a file, against threads and processes alike. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

enum { SHARED = MMIO_RANGE_LOCK_SHARED };

static mmio_range_lock *lock_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags)
{
    mmio_range_lock *lock = NULL;
    assert_ok(mmio_range_lock_acquire(map, offset, size, flags, 0, &lock, ERR));
    assert_non_null(lock);
    return lock;
}

static mmio_status try_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                             int64_t timeout_ms)
{
    mmio_range_lock *lock = (mmio_range_lock *)1;
    const mmio_status status =
        mmio_range_lock_acquire(map, offset, size, flags, timeout_ms, &lock, ERR);
    assert_int_equal(status == MMIO_OK, lock != NULL);
    mmio_range_lock_release(lock);
    return status;
}

/* Whether all of "f" is free, asked by a process that has nothing of ours. */
static bool is_free(void)
{
    const int fd = open("f", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(fd, F_OFD_GETLK, &range), 0);
    assert_int_equal(close(fd), 0);
    return range.l_type == F_UNLCK;
}

static void end_well(pid_t child)
{
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_int_equal(outcome, 0);
}

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
    lock = lock_range(other, 50, 50, SHARED);
    assert_ok(try_range(map, 0, 100, SHARED, -1));
    assert_status(MMIO_ERR_DEADLOCK, try_range(map, 0, 100, 0, -1));
    mmio_range_lock_release(lock);
    assert_ok(try_range(map, 0, 100, 0, -1));
    mmio_map_close(other);
    mmio_map_close(map);
}

/* An acquisition on a thread of its own, of all of the file. */
typedef struct taker {
    mmio_map *map;
    int64_t timeout_ms;
    uintptr_t thread;
    _Atomic int id;
    mmio_status status;
    mmio_range_lock *lock;
} taker;

static void *take_body(void *argument)
{
    taker *t = argument;
    t->id = thread_id();
    t->status =
        mmio_range_lock_acquire(t->map, 0, mmio_map_size(t->map), 0, t->timeout_ms, &t->lock, NULL);
    return NULL;
}

/* Returns when it is asleep: in the kernel's lock if it has no deadline. */
static void start_taker(taker *t, mmio_map *map, int64_t timeout_ms)
{
    *t = (taker){.map = map, .timeout_ms = timeout_ms};
    start_thread(&t->thread, take_body, t);
    while (t->id == 0) {
        (void)usleep(100);
    }
    await_sleep(t->id, timeout_ms < 0 ? SYS_fcntl : SYS_futex);
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

enum { INCREMENTS = 500, INCREMENTERS = 4 };

/* Reads, and writes one more: only the lock keeps others from coming between. */
static void *increment_body(void *argument)
{
    mmio_map *map = argument;
    for (int i = 0; i < INCREMENTS; i++) {
        mmio_range_lock *lock = NULL;
        uint32_t value = 0;
        if (mmio_range_lock_acquire(map, 8, 4, 0, i % 2 == 0 ? -1 : 60000, &lock, NULL) !=
                MMIO_OK ||
            mmio_map_read(map, 8, &value, sizeof value, NULL) != MMIO_OK) {
            return map;
        }
        value++;
        if (mmio_map_write(map, 8, &value, sizeof value, NULL) != MMIO_OK) {
            return map;
        }
        mmio_range_lock_release(lock);
    }
    return NULL;
}

static void H3_excludes_threads_and_processes_at_once(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const int descriptors = open_descriptors();
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(increment_body(open_mode("f", MMIO_MODE_RW)) == NULL ? 0 : 1);
    }
    uintptr_t threads[INCREMENTERS];
    for (int i = 0; i < INCREMENTERS; i++) {
        start_thread(&threads[i], increment_body, map);
    }
    for (int i = 0; i < INCREMENTERS; i++) {
        assert_null(join_thread(threads[i]));
    }
    end_well(child);
    uint32_t value = 0;
    assert_ok(mmio_map_read(map, 8, &value, sizeof value, ERR));
    assert_int_equal(value, INCREMENTS * (INCREMENTERS + 1));
    assert_int_equal(open_descriptors(), descriptors);
    mmio_map_close(map);
}

/* A process that holds a lock on all of "f" until told to go on. */
typedef struct holder {
    pid_t process;
    int go_on; /* Closing it tells. */
} holder;

static void tell(int fd)
{
    if (write(fd, "x", 1) != 1) {
        _exit(1);
    }
}

/* False if the other side is gone. */
static bool hear(int fd)
{
    char byte;
    return read(fd, &byte, 1) == 1;
}

static holder start_holder(void)
{
    int ready[2];
    int go_on[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(go_on, O_CLOEXEC), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        (void)close(go_on[1]);
        mmio_range_lock *lock = lock_range(open_mode("f", MMIO_MODE_RW), 0, 100, 0);
        tell(ready[1]);
        (void)hear(go_on[0]);
        mmio_range_lock_release(lock);
        _exit(0);
    }
    assert_int_equal(close(go_on[0]), 0);
    assert_int_equal(close(ready[1]), 0);
    assert_true(hear(ready[0]));
    assert_int_equal(close(ready[0]), 0);
    return (holder){child, go_on[1]};
}

static void H3_a_release_by_another_process_ends_the_wait(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const int64_t timeouts[] = {-1, 60000};
    for (size_t i = 0; i < 2; i++) {
        const holder h = start_holder();
        assert_status(MMIO_ERR_BUSY, try_range(map, 99, 1, SHARED, 0));
        taker t;
        start_taker(&t, map, timeouts[i]);
        const int64_t start = now_ms();
        assert_int_equal(close(h.go_on), 0);
        join_thread(t.thread);
        assert_ok(t.status);
        assert_in_range(now_ms() - start, 0, 10000);
        mmio_range_lock_release(t.lock);
        end_well(h.process);
    }
    mmio_map_close(map);
}

static void H3_a_lock_vanishes_with_its_owner(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const holder h = start_holder();
    taker t;
    start_taker(&t, map, -1);
    assert_int_equal(kill(h.process, SIGKILL), 0);
    join_thread(t.thread);
    assert_ok(t.status);
    mmio_range_lock_release(t.lock);
    assert_int_equal(waitpid(h.process, NULL, 0), h.process);
    assert_int_equal(close(h.go_on), 0);
    mmio_map_close(map);
}

static void H3_a_child_neither_has_nor_ends_its_parents_locks(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_range_lock *lock = lock_range(map, 0, 100, 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        const bool is_excluded = try_range(map, 0, 1, 0, 0) == MMIO_ERR_BUSY;
        mmio_range_lock_release(lock);
        /* No deadlock: the parent can still release it. */
        _exit(is_excluded && try_range(map, 0, 1, 0, 10) == MMIO_ERR_TIMEOUT ? 0 : 1);
    }
    end_well(child);
    assert_false(is_free());
    mmio_range_lock_release(lock);
    assert_true(is_free());
    mmio_map_close(map);
}

/* The holder makes a child that outlives it. Locks granted and locks asked for by other threads
 * must both stay behind. */
static void hold_and_leave_a_child(int ready, int go_on)
{
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    mmio_range_lock *lock = lock_range(map, 0, 50, 0);
    taker t;
    start_taker(&t, map, -1);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        tell(ready);
        (void)hear(go_on);
        _exit(0);
    }
    (void)pause();
    mmio_range_lock_release(lock);
}

static void H3_a_child_does_not_keep_its_parents_locks_alive(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    int ready[2];
    int go_on[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(go_on, O_CLOEXEC), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        (void)close(go_on[1]);
        hold_and_leave_a_child(ready[1], go_on[0]);
        _exit(1);
    }
    assert_int_equal(close(ready[1]), 0);
    assert_true(hear(ready[0])); /* The grandchild lives. */
    assert_false(is_free());
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(is_free());
    assert_int_equal(close(go_on[1]), 0); /* Now it may go. */
    assert_false(hear(ready[0]));
    assert_int_equal(close(ready[0]), 0);
    assert_int_equal(close(go_on[0]), 0);
    mmio_map_close(map);
}

static void H3_a_child_locks_for_itself(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    mmio_range_lock *lock = lock_range(map, 0, 50, 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        mmio_range_lock *own = lock_range(map, 50, 50, 0);
        const bool is_known = try_range(map, 60, 1, 0, -1) == MMIO_ERR_DEADLOCK;
        mmio_range_lock_release(own);
        _exit(is_known && try_range(map, 60, 1, 0, -1) == MMIO_OK ? 0 : 1);
    }
    end_well(child);
    mmio_range_lock_release(lock);
    mmio_map_close(map);
}

/* A copy of the handle in a process that knows nothing of us, as between vfork() and exec. */
static void H3_a_release_counts_whoever_has_a_copy_of_the_handle(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    int go_on[2];
    assert_int_equal(pipe2(go_on, O_CLOEXEC), 0);
    mmio_range_lock *lock = lock_range(map, 0, 100, 0);
    const long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); /* No fork() hooks. */
    assert_true(child >= 0);
    if (child == 0) {
        char byte;
        (void)syscall(SYS_close, go_on[1]);
        (void)syscall(SYS_read, go_on[0], &byte, 1);
        (void)syscall(SYS_exit_group, 0);
    }
    mmio_range_lock_release(lock);
    assert_true(is_free());
    assert_int_equal(close(go_on[1]), 0);
    end_well((pid_t)child);
    assert_int_equal(close(go_on[0]), 0);
    mmio_map_close(map);
}

static void H3_excludes_record_locks_of_other_programs_but_not_flock(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100);
    const int fd = open("f", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 1};
    assert_int_equal(fcntl(fd, F_SETLK, &range), 0);
    assert_status(MMIO_ERR_BUSY, try_range(map, 10, 1, SHARED, 0));
    assert_ok(try_range(map, 11, 1, 0, 0));
    range.l_type = F_UNLCK;
    assert_int_equal(fcntl(fd, F_SETLK, &range), 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_ok(try_range(map, 10, 1, 0, 0));
    assert_int_equal(close(fd), 0);
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
        IN_DIRECTORY(H3_excludes_threads_and_processes_at_once),
        IN_DIRECTORY(H3_a_release_by_another_process_ends_the_wait),
        IN_DIRECTORY(H3_a_lock_vanishes_with_its_owner),
        IN_DIRECTORY(H3_a_child_neither_has_nor_ends_its_parents_locks),
        IN_DIRECTORY(H3_a_child_does_not_keep_its_parents_locks_alive),
        IN_DIRECTORY(H3_a_child_locks_for_itself),
        IN_DIRECTORY(H3_a_release_counts_whoever_has_a_copy_of_the_handle),
        IN_DIRECTORY(H3_excludes_record_locks_of_other_programs_but_not_flock),
        IN_DIRECTORY(H3_a_thousand_locks_and_no_descriptor_leaks),
        IN_DIRECTORY(H3_without_a_descriptor_left_it_fails_cleanly),
    };
    return cmocka_run_group_tests_name("contract H3: range locks", tests, NULL, NULL);
}
