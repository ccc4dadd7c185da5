/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../os.h"

mmio_status mmio__os_status(int32_t code)
{
    switch (code) {
    case 0:
        return MMIO_OK;
    case ENOENT:
    case ENOTDIR:
        return MMIO_ERR_NOT_FOUND;
    case EEXIST:
        return MMIO_ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
    case ETXTBSY:
    case ELOOP: /* O_NOFOLLOW met a symbolic link. */
    case EXDEV: /* openat2() would have left the directory. */
        return MMIO_ERR_ACCESS;
    case EISDIR:
    case ENXIO: /* open() of a socket, or of a device without a driver. */
    case ENODEV:
        return MMIO_ERR_NOT_FILE;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return MMIO_ERR_NO_SPACE;
    case ENOMEM:
    case MMIO__OS_NO_MEMORY:
        return MMIO_ERR_NO_MEMORY;
    case EAGAIN: /* Of threads and of locked memory. */
    case EMFILE:
    case ENFILE:
    case ENOLCK:
        return MMIO_ERR_LIMIT;
    case MMIO__OS_LOCKED:
        return MMIO_ERR_BUSY;
    case MMIO__OS_TIMED_OUT:
        return MMIO_ERR_TIMEOUT;
    case EFAULT: /* Only of pages whose bytes are gone: our own pointers are right. */
    case EHWPOISON:
        return MMIO_ERR_FAULT;
    case EOVERFLOW:
        return MMIO_ERR_TOO_LARGE;
    case EOPNOTSUPP:
    case ENOSYS:
        return MMIO_ERR_UNSUPPORTED;
    default:
        return MMIO_ERR_IO;
    }
}

/* NULL for the system's own codes. */
static const char *text_of_ours(int32_t code)
{
    switch (code) {
    case MMIO__OS_LOCKED:
        return "somebody else holds the lock";
    case MMIO__OS_TIMED_OUT:
        return "the deadline has passed";
    case MMIO__OS_NO_MEMORY:
        return "the allocator has no memory";
    default:
        return NULL;
    }
}

void mmio__os_text(int32_t code, char *text, size_t size)
{
    /* The GNU form returns the text and uses the buffer only for unknown codes. */
    char buffer[64];
    const char *ours = text_of_ours(code);
    (void)snprintf(text, size, "%s", ours != NULL ? ours : strerror_r(code, buffer, sizeof buffer));
}
