/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pressure stall information: https://docs.kernel.org/accounting/psi.html
 *
 * A trigger is a text written to a file, which then signals POLLPRI. Event loops look for POLLIN:
 * an epoll descriptor that waits for the one is readable by the other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "../os.h"
#include "../posix/posix_file.h"
#include "linux.h"

#define NS_PER_MS 1000000

/* Path of the process's control group in the unified hierarchy, "/user.slice/…"; false without. */
static bool find_group(char *path, size_t size)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL) {
        return false;
    }
    bool is_found = false;
    while (!is_found && fgets(path, (int)size, file) != NULL) {
        const size_t end = strcspn(path, "\n");
        is_found = strncmp(path, "0::", 3) == 0 && path[end] == '\n';
        path[end] = '\0';
    }
    (void)fclose(file);
    if (is_found) {
        memmove(path, path + 3, strlen(path + 3) + 1);
    }
    return is_found;
}

/* The trigger of the process's own group, or -1. The hierarchy is mounted where systemd puts it, on
 * systems with the old ones beside it one level lower. */
static int open_group_trigger(void)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    char group[2048];
    char path[sizeof group + 64];
    int fd = -1;
    int32_t code = ENOENT;
    if (!find_group(group, sizeof group)) {
        return -1;
    }
    for (size_t i = 0; i < sizeof roots / sizeof roots[0] && code != 0; i++) {
        (void)snprintf(path, sizeof path, "%s%s/memory.pressure", roots[i], group);
        code = mmio__posix_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0, &fd);
    }
    return fd;
}

static int32_t arm_trigger(int fd, const char *trigger)
{
    /* With its NUL, as the interface wants it. */
    return write(fd, trigger, strlen(trigger) + 1) >= 0 ? 0 : errno;
}

/* A group that has no right to a trigger of its own, or none any more, is heard with all others. */
static int32_t open_source(const char *trigger, int *out_fd)
{
    int fd = open_group_trigger();
    if (fd >= 0) {
        if (arm_trigger(fd, trigger) == 0) {
            *out_fd = fd;
            return 0;
        }
        (void)close(fd);
    }
    int32_t code = mmio__posix_open(MMIO__LINUX_PRESSURE, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0, &fd);
    if (code != 0) {
        return code == ENOENT || code == EACCES || code == EROFS ? EOPNOTSUPP : code;
    }
    code = arm_trigger(fd, trigger);
    if (code != 0) {
        (void)close(fd);
        return code;
    }
    *out_fd = fd;
    return 0;
}

static int32_t open_poll(int source, int *out_fd)
{
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    struct epoll_event event = {.events = EPOLLPRI};
    if (epoll_ctl(fd, EPOLL_CTL_ADD, source, &event) != 0) {
        const int32_t code = errno;
        (void)close(fd);
        return code;
    }
    *out_fd = fd;
    return 0;
}

int32_t mmio__os_pressure_open(bool of_all, uint64_t stall_us, uint64_t window_us,
                               mmio__os_pressure *out_pressure)
{
    char trigger[64];
    (void)snprintf(trigger, sizeof trigger, "%s %" PRIu64 " %" PRIu64, of_all ? "full" : "some",
                   stall_us, window_us);
    int source = -1;
    int fd = -1;
    int32_t code = open_source(trigger, &source);
    if (code != 0) {
        return code;
    }
    code = open_poll(source, &fd);
    if (code != 0) {
        (void)close(source);
        return code;
    }
    *out_pressure = (mmio__os_pressure){.handle = fd, .source = source};
    return 0;
}

/* In whole milliseconds, never less than the rest; -1 for ever. */
static int rest_ms(int64_t deadline_ns)
{
    const int64_t rest = deadline_ns - mmio__os_now_ns();
    const int64_t day = (int64_t)24 * 60 * 60 * 1000;
    if (deadline_ns == INT64_MAX) {
        return -1;
    }
    if (rest <= 0) {
        return 0;
    }
    return rest / NS_PER_MS >= day ? (int)day : (int)((rest + NS_PER_MS - 1) / NS_PER_MS);
}

int32_t mmio__os_pressure_wait(const mmio__os_pressure *pressure, int64_t deadline_ns,
                               bool *out_happened)
{
    struct epoll_event event = {.events = 0};
    int count;
    int rest;
    do {
        rest = rest_ms(deadline_ns);
        count = epoll_wait((int)pressure->handle, &event, 1, rest);
    } while ((count < 0 && errno == EINTR) || (count == 0 && rest != 0));
    if (count < 0) {
        return errno;
    }
    if ((event.events & EPOLLERR) != 0) {
        return EIO; /* The group is gone, and its file with it. */
    }
    *out_happened = count > 0;
    return 0;
}

void mmio__os_pressure_close(const mmio__os_pressure *pressure)
{
    (void)close((int)pressure->handle);
    (void)close((int)pressure->source);
}
