/* SPDX-License-Identifier: Apache-2.0 */
/* H2: sleeping until a cell changes, and waking who sleeps. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

/* One wait on a thread of its own, for the cell at `offset` to hold something other than 0. */
typedef struct waiter {
    mmio_map *map;
    uint64_t offset;
    uintptr_t thread;
    _Atomic int id;
    mmio_status status;
} waiter;

static _Atomic int ended;

static void *wait_body(void *argument)
{
    waiter *w = argument;
    w->id = thread_id();
    w->status = mmio_atomic_u32_wait(w->map, w->offset, 0, -1, NULL);
    ended++;
    return NULL;
}

/* Returns when it is asleep. */
static void start_waiter(waiter *w, mmio_map *map, uint64_t offset)
{
    w->map = map;
    w->offset = offset;
    w->id = 0;
    start_thread(&w->thread, wait_body, w);
    while (w->id == 0) {
        (void)usleep(100);
    }
    await_sleep(w->id, SYS_futex);
}

static mmio_status end_of(waiter *w)
{
    join_thread(w->thread);
    return w->status;
}

static uint32_t wake(mmio_map *map, uint64_t offset, uint32_t count)
{
    uint32_t woken = UINT32_MAX;
    assert_ok(mmio_atomic_u32_wake(map, offset, count, &woken, ERR));
    assert_in_range(woken, 0, count);
    return woken;
}

/* End so many waits, in one call but for those whose thread is just looking up by itself. The cell
 * stays as it is, so that nothing else ends them. */
static void wake_exactly(mmio_map *map, uint64_t offset, uint32_t count)
{
    const int64_t deadline = now_ms() + 20000;
    while (count != 0 && now_ms() < deadline) {
        count -= wake(map, offset, count);
    }
    assert_int_equal(count, 0);
}

static void H2_this_system_can_wait(void **state)
{
    (void)state;
    assert_int_equal(mmio_has(MMIO_FEATURE_WAIT), 1);
}

static void H2_a_wake_ends_the_wait_of_another_thread(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    waiter w;
    start_waiter(&w, map, 8);
    assert_int_equal(wake(map, 12, UINT32_MAX), 0);
    wake_exactly(map, 8, 1);
    assert_ok(end_of(&w));
    assert_int_equal(mmio_map_pending(map), 0);
    mmio_map_close(map);
}

static void H2_all_maps_of_a_file_meet(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    mmio_map *other = open_mode("f", MMIO_MODE_RW);
    waiter w;
    start_waiter(&w, map, 8);
    wake_exactly(other, 8, 1);
    assert_ok(end_of(&w));
    mmio_map_close(other);
    mmio_map_close(map);
}

static void H2_private_maps_meet_within_themselves(void **state)
{
    (void)state;
    make_file("f", 64, 0);
    mmio_map *map = open_mode("f", MMIO_MODE_COW_RW);
    mmio_map *other = open_mode("f", MMIO_MODE_COW_RW);
    waiter w;
    start_waiter(&w, map, 8);
    assert_int_equal(wake(other, 8, 1), 0);
    wake_exactly(map, 8, 1);
    assert_ok(end_of(&w));
    mmio_map_close(other);
    mmio_map_close(map);
}

static void H2_a_cell_that_holds_something_else_is_not_waited_for(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    assert_ok(mmio_atomic_u32_store(map, 8, 7, ERR));
    assert_ok(mmio_atomic_u32_wait(map, 8, 6, -1, ERR));
    assert_ok(mmio_atomic_u32_wait(map, 8, 6, 0, ERR));
    assert_ok(mmio_atomic_u32_wait(map, 8, 0, 100000, ERR));
    mmio_map_close(map);
}

static void H2_waits_until_the_deadline_and_not_longer(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    assert_status(MMIO_ERR_BUSY, mmio_atomic_u32_wait(map, 8, 0, 0, ERR));
    const int64_t times[] = {1, 30, 250};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const int64_t start = now_ms();
        assert_status(MMIO_ERR_TIMEOUT, mmio_atomic_u32_wait(map, 8, 0, times[i], ERR));
        assert_in_range(now_ms() - start, times[i] - 1, times[i] + 10000);
    }
    mmio_map_close(map);
}

static _Atomic bool is_interrupted;

static void on_signal(int number)
{
    (void)number;
    is_interrupted = true;
}

static void H2_a_signal_does_not_end_the_wait(void **state)
{
    (void)state;
    const struct sigaction action = {.sa_handler = on_signal}; /* Without SA_RESTART. */
    struct sigaction before;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    mmio_map *map = create_map("f", 64);
    waiter w;
    start_waiter(&w, map, 8);
    assert_int_equal(pthread_kill((pthread_t)w.thread, SIGUSR1), 0);
    while (!is_interrupted) {
        (void)usleep(100);
    }
    await_sleep(w.id, SYS_futex);
    wake_exactly(map, 8, 1);
    assert_ok(end_of(&w));
    mmio_map_close(map);
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void H2_wakes_as_many_as_asked(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    waiter waiters[4];
    ended = 0;
    for (size_t i = 0; i < 4; i++) {
        start_waiter(&waiters[i], map, 60);
    }
    assert_int_equal(wake(map, 60, 0), 0);
    assert_int_equal(ended, 0);
    wake_exactly(map, 60, 1);
    wake_exactly(map, 60, 2);
    while (ended < 3) {
        (void)usleep(100);
    }
    /* One more can be woken only if it still waits. */
    wake_exactly(map, 60, 1);
    for (size_t i = 0; i < 4; i++) {
        assert_ok(end_of(&waiters[i]));
    }
    assert_int_equal(wake(map, 60, UINT32_MAX), 0);
    assert_ok(mmio_atomic_u32_wake(map, 60, 1, NULL, ERR));
    mmio_map_close(map);
}

/* Where a process waits that has `map` by inheritance, or opens "f" for itself. */
static void meet_a_child(mmio_map *map, bool opens_for_itself)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(30);
        mmio_map *own = opens_for_itself ? open_mode("f", MMIO_MODE_RW) : map;
        _exit(mmio_atomic_u32_wait(own, 4096, 0, -1, NULL) == MMIO_OK ? 0 : 1);
    }
    await_sleep(child, SYS_futex);
    wake_exactly(map, 4096, 1);
    end_well(child);
}

static void H2_processes_meet_in_a_file(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10000);
    meet_a_child(map, true);
    meet_a_child(map, false);
    mmio_map_close(map);
}

static void H2_processes_meet_in_anonymous_memory(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(10000);
    meet_a_child(map, false);
    mmio_map_close(map);
}

enum { ROUNDS = 2000 };

/* Take turns: the cell counts up, one side has the even numbers. A wake that got lost would cost
 * 100 ms each time. */
static bool play(mmio_map *map, uint32_t first)
{
    for (uint32_t turn = first; turn < 2 * ROUNDS; turn += 2) {
        uint32_t seen = 0;
        while (mmio_atomic_u32_load(map, 0, &seen, NULL) == MMIO_OK && seen != turn) {
            if (mmio_atomic_u32_wait(map, 0, seen, 20000, NULL) != MMIO_OK) {
                return false;
            }
        }
        if (mmio_atomic_u32_store(map, 0, turn + 1, NULL) != MMIO_OK ||
            mmio_atomic_u32_wake(map, 0, 1, NULL, NULL) != MMIO_OK) {
            return false;
        }
    }
    return true;
}

static void H2_processes_take_turns_without_losing_a_wake(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    const int64_t start = now_ms();
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(play(open_mode("f", MMIO_MODE_RW), 1) ? 0 : 1);
    }
    assert_true(play(map, 0));
    end_well(child);
    assert_in_range(now_ms() - start, 0, ROUNDS * 10);
    mmio_map_close(map);
}

/* The waiter sleeps at the old address; who wakes knows only the new one. */
static void meet_after_a_move(mmio_map *map)
{
    const void *before = NULL;
    const void *after = NULL;
    waiter w;
    start_waiter(&w, map, 8);
    assert_ok(mmio_map_data(map, &before, ERR));
    assert_ok(mmio_map_resize(map, 1 << 20, 0, ERR));
    assert_ok(mmio_map_data(map, &after, ERR));
    assert_ptr_not_equal(before, after);
    await_sleep(w.id, SYS_futex);
    wake_exactly(map, 8, 1);
    assert_ok(end_of(&w));
    mmio_map_close(map);
}

static void H2_a_map_that_moves_meets_who_waited_before(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 4096);
    options.reserve = 4096;
    mmio_map *map = NULL;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    meet_after_a_move(map);
    options = options_of(MMIO_MODE_RW, 0, 0);
    options.reserve = 4096;
    assert_ok(mmio_map_anonymous(4096, &options, &map, ERR));
    meet_after_a_move(map);
}

static void H2_a_wait_holds_its_cell(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    waiter w;
    start_waiter(&w, map, 8);
    assert_status(MMIO_ERR_BUSY, mmio_map_resize(map, 11, 0, ERR));
    assert_ok(mmio_map_resize(map, 12, 0, ERR));
    wake_exactly(map, 8, 1);
    assert_ok(end_of(&w));
    assert_ok(mmio_map_resize(map, 11, 0, ERR));
    mmio_map_close(map);
}

static void H2_a_shutdown_ends_the_wait(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    waiter w;
    start_waiter(&w, map, 8);
    const int64_t start = now_ms();
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, end_of(&w));
    assert_in_range(now_ms() - start, 0, 5000);
    mmio_map_close(map);
}

static void H2_a_change_that_nobody_wakes_for_ends_the_wait(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 64);
    waiter w;
    start_waiter(&w, map, 8);
    const int64_t start = now_ms();
    assert_ok(mmio_atomic_u32_store(map, 8, 1, ERR));
    assert_ok(end_of(&w));
    assert_in_range(now_ms() - start, 0, 5000);
    mmio_map_close(map);
}

static void H2_a_file_cut_under_the_wait_is_a_fault(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 10000);
    waiter w;
    start_waiter(&w, map, 8192);
    assert_int_equal(truncate("f", 4096), 0);
    assert_status(MMIO_ERR_FAULT, end_of(&w));
    assert_status(MMIO_ERR_FAULT, mmio_atomic_u32_wake(map, 8192, 1, NULL, ERR));
    assert_status(MMIO_ERR_FAULT, mmio_atomic_u32_wait(map, 8192, 0, 0, ERR));
    assert_status(MMIO_ERR_BUSY, mmio_atomic_u32_wait(map, 8, 0, 0, ERR));
    mmio_map_close(map);
}

static void H2_checks_mode_then_alignment_then_bounds(void **state)
{
    (void)state;
    make_file("f", 64, 0);
    uint32_t woken = 5;
    const uint32_t denied[] = {MMIO_MODE_RO, MMIO_MODE_COW};
    for (size_t i = 0; i < 2; i++) {
        mmio_map *map = open_mode("f", denied[i]);
        assert_status(MMIO_ERR_MODE, mmio_atomic_u32_wait(map, 1001, 0, -1, ERR));
        assert_status(MMIO_ERR_MODE, mmio_atomic_u32_wake(map, 1001, 1, &woken, ERR));
        assert_int_equal(woken, 0);
        mmio_map_close(map);
    }
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    assert_status(MMIO_ERR_ALIGN, mmio_atomic_u32_wait(map, 1001, 0, -1, ERR));
    assert_int_equal(last_error.limit, 4);
    assert_status(MMIO_ERR_ALIGN, mmio_atomic_u32_wake(map, 2, 0, NULL, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_atomic_u32_wait(map, 64, 0, -1, ERR));
    assert_int_equal(last_error.size, 4);
    assert_status(MMIO_ERR_RANGE, mmio_atomic_u32_wake(map, UINT64_MAX - 3, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u32_wait(NULL, 0, 0, -1, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_atomic_u32_wake(NULL, 0, 1, NULL, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_atomic_u32_wait(map, 0, 0, -1, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_atomic_u32_wake(map, 0, 1, NULL, ERR));
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(H2_this_system_can_wait),
        IN_DIRECTORY(H2_a_wake_ends_the_wait_of_another_thread),
        IN_DIRECTORY(H2_all_maps_of_a_file_meet),
        IN_DIRECTORY(H2_private_maps_meet_within_themselves),
        IN_DIRECTORY(H2_a_cell_that_holds_something_else_is_not_waited_for),
        IN_DIRECTORY(H2_waits_until_the_deadline_and_not_longer),
        IN_DIRECTORY(H2_a_signal_does_not_end_the_wait),
        IN_DIRECTORY(H2_wakes_as_many_as_asked),
        IN_DIRECTORY(H2_processes_meet_in_a_file),
        IN_DIRECTORY(H2_processes_meet_in_anonymous_memory),
        IN_DIRECTORY(H2_processes_take_turns_without_losing_a_wake),
        IN_DIRECTORY(H2_a_map_that_moves_meets_who_waited_before),
        IN_DIRECTORY(H2_a_wait_holds_its_cell),
        IN_DIRECTORY(H2_a_shutdown_ends_the_wait),
        IN_DIRECTORY(H2_a_change_that_nobody_wakes_for_ends_the_wait),
        IN_DIRECTORY(H2_a_file_cut_under_the_wait_is_a_fault),
        IN_DIRECTORY(H2_checks_mode_then_alignment_then_bounds),
    };
    return cmocka_run_group_tests_name("contract H2: wait and wake", tests, NULL, NULL);
}
