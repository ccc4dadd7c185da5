/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../os.h"

int32_t mmio__os_signal_open(intptr_t *out_handle)
{
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return errno;
    }
    *out_handle = fd;
    return 0;
}

/* Neither can fail: the counter is far from full, and an empty one was cleared by somebody else. */
void mmio__os_signal_raise(intptr_t handle)
{
    const uint64_t one = 1;
    const ssize_t written = write((int)handle, &one, sizeof one);
    (void)written;
}

void mmio__os_signal_clear(intptr_t handle)
{
    uint64_t count;
    const ssize_t got = read((int)handle, &count, sizeof count);
    (void)got;
}

void mmio__os_signal_close(intptr_t handle)
{
    (void)close((int)handle);
}
