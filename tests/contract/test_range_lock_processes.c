/* SPDX-License-Identifier: Apache-2.0 */
/* H3: locks on ranges of a file, against other processes. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "range_locks.h"
#include "support.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(H3_excludes_threads_and_processes_at_once),
        IN_DIRECTORY(H3_a_release_by_another_process_ends_the_wait),
        IN_DIRECTORY(H3_a_lock_vanishes_with_its_owner),
        IN_DIRECTORY(H3_a_child_neither_has_nor_ends_its_parents_locks),
        IN_DIRECTORY(H3_a_child_does_not_keep_its_parents_locks_alive),
        IN_DIRECTORY(H3_a_child_locks_for_itself),
        IN_DIRECTORY(H3_a_release_counts_whoever_has_a_copy_of_the_handle),
        IN_DIRECTORY(H3_excludes_record_locks_of_other_programs_but_not_flock),
    };
    return cmocka_run_group_tests_name("contract H3: range locks among processes", tests, NULL,
                                       NULL);
}
