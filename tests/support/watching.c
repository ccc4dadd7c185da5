/* SPDX-License-Identifier: Apache-2.0 */
#include "watching.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void need_threads_in_children(void)
{
#if defined(__SANITIZE_THREAD__)
    print_message("ThreadSanitizer ends child processes that start threads\n");
    skip();
#elif defined(__SANITIZE_ADDRESS__)
    print_message("AddressSanitizer's allocator may be locked for ever in a child of fork()\n");
    skip();
#endif
}

void by_another_process(void (*change)(void))
{
    assert_int_equal(exit_code_of_another_process(change), 0);
}

int exit_code_of_another_process(void (*change)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(PATIENCE / 1000);
        change();
        _exit(0);
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_true(WIFEXITED(outcome));
    return WEXITSTATUS(outcome);
}

void put_bytes(const char *path, uint64_t offset, const char *bytes)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    need(fd >= 0);
    need(pwrite(fd, bytes, strlen(bytes), (off_t)offset) == (ssize_t)strlen(bytes));
    need(close(fd) == 0);
}

void new_file(const char *path, uint64_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    need(fd >= 0);
    need(size == 0 || ftruncate(fd, (off_t)size) == 0);
    need(close(fd) == 0);
}

int count_threads(void)
{
    DIR *directory = opendir("/proc/self/task");
    assert_non_null(directory);
    int count = 0;
    for (struct dirent *task = readdir(directory); task != NULL; task = readdir(directory)) {
        char path[300];
        char name[16] = "";
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            /* A thread that has just ended gives no name. */
            count += fscanf(file, "%15s", name) == 1 && strncmp(name, "mmio-", 5) == 0;
            assert_int_equal(fclose(file), 0);
        }
    }
    assert_int_equal(closedir(directory), 0);
    return count;
}

void await_threads(int count)
{
    const time_t start = time(NULL);
    while (count_threads() != count) {
        assert_true(time(NULL) - start < PATIENCE / 1000);
        (void)sched_yield();
    }
}

static char state_of(int thread)
{
    char path[64];
    char state = 0;
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %*s %c", &state), 1);
    assert_int_equal(fclose(file), 0);
    return state;
}

void await_asleep(int thread)
{
    const time_t start = time(NULL);
    while (thread == 0 || state_of(thread) != 'S') {
        assert_true(time(NULL) - start < PATIENCE / 1000);
        (void)sched_yield();
    }
}
