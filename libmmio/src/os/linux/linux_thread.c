/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../os.h"

/* The system finds those who wait for a word by its address in the process, which is quicker, or by
 * the memory that it stands for, which all processes can share. */
typedef enum futex_scope { THIS_PROCESS = FUTEX_PRIVATE_FLAG, ALL_PROCESSES = 0 } futex_scope;

static int32_t futex_wait(_Atomic uint32_t *word, futex_scope scope, uint32_t expected,
                          int64_t deadline_ns)
{
    /* FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock, FUTEX_WAIT a relative. */
    const struct timespec until = {
        .tv_sec = (time_t)(deadline_ns / 1000000000),
        .tv_nsec = (long)(deadline_ns % 1000000000),
    };
    const long result =
        syscall(SYS_futex, word, FUTEX_WAIT_BITSET | (int)scope, expected,
                deadline_ns == INT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    return result == 0 ? 0 : errno;
}

static int32_t futex_wake(_Atomic uint32_t *word, futex_scope scope, int most, uint32_t *out_woken)
{
    const long woken = syscall(SYS_futex, word, FUTEX_WAKE | (int)scope, most, NULL, NULL, 0);
    if (woken < 0) {
        return errno;
    }
    *out_woken = (uint32_t)woken;
    return 0;
}

void mmio__os_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    (void)futex_wait(word, THIS_PROCESS, expected, deadline_ns);
}

void mmio__os_wake_all(_Atomic uint32_t *word)
{
    uint32_t woken;
    (void)futex_wake(word, THIS_PROCESS, INT_MAX, &woken);
}

int32_t mmio__os_wait_shared(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    int32_t code;
    do {
        code = futex_wait(word, ALL_PROCESSES, expected, deadline_ns);
    } while (code == EINTR);
    switch (code) {
    case EAGAIN: /* It held something else already. */
        return 0;
    case ETIMEDOUT:
        return MMIO__OS_TIMED_OUT;
    default:
        return code;
    }
}

int32_t mmio__os_wake_shared(_Atomic uint32_t *word, uint32_t most, uint32_t *out_woken)
{
    return futex_wake(word, ALL_PROCESSES, most < INT_MAX ? (int)most : INT_MAX, out_woken);
}

void mmio__os_fence_all_threads(void)
{
    (void)syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}
