/* SPDX-License-Identifier: Apache-2.0 */
/* I2, I3: how events reach the caller. */
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "watchers.h"
#include "watching.h"

/* What the library queues for a watcher at most. */
#define QUEUE_LENGTH 1024

static void I2_next_waits_as_long_as_it_is_told_to(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    mmio_watch_event event;
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(watcher, 0, &event, ERR));
    const int64_t start = now_ms();
    assert_status(MMIO_ERR_TIMEOUT, mmio_watcher_next(watcher, 50, &event, ERR));
    assert_true(now_ms() - start >= 50);
    change_often(1);
    assert_ok(mmio_watcher_next(watcher, -1, &event, ERR));
    assert_int_equal(event.kind, MMIO_WATCH_MODIFIED);
    assert_status(MMIO_ERR_INVALID, mmio_watcher_next(watcher, 0, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_next(NULL, 0, &event, ERR));
    mmio_watcher_close(watcher);
}

typedef struct taker {
    mmio_watcher *watcher;
    uintptr_t thread;
    int taken;
    mmio_status status;
    _Atomic int number; /* Of its thread, once it is about to take. */
} taker;

static void *take_until_closed(void *argument)
{
    taker *t = argument;
    mmio_watch_event event;
    t->number = gettid();
    while ((t->status = mmio_watcher_next(t->watcher, -1, &event, NULL)) == MMIO_OK) {
        t->taken++;
    }
    return NULL;
}

static void I2_threads_share_the_events_and_leave_when_it_is_closed(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    mmio_watcher *last = watch_last();
    intptr_t handle;
    assert_ok(mmio_watcher_handle(watcher, &handle, ERR));
    taker takers[4] = {{0}};
    for (size_t i = 0; i < 4; i++) {
        takers[i].watcher = watcher;
        start_thread(&takers[i].thread, take_until_closed, &takers[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        while (takers[i].number == 0) {
        }
    }
    change_often(500);
    await_all(last);
    struct pollfd wait = {.fd = (int)handle, .events = POLLIN};
    while (poll(&wait, 1, 0) == 1) {
    }
    for (size_t i = 0; i < 4; i++) {
        await_asleep(takers[i].number);
    }
    mmio_watcher_close(watcher);
    int taken = 0;
    for (size_t i = 0; i < 4; i++) {
        join_thread(takers[i].thread);
        assert_status(MMIO_ERR_CLOSED, takers[i].status);
        taken += takers[i].taken;
    }
    assert_int_equal(taken, 500);
    mmio_watcher_close(last);
}

static void I2_the_handle_is_readable_while_an_event_is_queued(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    mmio_watch_event event;
    intptr_t handle;
    intptr_t again;
    change_often(1);
    mmio_watcher *other = open_watcher();
    assert_ok(mmio_watcher_handle(watcher, &handle, ERR));
    assert_ok(mmio_watcher_handle(watcher, &again, ERR));
    assert_int_equal(handle, again);
    struct pollfd wait = {.fd = (int)handle, .events = POLLIN};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(poll(&wait, 1, PATIENCE), 1);
        assert_ok(mmio_watcher_next(watcher, 0, &event, ERR));
        assert_status(MMIO_ERR_BUSY, mmio_watcher_next(watcher, 0, &event, ERR));
        assert_int_equal(poll(&wait, 1, 0), 0);
        change_often(1);
    }
    assert_status(MMIO_ERR_INVALID, mmio_watcher_handle(watcher, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_watcher_handle(NULL, &handle, ERR));
    assert_int_equal(handle, -1);
    mmio_watcher_close(other);
    mmio_watcher_close(watcher);
}

static void I2_a_full_queue_ends_with_overflow(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    mmio_watcher *last = watch_last();
    change_often(3 * QUEUE_LENGTH);
    await_all(last);
    for (int i = 0; i < QUEUE_LENGTH - 1; i++) {
        assert_int_equal(next(watcher).kind,
                         i % 2 == 0 ? MMIO_WATCH_MODIFIED : MMIO_WATCH_METADATA);
    }
    const mmio_watch_event overflow = next(watcher);
    assert_int_equal(overflow.kind, MMIO_WATCH_OVERFLOW);
    assert_int_equal(overflow.watch, 0);
    mmio_watch_event event;
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(watcher, 0, &event, ERR));
    /* And it goes on. */
    change_often(1);
    assert_int_equal(next(watcher).kind, MMIO_WATCH_MODIFIED);
    mmio_watcher_close(watcher);
    mmio_watcher_close(last);
}

static int most_notices(void)
{
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    assert_non_null(file);
    int most = 0;
    assert_int_equal(fscanf(file, "%d", &most), 1);
    assert_int_equal(fclose(file), 0);
    return most;
}

static void I2_an_overflow_of_the_kernels_queue_is_told_to_everybody(void **state)
{
    (void)state;
    listener l = {.watcher = watch_file()};
    mmio_watcher *other = open_watcher();
    make_file("g", 10, 'x');
    const uint64_t watch = watch_path(other, "g");
    make_file("m", 10, 'x');
    mmio_map *map = open_mode("m", MMIO_MODE_RO);
    mmio_watcher *of_map = open_watcher();
    uint64_t map_watch;
    assert_ok(mmio_watcher_add_map(of_map, map, &map_watch, ERR));
    const int fd = open("m", O_RDONLY | O_CLOEXEC);
    const mmio_open_options options = options_of(MMIO_MODE_RO, 0, 0);
    mmio_map *labelled;
    mmio_watcher *of_label = open_watcher();
    assert_ok(mmio_map_from_handle(fd, "label", &options, &labelled, ERR));
    assert_ok(mmio_watcher_add_map(of_label, labelled, &map_watch, ERR));
    mmio_watcher *of_nothing = open_watcher();
    listen(&l, wait_to_be_released);
    /* With the library's thread held, the kernel has to keep all notices. */
    change_often(1);
    await(&l.called);
    change_often(most_notices() + 10);
    assert_int_equal(unlink("g"), 0);
    make_file("h", 77, 'x');
    assert_int_equal(rename("h", "g"), 0);
    assert_int_equal(truncate("m", 20), 0);
    mmio_watcher *late = open_watcher();
    assert_int_equal(sem_post(&l.released), 0);
    assert_ok(mmio_watcher_set_callback(l.watcher, NULL, NULL, ERR));
    assert_int_equal(next(other).kind, MMIO_WATCH_OVERFLOW);
    /* What happened in between was looked for, and the watch follows its path. */
    const mmio_watch_event replaced = next(other);
    assert_int_equal(replaced.kind, MMIO_WATCH_REPLACED);
    assert_int_equal(replaced.watch, watch);
    assert_int_equal(replaced.size, 77);
    assert_int_equal(truncate("g", 100), 0);
    assert_int_equal(next(other).kind, MMIO_WATCH_GROWN);
    mmio_watch_event event;
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(late, 0, &event, ERR));
    assert_int_equal(next(of_map).kind, MMIO_WATCH_OVERFLOW);
    const mmio_watch_event grown = next(of_map);
    assert_int_equal(grown.kind, MMIO_WATCH_GROWN);
    assert_int_equal(grown.size, 20);
    assert_int_equal(next(of_label).kind, MMIO_WATCH_OVERFLOW);
    assert_int_equal(next(of_label).kind, MMIO_WATCH_GROWN);
    mmio_watcher_close(of_label);
    mmio_map_close(labelled);
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(of_nothing, 0, &event, ERR));
    mmio_watcher_close(of_nothing);
    mmio_watcher_close(of_map);
    mmio_map_close(map);
    mmio_watcher_close(late);
    mmio_watcher_close(other);
    mmio_watcher_close(l.watcher);
}

/* Threads, descriptors and processes. */

#define MANY 10000
#define MANY_WATCHERS 1000

static void I2_thousands_of_watches_take_one_thread(void **state)
{
    (void)state;
    static mmio_watcher *watchers[MANY_WATCHERS];
    char name[32];
    int descriptors = 0;
    for (int i = 0; i < MANY; i++) {
        mmio_watcher **watcher = &watchers[i % MANY_WATCHERS];
        if (i < MANY_WATCHERS) {
            *watcher = open_watcher();
        }
        (void)snprintf(name, sizeof name, "f%d", i);
        make_file(name, 1, 'x');
        (void)watch_path(*watcher, name);
        if (i == 0) {
            descriptors = open_descriptors();
        }
    }
    await_threads(1);
    assert_int_equal(open_descriptors(), descriptors);
    for (int i = 0; i < MANY; i += 999) {
        (void)snprintf(name, sizeof name, "f%d", i);
        assert_int_equal(truncate(name, 100 + i), 0);
        assert_int_equal(next(watchers[i % MANY_WATCHERS]).size, 100 + i);
    }
    for (int i = 0; i < MANY_WATCHERS; i++) {
        mmio_watcher_close(watchers[i]);
    }
    await_threads(0);
    /* And again. */
    mmio_watcher *watcher = open_watcher();
    (void)watch_path(watcher, "f1");
    await_threads(1);
    assert_int_equal(truncate("f1", 7), 0);
    assert_int_equal(next(watcher).size, 7);
    mmio_watcher_close(watcher);
    await_threads(0);
}

static void I2_the_thread_ends_when_the_watched_file_is_gone_too(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    assert_int_equal(unlink("f"), 0);
    assert_int_equal(next(watcher).kind, MMIO_WATCH_REMOVED);
    await_threads(1);
    mmio_watcher_close(watcher);
    await_threads(0);
}

static mmio_watcher *inherited;

static void use_inherited_and_new(void)
{
    mmio_watch_event event;
    uint64_t watch;
    intptr_t handle;
    need(mmio_watcher_next(inherited, -1, &event, NULL) == MMIO_ERR_FORKED);
    need(mmio_watcher_add_path(inherited, "f", &watch, NULL) == MMIO_ERR_FORKED);
    need(mmio_watcher_remove(inherited, 1, NULL) == MMIO_ERR_FORKED);
    need(mmio_watcher_handle(inherited, &handle, NULL) == MMIO_ERR_FORKED && handle == -1);
    need(mmio_watcher_set_callback(inherited, NULL, NULL, NULL) == MMIO_ERR_FORKED);

    mmio_watcher *own;
    need(mmio_watcher_open(&own, NULL) == MMIO_OK);
    need(mmio_watcher_add_path(own, "own", &watch, NULL) == MMIO_OK);
    need(truncate("own", 50) == 0);
    need(mmio_watcher_next(own, PATIENCE, &event, NULL) == MMIO_OK);
    need(event.kind == MMIO_WATCH_GROWN && event.watch == watch);
    mmio_watcher_close(inherited);
    need(truncate("own", 10) == 0);
    need(mmio_watcher_next(own, PATIENCE, &event, NULL) == MMIO_OK);
    need(event.kind == MMIO_WATCH_TRUNCATED);
    mmio_watcher_close(own);
    need(chmod("f", 0600) == 0);
}

static void I2_a_child_process_has_watchers_of_its_own(void **state)
{
    (void)state;
    need_threads_in_children();
    make_file("own", 10, 'x');
    inherited = watch_file();
    by_another_process(use_inherited_and_new);
    /* The parent's went on, and heard of what the child did. */
    assert_int_equal(next(inherited).kind, MMIO_WATCH_METADATA);
    mmio_watcher_close(inherited);
}

static void I2_a_fork_in_the_middle_of_watching_deadlocks_nothing(void **state)
{
    (void)state;
    need_threads_in_children();
    _Atomic bool is_over = false;
    uintptr_t thread;
    make_file("own", 10, 'x');
    make_file("f", 10, 'x');
    start_thread(&thread, change_for_ever, &is_over);
    for (int i = 0; i < 100; i++) {
        listener l = {.watcher = open_watcher()};
        (void)watch_path(l.watcher, "f");
        listen(&l, note_call);
        inherited = l.watcher;
        if (i % 2 == 0) {
            await(&l.called);
        }
        by_another_process(use_inherited_and_new);
        mmio_watcher_close(l.watcher);
    }
    is_over = true;
    join_thread(thread);
}

static void I2_nothing_is_left_open(void **state)
{
    (void)state;
    mmio_watcher *watcher = watch_file();
    const int descriptors = open_descriptors();
    for (int i = 0; i < 10; i++) {
        mmio_watcher *other = open_watcher();
        intptr_t handle;
        uint64_t watch;
        assert_ok(mmio_watcher_handle(other, &handle, ERR));
        (void)watch_path(other, "f");
        assert_status(MMIO_ERR_NOT_FOUND, mmio_watcher_add_path(other, "none", &watch, ERR));
        mmio_watcher_close(other);
    }
    assert_int_equal(open_descriptors(), descriptors);
    mmio_watcher_close(watcher);
}

static int by_size(const void *a, const void *b)
{
    const int64_t difference = *(const int64_t *)a - *(const int64_t *)b;
    return difference < 0 ? -1 : difference > 0;
}

static int64_t now_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void I3_the_median_latency_is_well_under_a_millisecond(void **state)
{
    (void)state;
    int64_t latencies[301];
    mmio_watcher *watcher = watch_file();
    const int fd = open("f", O_WRONLY | O_CLOEXEC);
    for (size_t i = 0; i < 301; i++) {
        const int64_t start = now_ns();
        assert_int_equal(pwrite(fd, "a", 1, 0), 1);
        (void)next(watcher);
        latencies[i] = now_ns() - start;
    }
    assert_int_equal(close(fd), 0);
    qsort(latencies, 301, sizeof latencies[0], by_size);
    assert_true(latencies[150] < 1000000);
    mmio_watcher_close(watcher);
}

static void I3_watching_is_a_feature_of_this_system(void **state)
{
    (void)state;
    assert_int_equal(mmio_has(MMIO_FEATURE_WATCH), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(I2_next_waits_as_long_as_it_is_told_to),
        IN_DIRECTORY(I2_threads_share_the_events_and_leave_when_it_is_closed),
        IN_DIRECTORY(I2_the_handle_is_readable_while_an_event_is_queued),
        IN_DIRECTORY(I2_a_full_queue_ends_with_overflow),
        IN_DIRECTORY(I2_an_overflow_of_the_kernels_queue_is_told_to_everybody),
        IN_DIRECTORY(I2_thousands_of_watches_take_one_thread),
        IN_DIRECTORY(I2_the_thread_ends_when_the_watched_file_is_gone_too),
        IN_DIRECTORY(I2_a_child_process_has_watchers_of_its_own),
        IN_DIRECTORY(I2_a_fork_in_the_middle_of_watching_deadlocks_nothing),
        IN_DIRECTORY(I2_nothing_is_left_open),
        IN_DIRECTORY(I3_the_median_latency_is_well_under_a_millisecond),
        IN_DIRECTORY(I3_watching_is_a_feature_of_this_system),
    };
    return cmocka_run_group_tests_name("contract I2, I3: watchers", tests, NULL, NULL);
}
