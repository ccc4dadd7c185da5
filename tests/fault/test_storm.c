/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L1, L4: all calls of the library on two threads, while another process cuts their files and makes
 * them long again. Every answer is checked, and nobody dies.
 *
 * MMIO_STORM_SECONDS says for how long at least, MMIO_STORM_LEAST how many faults must have been
 * answered, under MMIO_GUARD_SIGNAL; without signals a quarter of the time will do.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uses.h"

#define PAGES 16
#define SIZE 100
#define NOT_READ 0xee
#define THREADS 2
/* On a machine with much else to do. */
#define FAULTS_A_SECOND_LEAST 20000

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 11;
}

/* What the files hold, where they do not hold 0 since they were cut: other bytes on each page. */
static uint8_t contents[PAGES * 65536];
static uint64_t page;

static void make_contents(void)
{
    page = page_size();
    for (uint64_t i = 0; i < PAGES; i++) {
        memset(contents + i * page, (int)(1 + i), page);
    }
}

/* The files: on a disk, in memory, and one for each thread to append to. */
static char paths[2 + THREADS][64];

static void name_files(void)
{
    (void)snprintf(paths[0], sizeof paths[0], "f");
    (void)snprintf(paths[1], sizeof paths[1], "/dev/shm/mmio-storm-%d", (int)getpid());
    for (int i = 0; i < THREADS; i++) {
        (void)snprintf(paths[2 + i], sizeof paths[2 + i], "a%d", i);
    }
}

/* The other process. */

static void write_all(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    need(fd >= 0 && pwrite(fd, contents, PAGES * page, 0) == (ssize_t)(PAGES * page));
    need(close(fd) == 0);
}

/* Or make it longer, if it was shorter. */
static void cut_some(uint64_t *random)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        (void)truncate(paths[i], (off_t)(next_random(random) % (PAGES * page / 4)));
    }
}

_Noreturn static void cut_for_ever(void)
{
    uint64_t random = 88172645463325252;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(0);
    for (uint64_t round = 0;; round++) {
        if (round % 64 == 0) {
            write_all(paths[0]);
            write_all(paths[1]);
        } else {
            cut_some(&random);
        }
        (void)usleep(500);
    }
}

/* One of the threads. */
typedef struct caller {
    mmio_map *maps[2];
    const char *appended;
    _Atomic bool *is_over;
    uint64_t random;
    uint64_t calls;
    _Atomic uint64_t faults;
    bool uses_cells;
} caller;

/* Mostly it is at the beginning of a page, but the file may be cut in the midst of one. */
static void check_fault(const mmio_error *error, uint64_t offset, uint64_t size)
{
    need(error->status == MMIO_ERR_FAULT);
    need(error->size == size);
    need(error->done < size);
    need(error->offset == offset + error->done);
    need(error->cause == MMIO_CAUSE_TRUNCATED || error->cause == MMIO_CAUSE_UNKNOWN);
    need(error->cause == MMIO_CAUSE_UNKNOWN || error->limit <= error->offset);
}

/* How many bytes were done. */
static uint64_t check_answer(caller *c, mmio_status status, const mmio_error *error,
                             uint64_t offset, uint64_t size)
{
    c->calls++;
    if (status == MMIO_OK) {
        return size;
    }
    need(status == MMIO_ERR_FAULT);
    check_fault(error, offset, size);
    c->faults++;
    return error->done;
}

static void check_bytes(const uint8_t *bytes, uint64_t offset, uint64_t done)
{
    for (uint64_t i = 0; i < SIZE; i++) {
        const bool may_be_unread = i >= done && bytes[i] == NOT_READ;
        need(bytes[i] == contents[offset + i] || bytes[i] == 0 || may_be_unread);
    }
}

static void use_range(caller *c, mmio_map *map, const use *each, uint64_t offset)
{
    uint8_t bytes[SIZE];
    memset(bytes, each->writes ? 0 : NOT_READ, SIZE);
    if (each->writes && each->moves) {
        memcpy(bytes, contents + offset, SIZE);
    }
    mmio_error error;
    const mmio_status status = each->call(map, offset, bytes, SIZE, &error);
    const uint64_t done = check_answer(c, status, &error, offset, SIZE);
    if (!each->writes && each->moves) {
        check_bytes(bytes, offset, done);
    }
}

static void use_cell(caller *c, mmio_map *map, const use *each, uint64_t offset)
{
    mmio_error error;
    const mmio_status status = each->call(map, offset, NULL, 0, &error);
    (void)check_answer(c, status, &error, offset, status == MMIO_OK ? 0 : error.size);
}

static void use_pages(caller *c, mmio_map *map, uint64_t offset)
{
    mmio_error error;
    const mmio_status touched = mmio_map_touch(map, offset, SIZE, 0, NULL, NULL, &error);
    (void)check_answer(c, touched, &error, offset, SIZE);
    const mmio_status status = mmio_map_check_faults(map, &error);
    need(status == MMIO_OK || (status == MMIO_ERR_FAULT && error.offset == error.done));
    need(mmio_map_flush_range(map, offset, SIZE, MMIO_FLUSH_START, NULL) == MMIO_OK);
}

static void use_waits(caller *c, mmio_map *map, uint64_t offset)
{
    mmio_error error;
    const mmio_status woken = mmio_atomic_u32_wake(map, offset, 1, NULL, &error);
    (void)check_answer(c, woken, &error, offset, 4);
    const mmio_status waited = mmio_atomic_u32_wait(map, offset, UINT32_MAX, 0, &error);
    (void)check_answer(c, waited, &error, offset, 4);
}

/* The file is cut to its appended bytes at the end; others cut it before. */
static void use_append(caller *c)
{
    static const uint8_t record[SIZE];
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 1);
    mmio_map *map;
    mmio_error error;
    need(mmio_map_open(c->appended, &options, &map, NULL) == MMIO_OK);
    uint64_t end = mmio_map_size(map); /* Others may have made it longer meanwhile. */
    for (int i = 0; i < 200; i++) {
        uint64_t offset;
        const mmio_status status = mmio_map_append(map, record, SIZE, &offset, &error);
        need(status != MMIO_OK || offset == end);
        (void)check_answer(c, status, &error, end, SIZE);
        end += status == MMIO_OK ? SIZE : 0;
    }
    need(mmio_map_shutdown(map, NULL) == MMIO_OK);
    mmio_map_close(map);
}

static size_t count_of(const use *table)
{
    size_t count = 0;
    while (table[count].name != NULL) {
        count++;
    }
    return count;
}

/* Reading and writing make up most of it. */
static void use_something(caller *c)
{
    const uint64_t chosen = next_random(&c->random);
    mmio_map *map = c->maps[chosen % 2];
    const uint64_t edge = page * (1 + next_random(&c->random) % (PAGES - 2));
    const uint64_t offset = edge - next_random(&c->random) % (SIZE + 1);
    const uint64_t kind = chosen / 2 % 64;
    if (kind == 0 && chosen / 128 % 256 == 0) {
        use_append(c);
    } else if (kind == 0) {
        use_pages(c, map, offset);
    } else if (kind == 1) {
        use_waits(c, map, offset & ~(uint64_t)7);
    } else if (kind < 16 && c->uses_cells) {
        use_cell(c, map, &cell_uses[chosen / 128 % count_of(cell_uses)], offset & ~(uint64_t)7);
    } else if (kind < 32) {
        use_range(c, map, &range_uses[chosen / 128 % count_of(range_uses)], offset);
    } else {
        use_range(c, map, &range_uses[kind % 2 == 0 ? 0 : count_of(range_uses) / 2], offset);
    }
}

static void *keep_calling(void *argument)
{
    caller *c = argument;
    while (!atomic_load(c->is_over)) {
        use_something(c);
    }
    return NULL;
}

/* All of it. */

static uint32_t guard;
static uint64_t seconds;
static uint64_t faults_least;

static mmio_map *open_whole(const char *path)
{
    write_all(path);
    return open_mode(path, MMIO_MODE_RW);
}

static pid_t start_cutting(void)
{
    const pid_t process = fork();
    need(process >= 0);
    if (process == 0) {
        cut_for_ever();
    }
    return process;
}

static uint64_t count_faults(caller *callers)
{
    uint64_t count = 0;
    for (int i = 0; i < THREADS; i++) {
        count += atomic_load(&callers[i].faults);
    }
    return count;
}

static void run(caller *callers, mmio_map *const maps[2])
{
    uintptr_t threads[THREADS];
    _Atomic bool is_over = false;
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (caller){.maps = {maps[0], maps[1]},
                              .appended = paths[2 + i],
                              .is_over = &is_over,
                              .random = (uint64_t)(1000 + i),
                              .uses_cells = CELLS_ARE_GUARDED && guard == MMIO_GUARD_SIGNAL};
    }
    for (int i = 0; i < THREADS; i++) {
        start_thread(&threads[i], keep_calling, &callers[i]);
    }
    for (uint64_t passed = 0; passed < seconds || count_faults(callers) < faults_least; passed++) {
        (void)sleep(1);
    }
    atomic_store(&is_over, true);
    for (int i = 0; i < THREADS; i++) {
        (void)join_thread(threads[i]);
    }
}

static void rage(void)
{
    caller callers[THREADS];
    struct timespec start;
    struct timespec end;
    (void)alarm((unsigned)seconds + (unsigned)(faults_least / FAULTS_A_SECOND_LEAST) + 60);
    need(mmio_fault_guard(guard, NULL) == MMIO_OK);
    mmio_map *const maps[] = {open_whole(paths[0]), open_whole(paths[1])};
    const pid_t cutter = start_cutting();
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    run(callers, maps);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    need(kill(cutter, SIGKILL) == 0 && waitpid(cutter, NULL, 0) == cutter);
    const uint64_t calls = callers[0].calls + callers[1].calls;
    (void)fprintf(stderr, "%llu faults recovered in %llu calls, %lld s, %.1f s of processors\n",
                  (unsigned long long)count_faults(callers), (unsigned long long)calls,
                  (long long)(end.tv_sec - start.tv_sec), (double)clock() / CLOCKS_PER_SEC);
    mmio_map_close(maps[0]);
    mmio_map_close(maps[1]);
}

static void rage_under(uint32_t chosen)
{
    guard = chosen;
    name_files();
    make_contents();
    survives(rage);
    (void)unlink(paths[1]);
}

static void L1_all_calls_survive_a_storm(void **state)
{
    (void)state;
    seconds = number_of("MMIO_STORM_SECONDS", 2);
    faults_least = number_of("MMIO_STORM_LEAST", 1);
    rage_under(MMIO_GUARD_SIGNAL);
}

static void L4_all_calls_but_those_on_cells_survive_it_without_signals(void **state)
{
    (void)state;
    seconds = 1 + number_of("MMIO_STORM_SECONDS", 2) / 4;
    faults_least = 1;
    rage_under(MMIO_GUARD_SYSCALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L1_all_calls_survive_a_storm),
        IN_DIRECTORY(L4_all_calls_but_those_on_cells_survive_it_without_signals),
    };
    return cmocka_run_group_tests_name("contract L1, L4: storms of faults", tests, NULL, NULL);
}
