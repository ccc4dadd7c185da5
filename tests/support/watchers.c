/* SPDX-License-Identifier: Apache-2.0 */
#include "watchers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

mmio_watcher *open_watcher(void)
{
    mmio_watcher *watcher = NULL;
    assert_ok(mmio_watcher_open(&watcher, ERR));
    return watcher;
}

uint64_t watch_path(mmio_watcher *watcher, const char *path)
{
    uint64_t watch;
    assert_ok(mmio_watcher_add_path(watcher, path, &watch, ERR));
    return watch;
}

mmio_watcher *watch_file(void)
{
    make_file("f", 10, 'x');
    mmio_watcher *watcher = open_watcher();
    (void)watch_path(watcher, "f");
    return watcher;
}

mmio_watch_event next(mmio_watcher *watcher)
{
    mmio_watch_event event;
    assert_ok(mmio_watcher_next(watcher, PATIENCE, &event, ERR));
    return event;
}

void change_often(int times)
{
    const int fd = open("f", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (int i = 0; i < times; i++) {
        if (i % 2 == 0) {
            assert_int_equal(pwrite(fd, "a", 1, 0), 1);
        } else {
            assert_int_equal(fchmod(fd, 0600), 0);
        }
    }
    assert_int_equal(close(fd), 0);
}

mmio_watcher *watch_last(void)
{
    make_file("last", 0, 'x');
    mmio_watcher *last = open_watcher();
    (void)watch_path(last, "last");
    return last;
}

void await_all(mmio_watcher *last)
{
    /* The kernel's queue may be full of what was changed before, and drop this change. */
    do {
        assert_int_equal(chmod("last", 0600), 0);
    } while (next(last).kind == MMIO_WATCH_OVERFLOW);
}

void listen(listener *l, mmio_watch_callback callback)
{
    assert_int_equal(sem_init(&l->called, 0, 0), 0);
    assert_int_equal(sem_init(&l->released, 0, 0), 0);
    assert_ok(mmio_watcher_set_callback(l->watcher, callback, l, ERR));
}

void await(sem_t *semaphore)
{
    struct timespec until;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &until), 0);
    until.tv_sec += PATIENCE / 1000;
    assert_int_equal(sem_timedwait(semaphore, &until), 0);
}

void MMIO_CALL note_call(const mmio_watch_event *event, void *user)
{
    listener *l = user;
    l->last_kind = event->kind;
    l->calls++;
    l->calls_too_late += l->is_over;
    sem_post(&l->called);
}

void *change_for_ever(void *argument)
{
    _Atomic bool *is_over = argument;
    while (!*is_over) {
        change_often(20);
    }
    return NULL;
}

void MMIO_CALL wait_to_be_released(const mmio_watch_event *event, void *user)
{
    listener *l = user;
    l->last_kind = event->kind;
    sem_post(&l->called);
    if (l->calls == 0) {
        await(&l->released);
    }
    l->calls++;
}
