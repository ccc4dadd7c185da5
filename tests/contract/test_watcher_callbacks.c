/* SPDX-License-Identifier: Apache-2.0 */
/* I2: events that are handed to a callback. */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "watchers.h"
#include "watching.h"

static void I2_a_callback_is_called_for_each_event_and_can_be_taken_back(void **state)
{
    (void)state;
    listener l = {.watcher = watch_file()};
    mmio_watcher *last = watch_last();
    change_often(3);
    await_all(last);
    listen(&l, note_call);
    /* Those that were queued, and those that come. */
    for (int i = 0; i < 3; i++) {
        await(&l.called);
    }
    change_often(2);
    await(&l.called);
    await(&l.called);
    assert_int_equal(l.last_kind, MMIO_WATCH_METADATA);
    mmio_watch_event event;
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(l.watcher, 0, &event, ERR));
    assert_ok(mmio_watcher_set_callback(l.watcher, NULL, NULL, ERR));
    change_often(1);
    assert_int_equal(next(l.watcher).kind, MMIO_WATCH_MODIFIED);
    assert_int_equal(l.calls, 5);
    assert_status(MMIO_ERR_INVALID, mmio_watcher_set_callback(NULL, note_call, NULL, ERR));
    mmio_watcher_close(l.watcher);
    mmio_watcher_close(last);
}

static void I2_queued_events_are_handed_over_even_if_nothing_is_watched_any_more(void **state)
{
    (void)state;
    listener l = {.watcher = open_watcher()};
    make_file("f", 10, 'x');
    const uint64_t watch = watch_path(l.watcher, "f");
    change_often(1);
    intptr_t handle;
    assert_ok(mmio_watcher_handle(l.watcher, &handle, ERR));
    struct pollfd wait = {.fd = (int)handle, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, PATIENCE), 1);
    assert_ok(mmio_watcher_remove(l.watcher, watch, ERR));
    await_threads(0);
    listen(&l, note_call);
    await(&l.called);
    await_threads(0);
    mmio_watcher_close(l.watcher);
}

static void MMIO_CALL close_inside(const mmio_watch_event *event, void *user)
{
    listener *l = user;
    (void)event;
    mmio_watcher_close(l->watcher);
    l->calls++;
    sem_post(&l->called);
}

static void I2_close_inside_the_callback_is_allowed(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        listener l = {.watcher = watch_file()};
        listen(&l, close_inside);
        change_often(10);
        await(&l.called);
        assert_int_equal(l.calls, 1);
    }
    await_threads(0);
}

static void MMIO_CALL change_watches(const mmio_watch_event *event, void *user)
{
    listener *l = user;
    (void)event;
    /* From "f" to "g", and back to events in the queue. */
    l->last_kind = mmio_watcher_remove(l->watcher, l->watch, NULL) == MMIO_OK &&
                   mmio_watcher_add_path(l->watcher, "g", &l->watch, NULL) == MMIO_OK &&
                   mmio_watcher_set_callback(l->watcher, NULL, NULL, NULL) == MMIO_OK;
    sem_post(&l->called);
}

static void I2_watches_may_be_added_and_removed_inside_the_callback(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    make_file("g", 10, 'x');
    listener l = {.watcher = open_watcher()};
    l.watch = watch_path(l.watcher, "f");
    listen(&l, change_watches);
    change_often(1);
    await(&l.called);
    assert_int_equal(l.last_kind, 1);
    change_often(1);
    assert_int_equal(truncate("g", 100), 0);
    const mmio_watch_event event = next(l.watcher);
    assert_int_equal(event.kind, MMIO_WATCH_GROWN);
    assert_int_equal(event.watch, l.watch);
    mmio_watcher_close(l.watcher);
}

#define LISTENERS 1000

static void I2_no_callback_runs_after_close_or_taking_back(void **state)
{
    (void)state;
    static listener listeners[LISTENERS];
    static _Atomic bool is_over;
    uintptr_t thread;
    make_file("f", 10, 'x');
    mmio_watcher *last = watch_last();
    start_thread(&thread, change_for_ever, &is_over);
    for (int i = 0; i < LISTENERS; i++) {
        listener *l = &listeners[i];
        l->watcher = open_watcher();
        listen(l, note_call);
        (void)watch_path(l->watcher, "f");
        if (i % 3 != 0) {
            await(&l->called);
        }
        if (i % 2 == 0) {
            assert_ok(mmio_watcher_set_callback(l->watcher, NULL, NULL, ERR));
            l->is_over = true;
        }
        mmio_watcher_close(l->watcher);
        l->is_over = true;
    }
    is_over = true;
    join_thread(thread);
    await_all(last);
    for (int i = 0; i < LISTENERS; i++) {
        assert_int_equal(listeners[i].calls_too_late, 0);
    }
    mmio_watcher_close(last);
}

static void *close_watcher(void *argument)
{
    listener *l = argument;
    mmio_watcher_close(l->watcher);
    return (void *)(intptr_t)l->calls;
}

static void I2_close_waits_for_a_callback_that_runs(void **state)
{
    (void)state;
    listener l = {.watcher = watch_file()};
    listen(&l, wait_to_be_released);
    change_often(1);
    await(&l.called);
    uintptr_t thread;
    start_thread(&thread, close_watcher, &l);
    assert_int_equal(sem_post(&l.released), 0);
    assert_int_equal((intptr_t)join_thread(thread), 1);
}

static pthread_key_t at_thread_end;

static void leave_well(void *value)
{
    (void)value;
    _exit(0);
}

/* In the child, the thread that runs this is all there is, and ends. */
static void MMIO_CALL fork_inside(const mmio_watch_event *event, void *user)
{
    (void)event;
    listener *l = user;
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        (void)pthread_setspecific(at_thread_end, l);
        return;
    }
    l->last_kind = (uint32_t)child;
    sem_post(&l->called);
}

static void I2_B12_a_callback_may_fork(void **state)
{
    (void)state;
    need_threads_in_children();
    assert_int_equal(pthread_key_create(&at_thread_end, leave_well), 0);
    listener l = {.watcher = watch_file()};
    mmio_watcher *other = open_watcher();
    (void)watch_path(other, "f");
    listen(&l, fork_inside);
    change_often(1);
    await(&l.called);
    assert_ok(mmio_watcher_set_callback(l.watcher, NULL, NULL, ERR));
    int outcome = -1;
    assert_int_equal(waitpid((pid_t)l.last_kind, &outcome, 0), (pid_t)l.last_kind);
    assert_int_equal(outcome, 0);
    /* The parent's thread goes on. */
    assert_int_equal(next(other).kind, MMIO_WATCH_MODIFIED);
    change_often(2);
    assert_int_equal(next(other).kind, MMIO_WATCH_MODIFIED);
    mmio_watcher_close(other);
    mmio_watcher_close(l.watcher);
    assert_int_equal(pthread_key_delete(at_thread_end), 0);
}

/* One notice is for both, and each gets all of its events. */
static void I2_callbacks_of_several_watchers_take_turns(void **state)
{
    (void)state;
    static listener listeners[3];
    make_file("f", 10, 'x');
    for (size_t i = 0; i < 3; i++) {
        listeners[i].watcher = open_watcher();
        listen(&listeners[i], note_call);
        (void)watch_path(listeners[i].watcher, "f");
        (void)watch_path(listeners[i].watcher, "f");
    }
    change_often(10);
    for (size_t i = 0; i < 3; i++) {
        for (int k = 0; k < 20; k++) {
            await(&listeners[i].called);
        }
        mmio_watcher_close(listeners[i].watcher);
        assert_int_equal(listeners[i].calls, 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(I2_a_callback_is_called_for_each_event_and_can_be_taken_back),
        IN_DIRECTORY(I2_queued_events_are_handed_over_even_if_nothing_is_watched_any_more),
        IN_DIRECTORY(I2_close_inside_the_callback_is_allowed),
        IN_DIRECTORY(I2_watches_may_be_added_and_removed_inside_the_callback),
        IN_DIRECTORY(I2_no_callback_runs_after_close_or_taking_back),
        IN_DIRECTORY(I2_close_waits_for_a_callback_that_runs),
        IN_DIRECTORY(I2_B12_a_callback_may_fork),
        IN_DIRECTORY(I2_callbacks_of_several_watchers_take_turns),
    };
    return cmocka_run_group_tests_name("contract I2: callbacks of watchers", tests, NULL, NULL);
}
