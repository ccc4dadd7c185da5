/* SPDX-License-Identifier: Apache-2.0 */
/* M3: what mmio_has() says is what this system does, also where it is made to do less. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* As a kernel before 5.6 would have it, and sandboxes that know no new calls. */
static bool refuse_new_calls(void)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_cachestat, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = 6, .filter = lines};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static mmio_status open_beneath(void)
{
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_BENEATH;
    mmio_map *map = NULL;
    const mmio_status status = mmio_map_open("f", &options, &map, NULL);
    mmio_map_close(map);
    return status;
}

static int ask_without_new_calls(void)
{
    mmio_map *map = NULL;
    mmio_residency residency = {.struct_size = sizeof residency};
    char byte = 0;
    if (!refuse_new_calls()) {
        return 1;
    }
    if (mmio_has(MMIO_FEATURE_OPEN_BENEATH) != 0 || open_beneath() != MMIO_ERR_UNSUPPORTED) {
        return 2;
    }
    if (mmio_map_open("f", NULL, &map, NULL) != MMIO_OK ||
        mmio_map_residency(map, 0, 5000, &residency, NULL) != MMIO_OK) {
        return 3;
    }
    if (mmio_has(MMIO_FEATURE_DIRTY_PAGES) != 0 || residency.has_dirty != 0) {
        return 4;
    }
    if (mmio_has(MMIO_FEATURE_CHEAP_PINS) != 0 ||
        mmio_map_read(map, 4999, &byte, 1, NULL) != MMIO_OK || byte != 'x') {
        return 5;
    }
    mmio_map_close(map);
    return 0;
}

/* First of all tests, so that the library has not asked the system yet. */
static void M3_what_the_system_refuses_is_not_there(void **state)
{
    (void)state;
    make_file("f", 5000, 'x');
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(ask_without_new_calls());
    }
    end_well(child);
}

static void M3_growing_in_place_is_there_if_growing_moves_nothing(void **state)
{
    (void)state;
    mmio_map *map = create_map("g", 5000);
    const void *before = NULL;
    const void *after = NULL;
    assert_ok(mmio_map_data(map, &before, ERR));
    assert_ok(mmio_map_resize(map, 5000000, 0, ERR));
    assert_ok(mmio_map_data(map, &after, ERR));
    assert_int_equal(mmio_has(MMIO_FEATURE_GROW_IN_PLACE), before == after);
    mmio_map_close(map);
}

static void M3_cheap_pins_are_there_if_the_kernel_fences(void **state)
{
    (void)state;
    const long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    const bool fences = commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0;
    assert_int_equal(mmio_has(MMIO_FEATURE_CHEAP_PINS), fences);
}

static void M3_opening_beneath_is_there_if_the_kernel_has_openat2(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    const long fd = syscall(SYS_openat2, AT_FDCWD, "f", &how, sizeof how);
    assert_int_equal(mmio_has(MMIO_FEATURE_OPEN_BENEATH), fd >= 0);
    assert_status(fd >= 0 ? MMIO_OK : MMIO_ERR_UNSUPPORTED, open_beneath());
    if (fd >= 0) {
        assert_int_equal(close((int)fd), 0);
    }
}

static void M3_huge_pages_are_there_if_the_kernel_shows_them(void **state)
{
    (void)state;
    FILE *file = fopen("/proc/meminfo", "re");
    assert_non_null(file);
    char line[256];
    bool shows = false;
    while (fgets(line, sizeof line, file) != NULL) {
        shows |= strncmp(line, "Hugepagesize", 12) == 0 || strncmp(line, "AnonHuge", 8) == 0;
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(mmio_has(MMIO_FEATURE_HUGE_PAGES), shows);
}

static void M3_pressure_is_there_if_it_can_be_opened(void **state)
{
    (void)state;
    mmio_pressure *pressure = NULL;
    const mmio_status status = mmio_pressure_open(NULL, &pressure, ERR);
    assert_int_equal(mmio_has(MMIO_FEATURE_PRESSURE), status == MMIO_OK);
    assert_true(status == MMIO_OK || status == MMIO_ERR_UNSUPPORTED);
    mmio_pressure_close(pressure);
}

static void M3_dirty_pages_are_there_if_writing_shows(void **state)
{
    (void)state;
    mmio_residency residency = {.struct_size = sizeof residency};
    mmio_map *map = create_map("f", 5000);
    assert_ok(mmio_map_fill(map, 0, 5000, 'x', ERR));
    assert_ok(mmio_map_residency(map, 0, 5000, &residency, ERR));
    assert_int_equal(mmio_has(MMIO_FEATURE_DIRTY_PAGES), residency.dirty != 0);
    mmio_map_close(map);
}

static void M3_populating_is_there_if_touching_works(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(5000);
    const mmio_status status = mmio_map_touch(map, 0, 5000, MMIO_POPULATE_WRITE, NULL, NULL, ERR);
    assert_int_equal(mmio_has(MMIO_FEATURE_POPULATE), status == MMIO_OK);
    mmio_map_close(map);
}

/* There is no asking the kernel: it documents that fdatasync() flushes the device's cache. */
static void M3_flushes_are_durable_on_linux(void **state)
{
    (void)state;
    assert_int_equal(mmio_has(MMIO_FEATURE_DURABLE_FLUSH), 1);
}

static void M3_unknown_numbers_are_not_there(void **state)
{
    (void)state;
    assert_int_equal(mmio_has(0), 0);
    assert_int_equal(mmio_has(1000), 0);
    assert_int_equal(mmio_has(UINT32_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(M3_what_the_system_refuses_is_not_there),
        IN_DIRECTORY(M3_growing_in_place_is_there_if_growing_moves_nothing),
        IN_DIRECTORY(M3_cheap_pins_are_there_if_the_kernel_fences),
        IN_DIRECTORY(M3_opening_beneath_is_there_if_the_kernel_has_openat2),
        IN_DIRECTORY(M3_huge_pages_are_there_if_the_kernel_shows_them),
        IN_DIRECTORY(M3_pressure_is_there_if_it_can_be_opened),
        IN_DIRECTORY(M3_dirty_pages_are_there_if_writing_shows),
        IN_DIRECTORY(M3_populating_is_there_if_touching_works),
        IN_DIRECTORY(M3_flushes_are_durable_on_linux),
        IN_DIRECTORY(M3_unknown_numbers_are_not_there),
    };
    return cmocka_run_group_tests_name("contract M3: features", tests, NULL, NULL);
}
