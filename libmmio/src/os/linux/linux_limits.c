/* SPDX-License-Identifier: Apache-2.0 */
/* What the process may have, and has. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../os.h"
#include "../posix/posix_file.h"

#define MAY_LOCK_ANY ((uint64_t)1 << CAP_IPC_LOCK)

static uint64_t limit_of(__rlimit_resource_t resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) {
        return 0;
    }
    return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

static uint64_t read_number(const char *path)
{
    uint64_t number = 0;
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fscanf(file, "%" SCNu64, &number) != 1) {
            number = 0;
        }
        (void)fclose(file);
    }
    return number;
}

static uint64_t count_mappings(void)
{
    uint64_t count = 0;
    int fd = -1;
    if (mmio__posix_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0, &fd) != 0) {
        return 0;
    }
    char text[4096];
    ssize_t size;
    while ((size = read(fd, text, sizeof text)) > 0 || (size < 0 && errno == EINTR)) {
        for (ssize_t i = 0; i < size; i++) {
            count += text[i] == '\n';
        }
    }
    (void)close(fd);
    return size == 0 ? count : 0;
}

static uint64_t count_descriptors(void)
{
    uint64_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL) {
        return 0;
    }
    errno = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    const bool is_known = errno == 0;
    (void)closedir(directory);
    return is_known ? count - 1 : 0; /* Without the directory's own. */
}

/* The limit on locked memory does not bind who has the capability. */
static void ask_locked(mmio_ground *ground)
{
    ground->locked_most = limit_of(RLIMIT_MEMLOCK);
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL) {
        return;
    }
    char line[256];
    uint64_t number;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmLck: %" SCNu64, &number) == 1) {
            ground->locked_now = number * 1024;
        } else if (sscanf(line, "CapEff: %" SCNx64, &number) == 1 && (number & MAY_LOCK_ANY) != 0) {
            ground->locked_most = UINT64_MAX;
        }
    }
    (void)fclose(file);
}

void mmio__os_ground_limits(mmio_ground *ground)
{
    ground->maps_most = read_number("/proc/sys/vm/max_map_count");
    ground->maps_now = count_mappings();
    ground->handles_most = limit_of(RLIMIT_NOFILE);
    ground->handles_now = count_descriptors();
    ask_locked(ground);
}
