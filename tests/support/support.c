/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Since Linux 6.5; older headers lack it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

mmio_error last_error;

static char start_directory[4096];
static char test_directory[64];

int enter_directory(void **state)
{
    (void)state;
    memset(&last_error, 0, sizeof last_error);
    strcpy(test_directory, "/tmp/mmio-test-XXXXXX");
    assert_non_null(getcwd(start_directory, sizeof start_directory));
    assert_non_null(mkdtemp(test_directory));
    assert_int_equal(chdir(test_directory), 0);
    return 0;
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    (void)facts;
    (void)type;
    (void)place;
    return remove(path);
}

int leave_directory(void **state)
{
    (void)state;
    assert_int_equal(chdir(start_directory), 0);
    return nftw(test_directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Each of its parts says something. */
static bool is_complete(const char *message)
{
    const size_t length = strlen(message);
    return length > 0 && message[length - 1] != ' ' && strstr(message, ": : ") == NULL;
}

void check_status(mmio_status expected, mmio_status actual, const char *call, const char *file,
                  int line)
{
    const bool is_told = actual != MMIO_OK && actual == last_error.status;
    if (expected == actual && (!is_told || is_complete(last_error.message))) {
        return;
    }
    const char *expected_name = mmio_status_name(expected);
    const char *actual_name = mmio_status_name(actual);
    print_error("%s:\n  wanted %s\n  got    %s (%d)\n  last failure: %s\n", call,
                expected_name != NULL ? expected_name : "?",
                actual_name != NULL ? actual_name : "?", (int)actual, last_error.message);
    _fail(file, line);
}

mmio_open_options options_of(uint32_t mode, uint32_t disposition, uint64_t size)
{
    mmio_open_options options = {.struct_size = sizeof options};
    options.mode = mode;
    options.disposition = disposition;
    options.size = size;
    return options;
}

mmio_map *open_mode(const char *path, uint32_t mode)
{
    const mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    mmio_map *map = NULL;
    assert_ok(mmio_map_open(path, &options, &map, ERR));
    return map;
}

mmio_map *create_map(const char *path, uint64_t size)
{
    const mmio_open_options options =
        options_of(MMIO_MODE_DEFAULT, MMIO_DISPOSITION_CREATE_NEW, size);
    mmio_map *map = NULL;
    assert_ok(mmio_map_open(path, &options, &map, ERR));
    return map;
}

mmio_map *anonymous_map(uint64_t size)
{
    mmio_map *map = NULL;
    assert_ok(mmio_map_anonymous(size, NULL, &map, ERR));
    return map;
}

mmio_map_info info_of(mmio_map *map)
{
    mmio_map_info info = {.struct_size = sizeof info};
    assert_ok(mmio_map_get_info(map, &info, ERR));
    return info;
}

void make_file(const char *path, uint64_t size, int fill)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (uint64_t i = 0; i < size; i++) {
        assert_int_not_equal(fputc(fill, file), EOF);
    }
    assert_int_equal(fclose(file), 0);
}

uint64_t file_size(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return (uint64_t)facts.st_size;
}

bool file_exists(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0;
}

void file_bytes(const char *path, uint64_t offset, void *bytes, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, bytes, size, (off_t)offset), size);
    assert_int_equal(close(fd), 0);
}

int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    int count = -1; /* opendir()'s own. */
    while (readdir(directory) != NULL) {
        count++;
    }
    assert_int_equal(closedir(directory), 0);
    return count;
}

/* The kernel's struct cachestat. */
typedef struct cached_pages {
    uint64_t cached;
    uint64_t dirty;
    uint64_t write_back;
    uint64_t evicted;
    uint64_t recently_evicted;
} cached_pages;

static cached_pages cached_pages_of(const char *path)
{
    const uint64_t whole_file[2] = {0, 0};
    cached_pages pages;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(syscall(SYS_cachestat, fd, whole_file, &pages, 0), 0);
    assert_int_equal(close(fd), 0);
    return pages;
}

uint64_t dirty_pages(const char *path)
{
    return cached_pages_of(path).dirty;
}

uint64_t unwritten_pages(const char *path)
{
    const cached_pages pages = cached_pages_of(path);
    return pages.dirty + pages.write_back;
}

int thread_id(void)
{
    return (int)syscall(SYS_gettid);
}

/* The number that the kernel reports, -1 while the thread runs or there is none. */
static long system_call_of(int id)
{
    char path[64];
    long number = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/syscall", id);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fscanf(file, "%ld", &number) != 1) {
            number = -1;
        }
        (void)fclose(file);
    }
    return number;
}

bool is_in_system_call(int id, long system_call)
{
    return system_call_of(id) == system_call;
}

void await_sleep(int id, long system_call)
{
    const int64_t deadline = now_ms() + 20000;
    while (!is_in_system_call(id, system_call)) {
        if (now_ms() > deadline) {
            fail_msg("thread %d is not asleep in system call %ld", id, system_call);
        }
        (void)usleep(500);
    }
}

void start_thread(uintptr_t *out_thread, void *(*body)(void *argument), void *argument)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    *out_thread = (uintptr_t)thread;
}

void *join_thread(uintptr_t thread)
{
    void *result = NULL;
    assert_int_equal(pthread_join((pthread_t)thread, &result), 0);
    return result;
}

int64_t now_ms(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
