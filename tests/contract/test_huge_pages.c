/* SPDX-License-Identifier: Apache-2.0 */
/* G5: huge pages. What the library says is held against /proc/self/smaps and /proc/meminfo; the
 * system's store of huge pages is filled for a test and put back behind it, which needs root. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "huge_store.h"
#include "support.h"

#define MIB ((uint64_t)1 << 20)

enum { STORE_PAGES = 20 };

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* The system. */

static unsigned long store_before;

/* Once for all tests: one that fails may keep pages until the program ends. */
static int note_store(void **state)
{
    (void)state;
    huge_pages_claim();
    store_before = huge_pages_stored();
    return 0;
}

static int fill_store(void **state)
{
    (void)huge_pages_store(store_before + STORE_PAGES);
    return enter_directory(state);
}

static int empty_store(void **state)
{
    (void)huge_pages_store(0);
    return enter_directory(state);
}

static int restore_store(void **state)
{
    (void)huge_pages_store(store_before);
    return leave_directory(state);
}

static void need_store(unsigned long pages)
{
    if (geteuid() != 0 || huge_pages_free() < pages || huge_page_size() != 2 * MIB) {
        print_message("SKIPPED: no root, no memory for huge pages, or not of 2 MiB\n");
        skip();
    }
}

/* KiB of all mappings that reach into a range: the sum of the fields of huge pages. */
static unsigned long huge_kib(const void *base, uint64_t size)
{
    static const char *const names[] = {"AnonHugePages", "ShmemPmdMapped", "FilePmdMapped",
                                        "Shared_Hugetlb", "Private_Hugetlb"};
    const unsigned long address = (unsigned long)(uintptr_t)base;
    FILE *file = fopen("/proc/self/smaps", "re");
    assert_non_null(file);
    char line[512];
    bool is_ours = false;
    unsigned long kib = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start;
        unsigned long end;
        char field[64];
        unsigned long value;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            is_ours = start < address + size && address < end;
        } else if (is_ours && sscanf(line, "%63[^:]: %lu kB", field, &value) == 2) {
            for (size_t i = 0; i < 5; i++) {
                kib += strcmp(field, names[i]) == 0 ? value : 0;
            }
        }
    }
    assert_int_equal(fclose(file), 0);
    return kib;
}

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

/* Whether it gathers huge pages of memory files, found out without the library. */
static bool system_gathers(void)
{
    const size_t unit = 2 * MIB;
    const int fd = memfd_create("probe", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)unit), 0);
    char *wide = mmap(NULL, 2 * unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(wide, MAP_FAILED);
    char *base = wide + (unit - (uintptr_t)wide % unit) % unit;
    assert_ptr_equal(mmap(base, unit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0), base);
    memset(base, 'x', unit);
    const bool gathers = madvise(base, unit, MADV_COLLAPSE) == 0 && huge_kib(base, unit) != 0;
    assert_int_equal(munmap(wide, 2 * unit), 0);
    assert_int_equal(close(fd), 0);
    return gathers;
}

static void need_gathering(void)
{
    if (!system_gathers()) {
        print_message("SKIPPED: this system gathers no huge pages\n");
        skip();
    }
}

/* Maps. */

static const void *data_of(mmio_map *map)
{
    const void *data = NULL;
    assert_ok(mmio_map_data(map, &data, ERR));
    return data;
}

static unsigned long huge_kib_of(mmio_map *map)
{
    return huge_kib(data_of(map), mmio_map_size(map));
}

static uint32_t state_of(mmio_map *map)
{
    uint32_t huge = 99;
    assert_ok(mmio_map_huge_pages(map, &huge, ERR));
    return huge;
}

static mmio_map *huge_map(uint64_t size, uint32_t mode, uint64_t reserve)
{
    mmio_open_options options = options_of(mode, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.reserve = reserve;
    mmio_map *map = NULL;
    assert_ok(mmio_map_anonymous(size, &options, &map, ERR));
    return map;
}

static void assert_bytes(mmio_map *map, uint64_t offset, uint64_t size, int byte)
{
    const uint8_t *data = data_of(map);
    for (uint64_t i = 0; i < size; i++) {
        if (data[offset + i] != byte) {
            fail_msg("byte %llu is %d", (unsigned long long)(offset + i), data[offset + i]);
        }
    }
}

/* Taken from the store. */

static void G5_anonymous_maps_take_their_huge_pages_at_once(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(3 * MIB, MMIO_MODE_DEFAULT, 0);
    assert_int_equal(mmio_map_size(map), 3 * MIB);
    assert_int_equal(huge_pages_free(), before - 2);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    assert_ok(mmio_map_fill(map, 0, 3 * MIB, 'x', ERR));
    assert_int_equal(huge_kib(data_of(map), 4 * MIB), 4096);
    assert_int_equal(huge_pages_free(), before - 2);
    assert_status(MMIO_ERR_RANGE, mmio_map_fill(map, 0, 3 * MIB + 1, 'x', ERR));
    mmio_map_close(map);
    assert_int_equal(huge_pages_free(), before);
}

static void G5_growing_and_shrinking_takes_and_gives_back(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(100, MMIO_MODE_RW, 0);
    const void *base = data_of(map);
    assert_ok(mmio_map_fill(map, 0, 100, 'x', ERR));
    assert_ok(mmio_map_resize(map, 9 * MIB, 0, ERR));
    assert_ptr_equal(data_of(map), base);
    assert_int_equal(huge_pages_free(), before - 5);
    assert_bytes(map, 0, 100, 'x');
    assert_bytes(map, 100, 9 * MIB - 100, 0);
    assert_ok(mmio_map_fill(map, 0, 9 * MIB, 'y', ERR));
    assert_ok(mmio_map_resize(map, MIB, 0, ERR));
    assert_int_equal(huge_pages_free(), before - 1);
    /* Within one page nothing is taken or given, and what was cut is gone all the same. */
    assert_ok(mmio_map_resize(map, MIB + MIB / 2, 0, ERR));
    assert_ok(mmio_map_resize(map, 5 * MIB, 0, ERR));
    assert_bytes(map, 0, MIB, 'y');
    assert_bytes(map, MIB, 4 * MIB, 0);
    mmio_map_close(map);
    assert_int_equal(huge_pages_free(), before);
}

static void G5_growing_beyond_the_reservation_moves_and_views_stay_coherent(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(MIB, MMIO_MODE_RW, MIB);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, MIB, MMIO_VIEW_WRITE, &view, ERR));
    memset(view.data, 'x', MIB);
    assert_ok(mmio_map_resize(map, 12 * MIB, 0, ERR));
    assert_ptr_not_equal(data_of(map), view.data);
    assert_bytes(map, 0, MIB, 'x');
    assert_bytes(map, MIB, 11 * MIB, 0);
    ((char *)view.data)[5] = 'y';
    assert_bytes(map, 5, 1, 'y');
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    mmio_view_release(&view);
    mmio_map_close(map);
    assert_int_equal(huge_pages_free(), before);
}

static void G5_growing_by_more_than_are_free_fails_and_changes_nothing(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    mmio_map *map = huge_map(3 * MIB, MMIO_MODE_RW, 0);
    assert_ok(mmio_map_fill(map, 0, 3 * MIB, 'x', ERR));
    assert_status(MMIO_ERR_NO_SPACE, mmio_map_resize(map, (before + 1) * 2 * MIB, 0, ERR));
    assert_int_equal(mmio_map_size(map), 3 * MIB);
    assert_int_equal(huge_pages_free(), before - 2);
    assert_bytes(map, 0, 3 * MIB, 'x');
    assert_ok(mmio_map_resize(map, 5 * MIB, 0, ERR));
    assert_bytes(map, 3 * MIB, 2 * MIB, 0);
    mmio_map_close(map);
}

static void G5_more_than_are_free_are_plain_pages_then(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    const int descriptors = open_descriptors();
    mmio_map *map = huge_map((before + 1) * 2 * MIB, MMIO_MODE_RW, 0);
    assert_int_equal(huge_pages_free(), before);
    assert_ok(mmio_map_fill(map, 0, 4 * MIB, 'x', ERR));
    assert_int_equal(huge_pages_free(), before);
    mmio_map_close(map);
    assert_int_equal(open_descriptors(), descriptors);
}

/* Whatever works on a map works on one of huge pages, at any offset, and takes none of its pages
 * away. */
static void G5_all_calls_work_on_maps_of_huge_pages(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    mmio_map *map = huge_map(7 * MIB, MMIO_MODE_RW, 0);
    const unsigned long taken = huge_pages_free();
    assert_ok(mmio_map_fill(map, 0, 7 * MIB, 'x', ERR));
    assert_ok(mmio_map_zero(map, 5000, 6 * MIB, ERR));
    assert_bytes(map, 5000, 6 * MIB, 0);
    assert_bytes(map, 0, 5000, 'x');
    assert_int_equal(huge_pages_free(), taken);
    for (uint32_t advice = MMIO_ADVICE_NORMAL; advice <= MMIO_ADVICE_DONT_NEED; advice++) {
        assert_ok(mmio_map_advise(map, 3 * MIB + 4097, 1, advice, ERR));
        assert_ok(mmio_map_advise(map, 0, 7 * MIB, advice, ERR));
    }
    assert_bytes(map, 0, 5000, 'x');
    assert_ok(mmio_map_touch(map, 3 * MIB + 4097, 2, MMIO_POPULATE_WRITE, NULL, NULL, ERR));
    assert_ok(mmio_map_touch(map, 0, 7 * MIB, 0, NULL, NULL, ERR));
    assert_ok(mmio_map_prefetch(map, 4097, 1, ERR));
    mmio_residency residency = {.struct_size = sizeof residency};
    assert_ok(mmio_map_residency(map, 0, 7 * MIB, &residency, ERR));
    assert_int_equal(residency.pages, 7 * MIB / mmio_page_size());
    assert_int_equal(residency.cached, residency.pages);
    assert_ok(mmio_map_lock_memory(map, 4097, 1, ERR));
    assert_ok(mmio_map_unlock_memory(map, 0, 7 * MIB, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_evict(map, 0, 1, ERR));
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_DATA, ERR));
    assert_int_equal(huge_pages_free(), taken);
    mmio_map_close(map);
}

static void G5_modes_that_cannot_use_the_store_leave_it_alone(void **state)
{
    (void)state;
    need_store(STORE_PAGES);
    const unsigned long before = huge_pages_free();
    const uint32_t modes[] = {MMIO_MODE_RO, MMIO_MODE_COW, MMIO_MODE_COW_RW};
    for (size_t i = 0; i < 3; i++) {
        mmio_map *map = huge_map(4 * MIB, modes[i], 0);
        assert_int_equal(huge_pages_free(), before);
        assert_bytes(map, 0, 4 * MIB, 0);
        if (modes[i] == MMIO_MODE_COW_RW) {
            assert_ok(mmio_map_fill(map, 0, 4 * MIB, 'x', ERR));
        }
        mmio_map_close(map);
    }
}

/* Gathered. */

static void G5_without_a_store_touching_gathers_huge_pages(void **state)
{
    (void)state;
    need_gathering();
    mmio_map *map = huge_map(9 * MIB, MMIO_MODE_RW, 0);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_NO);
    assert_int_equal(huge_kib_of(map), 0);
    assert_ok(mmio_map_fill(map, 0, 9 * MIB, 'x', ERR));
    assert_ok(mmio_map_touch(map, 0, 9 * MIB, 0, NULL, NULL, ERR));
    assert_int_equal(huge_kib_of(map), 8192);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    assert_bytes(map, 0, 9 * MIB, 'x');
    /* Growth and shrinking go on as ever. */
    assert_ok(mmio_map_resize(map, 64 * MIB, 0, ERR));
    assert_bytes(map, 9 * MIB, 55 * MIB, 0);
    assert_ok(mmio_map_resize(map, 5, 0, ERR));
    assert_int_equal(state_of(map),
                     huge_kib_of(map) != 0 ? MMIO_HUGE_PAGES_YES : MMIO_HUGE_PAGES_NO);
    mmio_map_close(map);
}

static void G5_eager_touch_gathers_while_opening(void **state)
{
    (void)state;
    need_gathering();
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.touch = MMIO_TOUCH_EAGER;
    mmio_map *map = NULL;
    assert_ok(mmio_map_anonymous(8 * MIB, &options, &map, ERR));
    assert_int_equal(huge_kib_of(map), 8192);
    assert_int_equal(state_of(map), MMIO_HUGE_PAGES_YES);
    mmio_map_close(map);
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

static void G5_opening_and_closing_leaks_nothing(void **state)
{
    (void)state;
    mmio_map *map = huge_map(MIB, MMIO_MODE_RW, 0);
    (void)state_of(map); /* Opens what stays. */
    mmio_map_close(map);
    const int descriptors = open_descriptors();
    for (int i = 0; i < 50; i++) {
        map = huge_map(MIB, MMIO_MODE_RW, 0);
        (void)state_of(map);
        mmio_map_close(map);
    }
    assert_int_equal(open_descriptors(), descriptors);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fill_store, restore_store)
#define WITHOUT_STORE(test) cmocka_unit_test_setup_teardown(test, empty_store, restore_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(G5_anonymous_maps_take_their_huge_pages_at_once),
        WITH_STORE(G5_growing_and_shrinking_takes_and_gives_back),
        WITH_STORE(G5_growing_beyond_the_reservation_moves_and_views_stay_coherent),
        WITH_STORE(G5_growing_by_more_than_are_free_fails_and_changes_nothing),
        WITH_STORE(G5_more_than_are_free_are_plain_pages_then),
        WITH_STORE(G5_all_calls_work_on_maps_of_huge_pages),
        WITH_STORE(G5_modes_that_cannot_use_the_store_leave_it_alone),
        WITHOUT_STORE(G5_without_a_store_touching_gathers_huge_pages),
        WITHOUT_STORE(G5_eager_touch_gathers_while_opening),
        WITHOUT_STORE(G5_maps_that_did_not_ask_have_none_and_say_so),
        WITHOUT_STORE(G5_files_are_asked_for_and_answered_for_as_well),
        WITHOUT_STORE(G5_B12_a_child_is_told_of_its_own_pages),
        WITHOUT_STORE(G5_systems_without_the_quick_way_answer_alike),
        IN_DIRECTORY(G5_where_the_system_does_not_tell_it_is_unknown),
        IN_DIRECTORY(A7_B13_G5_null_and_closed_maps_are_refused),
        WITHOUT_STORE(G5_opening_and_closing_leaks_nothing),
    };
    return cmocka_run_group_tests_name("contract G5: huge pages", tests, note_store, NULL);
}
