/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../os.h"

#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define DIRECTORY_EVENTS                                                                           \
    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF |         \
     IN_ONLYDIR)

/* IN_MASK_ADD: an inode has one number however often it is added, and loses no events by it. */
static int32_t add_watch(const mmio__os_notifier *notifier, const char *path, uint32_t events,
                         int32_t *out_node)
{
    const int node = inotify_add_watch((int)notifier->queue, path, events | IN_MASK_ADD);
    if (node < 0) {
        return errno;
    }
    *out_node = node;
    return 0;
}

static int32_t add_open_file(const mmio__os_notifier *notifier, intptr_t handle, uint32_t events,
                             int32_t *out_node)
{
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", (int)handle);
    return add_watch(notifier, path, events, out_node);
}

/* read() of an inotify descriptor cannot be woken by another thread but with a notice. So the
 * notifier watches a file of its own, the bell, which is cut for that. Waiting for two
 * descriptors with poll() would cost every notice one system call more. */
int32_t mmio__os_notifier_open(mmio__os_notifier *out_notifier)
{
    mmio__os_notifier notifier = {MMIO__OS_NO_HANDLE, MMIO__OS_NO_HANDLE};
    int32_t bell_node;
    int32_t code = mmio__os_file_open_memory(false, &notifier.bell);
    if (code != 0) {
        return code;
    }
    notifier.queue = inotify_init1(IN_CLOEXEC);
    code =
        notifier.queue < 0 ? errno : add_open_file(&notifier, notifier.bell, IN_MODIFY, &bell_node);
    if (code != 0) {
        mmio__os_notifier_close(&notifier);
        return code;
    }
    *out_notifier = notifier;
    return 0;
}

void mmio__os_notifier_close(const mmio__os_notifier *notifier)
{
    if (notifier->queue >= 0) {
        (void)close((int)notifier->queue);
    }
    (void)close((int)notifier->bell);
}

int32_t mmio__os_notifier_add_file(const mmio__os_notifier *notifier, const char *path,
                                   int32_t *out_node)
{
    return add_watch(notifier, path, FILE_EVENTS, out_node);
}

int32_t mmio__os_notifier_add_handle(const mmio__os_notifier *notifier, intptr_t handle,
                                     int32_t *out_node)
{
    return add_open_file(notifier, handle, FILE_EVENTS, out_node);
}

int32_t mmio__os_notifier_add_parent(const mmio__os_notifier *notifier, const char *path,
                                     int32_t *out_node)
{
    /* With its last slash, so that the root directory is one, too. */
    const size_t length = (size_t)(mmio__os_path_name(path) - path);
    char directory[PATH_MAX];
    if (length >= sizeof directory) {
        return ENAMETOOLONG;
    }
    memcpy(directory, path, length);
    directory[length] = '\0';
    return add_watch(notifier, directory, DIRECTORY_EVENTS, out_node);
}

void mmio__os_notifier_remove(const mmio__os_notifier *notifier, int32_t node)
{
    (void)inotify_rm_watch((int)notifier->queue, node);
}

mmio_status mmio__os_notifier_status(int32_t code)
{
    /* inotify_add_watch(2): "the user limit on the total number of inotify watches was reached or
     * the kernel failed to allocate a needed resource". */
    return code == ENOSPC ? MMIO_ERR_LIMIT : mmio__os_status(code);
}

int32_t mmio__os_notifier_read(const mmio__os_notifier *notifier, mmio__os_notices *notices)
{
    ssize_t size;
    do {
        size = read((int)notifier->queue, notices->bytes, sizeof notices->bytes);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return errno;
    }
    notices->at = 0;
    notices->end = (size_t)size;
    return 0;
}

static uint32_t kinds_of(uint32_t mask)
{
    uint32_t kinds = 0;
    kinds |= (mask & IN_MODIFY) != 0 ? MMIO__OS_NOTICE_MODIFIED : 0;
    kinds |= (mask & (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT)) != 0
                 ? MMIO__OS_NOTICE_METADATA
                 : 0;
    kinds |= (mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0
                 ? MMIO__OS_NOTICE_NAMED
                 : 0;
    kinds |= (mask & IN_IGNORED) != 0 ? MMIO__OS_NOTICE_GONE : 0;
    kinds |= (mask & IN_Q_OVERFLOW) != 0 ? MMIO__OS_NOTICE_LOST : 0;
    return kinds;
}

bool mmio__os_notices_take(mmio__os_notices *notices, mmio__os_notice *out_notice)
{
    if (notices->at == notices->end) {
        return false;
    }
    /* The kernel pads each name so that the next event is aligned. */
    const struct inotify_event *event = (const void *)((const char *)notices->bytes + notices->at);
    notices->at += sizeof *event + event->len;
    *out_notice = (mmio__os_notice){
        .node = event->wd,
        .kinds = kinds_of(event->mask),
        .name = event->len != 0 ? event->name : "",
    };
    return true;
}

void mmio__os_notifier_wake(const mmio__os_notifier *notifier)
{
    /* ftruncate(), which changes nothing here: newer kernels (seen: 6.18) tell nobody of write() to
     * a file that was never opened by a path. */
    const int result = ftruncate((int)notifier->bell, 0);
    (void)result; /* Cannot fail: the bell is a memory file of ours without seals. */
}
