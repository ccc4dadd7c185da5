/* SPDX-License-Identifier: Apache-2.0 */
#include "range_locks.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

mmio_range_lock *lock_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags)
{
    mmio_range_lock *lock = NULL;
    assert_ok(mmio_range_lock_acquire(map, offset, size, flags, 0, &lock, ERR));
    assert_non_null(lock);
    return lock;
}

mmio_status try_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t flags,
                      int64_t timeout_ms)
{
    mmio_range_lock *lock = (mmio_range_lock *)1;
    const mmio_status status =
        mmio_range_lock_acquire(map, offset, size, flags, timeout_ms, &lock, ERR);
    assert_int_equal(status == MMIO_OK, lock != NULL);
    mmio_range_lock_release(lock);
    return status;
}

bool is_free(void)
{
    const int fd = open("f", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(fd, F_OFD_GETLK, &range), 0);
    assert_int_equal(close(fd), 0);
    return range.l_type == F_UNLCK;
}

static void *take_body(void *argument)
{
    taker *t = argument;
    t->id = thread_id();
    t->status =
        mmio_range_lock_acquire(t->map, 0, mmio_map_size(t->map), 0, t->timeout_ms, &t->lock, NULL);
    return NULL;
}

void start_taker(taker *t, mmio_map *map, int64_t timeout_ms)
{
    *t = (taker){.map = map, .timeout_ms = timeout_ms};
    start_thread(&t->thread, take_body, t);
    while (t->id == 0) {
        (void)usleep(100);
    }
    await_sleep(t->id, timeout_ms < 0 ? SYS_fcntl : SYS_futex);
}
