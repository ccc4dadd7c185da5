/* SPDX-License-Identifier: Apache-2.0 */
/* G5: whether there are huge pages, asked under all circumstances. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "huge.h"
#include "support.h"

/* Whether a mapping was advised to have huge pages: "hg" among its flags. */
static bool is_advised(const void *base)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    assert_non_null(file);
    char line[512];
    bool is_ours = false;
    bool is_set = false;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start;
        unsigned long end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            is_ours = start == (unsigned long)(uintptr_t)base;
        } else if (is_ours && strncmp(line, "VmFlags", 7) == 0) {
            is_set = strstr(line, " hg") != NULL;
        }
    }
    assert_int_equal(fclose(file), 0);
    return is_set;
}

static void G5_maps_that_did_not_ask_have_none_and_say_so(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(8 * MIB);
    assert_ok(mmio_map_fill(map, 0, 8 * MIB, 'x', ERR));
    assert_ok(mmio_map_touch(map, 0, 8 * MIB, 0, NULL, NULL, ERR));
    assert_int_equal(state_of(map),
                     huge_kib_of(map) != 0 ? MMIO_HUGE_PAGES_YES : MMIO_HUGE_PAGES_NO);
    mmio_map_close(map);
}

static void G5_files_are_asked_for_and_answered_for_as_well(void **state)
{
    (void)state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW, 16 * MIB);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    mmio_map *map = NULL;
    assert_ok(mmio_map_open("f", &options, &map, ERR));
    assert_int_equal((uintptr_t)data_of(map) % (2 * MIB), 0);
    assert_true(is_advised(data_of(map)));
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_NO);
    assert_ok(mmio_map_fill(map, 0, 16 * MIB, 'x', ERR));
    assert_int_equal(state_of(map),
                     huge_kib_of(map) != 0 ? MMIO_HUGE_PAGES_YES : MMIO_HUGE_PAGES_NO);
    assert_ok(mmio_map_resize(map, 20 * MIB, 0, ERR));
    assert_int_equal(file_size("f"), 20 * MIB);
    /* A map that moves takes its hint along. */
    assert_ok(mmio_map_resize(map, 2048 * MIB, 0, ERR));
    assert_true(is_advised(data_of(map)));
    mmio_map_close(map);
    map = open_mode("f", MMIO_MODE_RW);
    assert_false(is_advised(data_of(map)));
    mmio_map_close(map);

    /* An empty one has none. */
    make_file("empty", 0, 0);
    map = open_mode("empty", MMIO_MODE_RO);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_NO);
    mmio_map_close(map);
}

/* The answer under other circumstances, in a process of its own. */

static int outcome_of(int (*body)(mmio_map *map), mmio_map *map)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(body(map));
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    return outcome;
}

/* A map with huge pages in this process, or the test is skipped. */
static mmio_map *gathered_map(void)
{
    need_gathering();
    mmio_map *map = huge_map(8 * MIB, MMIO_MODE_RW, 0);
    assert_ok(mmio_map_fill(map, 0, 8 * MIB, 'x', ERR));
    assert_ok(mmio_map_touch(map, 0, 8 * MIB, 0, NULL, NULL, ERR));
    assert_int_equal(huge_kib_of(map), 8192);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    return map;
}

static bool agrees(mmio_map *map)
{
    uint32_t huge = 99;
    return mmio_map_huge_pages(map, &huge, NULL) == MMIO_OK &&
           huge == (huge_kib_of(map) != 0 ? MMIO_HUGE_PAGES_YES : MMIO_HUGE_PAGES_NO);
}

/* A child has pages of shared memory mapped only once it touches them, whatever its parent has. */
static int ask_as_child(mmio_map *map)
{
    const int descriptors = open_descriptors();
    if (huge_kib_of(map) != 0 || !agrees(map) || open_descriptors() != descriptors + 1) {
        return 1;
    }
    if (*(const volatile char *)data_of(map) != 'x' || huge_kib_of(map) == 0 || !agrees(map)) {
        return 2;
    }
    return 0;
}

static void G5_B12_a_child_is_told_of_its_own_pages(void **state)
{
    (void)state;
    mmio_map *map = gathered_map();
    assert_int_equal(outcome_of(ask_as_child, map), 0);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    mmio_map_close(map);
}

/* As a kernel before 6.7 would have it. */
static bool refuse_scan(void)
{
    const uint32_t scan = (uint32_t)_IOC(_IOC_READ | _IOC_WRITE, 'f', 16, 96);
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, scan, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = 6, .filter = lines};
    uint64_t probe[12] = {0};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           ioctl(STDIN_FILENO, scan, probe) < 0 && errno == ENOTTY;
}

static int ask_without_scan(mmio_map *map)
{
    if (!refuse_scan()) {
        return 1;
    }
    if (huge_kib_of(map) != 0 || !agrees(map)) {
        return 2;
    }
    if (*(const volatile char *)data_of(map) != 'x' || huge_kib_of(map) == 0 || !agrees(map)) {
        return 3;
    }
    return 0;
}

static void G5_systems_without_the_quick_way_answer_alike(void **state)
{
    (void)state;
    mmio_map *map = gathered_map();
    assert_int_equal(outcome_of(ask_without_scan, map), 0);
    mmio_map_close(map);
}

static int ask_without_proc(mmio_map *map)
{
    uint32_t huge = 99;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
        return 0; /* Only root can hide it. */
    }
    if (mmio_map_huge_pages(map, &huge, NULL) != MMIO_OK || huge != MMIO_HUGE_PAGES_UNKNOWN) {
        return 1;
    }
    return 0;
}

static void G5_where_the_system_does_not_tell_it_is_unknown(void **state)
{
    (void)state;
    mmio_map *map = anonymous_map(100);
    assert_int_equal(outcome_of(ask_without_proc, map), 0);
    mmio_map_close(map);
}

static void A7_B13_G5_null_and_closed_maps_are_refused(void **state)
{
    (void)state;
    uint32_t huge = 99;
    mmio_map *map = anonymous_map(1);
    assert_status(MMIO_ERR_INVALID, mmio_map_huge_pages(map, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_huge_pages(NULL, &huge, ERR));
    assert_int_equal(huge, MMIO_HUGE_PAGES_UNKNOWN);
    assert_ok(mmio_map_shutdown(map, ERR));
    huge = 99;
    assert_status(MMIO_ERR_CLOSED, mmio_map_huge_pages(map, &huge, ERR));
    assert_int_equal(huge, MMIO_HUGE_PAGES_UNKNOWN);
    mmio_map_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITHOUT_STORE(G5_maps_that_did_not_ask_have_none_and_say_so),
        WITHOUT_STORE(G5_files_are_asked_for_and_answered_for_as_well),
        WITHOUT_STORE(G5_B12_a_child_is_told_of_its_own_pages),
        WITHOUT_STORE(G5_systems_without_the_quick_way_answer_alike),
        IN_DIRECTORY(G5_where_the_system_does_not_tell_it_is_unknown),
        IN_DIRECTORY(A7_B13_G5_null_and_closed_maps_are_refused),
    };
    return cmocka_run_group_tests_name("contract G5: asking for huge pages", tests, note_store,
                                       NULL);
}
