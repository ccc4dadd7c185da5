/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>

#include "../../base/compiler.h"
#include "../os.h"

/*
 * Locks of an open file description, fcntl_locking(2): unlike those of POSIX they exclude other
 * threads too, and closing some other descriptor of the file does not silently end them.
 */
static int32_t set_lock(intptr_t handle, int command, short type, uint64_t offset, uint64_t size)
{
    /* To the system size 0 is everything up to the end of the file, however far that moves. */
    MMIO_ASSERT(size != 0);
    struct flock range = {
        .l_type = type,
        .l_whence = SEEK_SET,
        .l_start = (off_t)offset,
        .l_len = (off_t)size,
    };
    int result;
    do {
        result = fcntl((int)handle, command, &range);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int32_t mmio__os_range_lock(intptr_t handle, uint64_t offset, uint64_t size, bool is_shared,
                            bool waits)
{
    const int32_t code = set_lock(handle, waits ? F_OFD_SETLKW : F_OFD_SETLK,
                                  is_shared ? F_RDLCK : F_WRLCK, offset, size);
    return code == EAGAIN || code == EACCES ? MMIO__OS_LOCKED : code;
}

void mmio__os_range_unlock(intptr_t handle, uint64_t offset, uint64_t size)
{
    (void)set_lock(handle, F_OFD_SETLK, F_UNLCK, offset, size);
}
