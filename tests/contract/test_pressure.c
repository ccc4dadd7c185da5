/* SPDX-License-Identifier: Apache-2.0 */
/* M2: being told of memory pressure. Real pressure is made in a control group of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

/* Pressure that no machine has which still runs tests: all tasks wait all the time. */
static mmio_pressure *open_hopeless(void)
{
    const mmio_pressure_options options = {
        .struct_size = sizeof options,
        .who = MMIO_PRESSURE_ALL,
        .stall_ms = 10000,
        .window_ms = 10000,
    };
    mmio_pressure *pressure = NULL;
    assert_ok(mmio_pressure_open(&options, &pressure, ERR));
    return pressure;
}

static void need_pressure(void)
{
    if (mmio_has(MMIO_FEATURE_PRESSURE) == 0) {
        print_message("SKIPPED: this system measures no pressure\n");
        skip();
    }
}

static bool is_readable(int fd)
{
    struct pollfd place = {.fd = fd, .events = POLLIN};
    const int count = poll(&place, 1, 0);
    assert_true(count >= 0);
    return count == 1 && (place.revents & POLLIN) != 0;
}

static void M2_without_pressure_waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    need_pressure();
    mmio_pressure *pressure = open_hopeless();
    assert_status(MMIO_ERR_BUSY, mmio_pressure_wait(pressure, 0, ERR));
    const int64_t before = now_ms();
    assert_status(MMIO_ERR_TIMEOUT, mmio_pressure_wait(pressure, 60, ERR));
    assert_true(now_ms() - before >= 60);
    intptr_t handle = -1;
    assert_ok(mmio_pressure_handle(pressure, &handle, ERR));
    assert_false(is_readable((int)handle));
    assert_int_not_equal(fcntl((int)handle, F_GETFD) & FD_CLOEXEC, 0);
    mmio_pressure_close(pressure);
}

/* A control group with little memory, of either hierarchy; "" if none can be made. */
static char group[256];

static bool write_to(const char *name, const char *text)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", group, name);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    return close(fd) == 0 && is_written;
}

static int make_group(void **state)
{
    static const char *const roots[] = {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"};
    static const char *const limits[] = {"memory.limit_in_bytes", "memory.max"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(group, sizeof group, "%s/mmio-test-%d", roots[i], (int)getpid());
        if (mkdir(group, 0700) != 0) {
            continue;
        }
        if (write_to(limits[i], "33554432")) {
            return enter_directory(state);
        }
        (void)rmdir(group);
    }
    group[0] = '\0';
    return enter_directory(state);
}

/* Reads a file larger than its group's memory over and over, so that it always waits for memory. */
_Noreturn static void press(void)
{
    alarm(60);
    const int fd = open("large", O_RDONLY | O_CLOEXEC);
    const size_t size = (size_t)128 << 20;
    /* What is cached already was paid for by another group. */
    if (fd < 0 || fdatasync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || !write_to("cgroup.procs", "0")) {
        _exit(1);
    }
    const volatile char *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    unsigned sum = 0;
    for (;;) {
        for (size_t at = 0; at < size; at += 4096) {
            sum += (unsigned)bytes[at];
        }
        if (sum == 1) {
            _exit(2);
        }
    }
}

static pid_t presser;

static void start_press(void)
{
    if (group[0] == '\0') {
        print_message("SKIPPED: no control group with a memory limit can be made here\n");
        skip();
    }
    make_file("large", (uint64_t)128 << 20, 'x');
    presser = fork();
    assert_true(presser >= 0);
    if (presser == 0) {
        press();
    }
}

static int remove_group(void **state)
{
    if (presser > 0) {
        assert_int_equal(kill(presser, SIGKILL), 0);
        assert_int_equal(waitpid(presser, NULL, 0), presser);
    }
    /* Its last process is a zombie for a moment longer than its group needs to be empty. */
    for (int i = 0; group[0] != '\0' && rmdir(group) != 0 && errno == EBUSY && i < 1000; i++) {
        usleep(1000);
    }
    return leave_directory(state);
}

static mmio_pressure *open_sensitive(void)
{
    const mmio_pressure_options options = {.struct_size = sizeof options, .stall_ms = 10};
    mmio_pressure *pressure = NULL;
    assert_ok(mmio_pressure_open(&options, &pressure, ERR));
    return pressure;
}

static void M2_pressure_is_told_to_those_who_wait_and_to_event_loops(void **state)
{
    (void)state;
    need_pressure();
    mmio_pressure *waited = open_sensitive();
    mmio_pressure *patient = open_sensitive();
    mmio_pressure *hopeful = open_sensitive();
    mmio_pressure *polled = open_sensitive();
    mmio_pressure *looped = open_sensitive();
    mmio_pressure *selected = open_sensitive();
    intptr_t handle = -1;
    start_press();

    assert_ok(mmio_pressure_wait(waited, 30000, ERR));
    assert_ok(mmio_pressure_wait(patient, -1, ERR));
    assert_ok(mmio_pressure_wait(hopeful, (int64_t)1 << 40, ERR));

    assert_ok(mmio_pressure_handle(polled, &handle, ERR));
    struct pollfd place = {.fd = (int)handle, .events = POLLIN};
    assert_int_equal(poll(&place, 1, 30000), 1);
    assert_int_equal(place.revents, POLLIN);
    assert_false(is_readable((int)handle)); /* It was taken. */

    assert_ok(mmio_pressure_handle(looped, &handle, ERR));
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    assert_int_equal(epoll_ctl(loop, EPOLL_CTL_ADD, (int)handle, &event), 0);
    assert_int_equal(epoll_wait(loop, &event, 1, 30000), 1);
    assert_int_equal(event.events, EPOLLIN);
    assert_int_equal(close(loop), 0);

    assert_ok(mmio_pressure_handle(selected, &handle, ERR));
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET((int)handle, &readable);
    struct timeval most = {.tv_sec = 30};
    assert_int_equal(select((int)handle + 1, &readable, NULL, NULL, &most), 1);

    mmio_pressure_close(waited);
    mmio_pressure_close(patient);
    mmio_pressure_close(hopeful);
    mmio_pressure_close(polled);
    mmio_pressure_close(looped);
    mmio_pressure_close(selected);
}

static void M2_options_are_checked(void **state)
{
    (void)state;
    mmio_pressure *pressure = NULL;
    const mmio_pressure_options wrong[] = {
        {.struct_size = 23},
        {.struct_size = sizeof wrong[0], .who = 2},
        {.struct_size = sizeof wrong[0], .window_ms = 1000},
        {.struct_size = sizeof wrong[0], .window_ms = 12000},
        {.struct_size = sizeof wrong[0], .stall_ms = 2001},
        {.struct_size = sizeof wrong[0], .reserved = 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        pressure = (mmio_pressure *)&pressure;
        assert_status(MMIO_ERR_INVALID, mmio_pressure_open(&wrong[i], &pressure, ERR));
        assert_null(pressure);
    }
    assert_status(MMIO_ERR_INVALID, mmio_pressure_open(NULL, NULL, ERR));
    need_pressure();
    assert_ok(mmio_pressure_open(NULL, &pressure, ERR));
    mmio_pressure_close(pressure);
}

static void M2_null_is_refused(void **state)
{
    (void)state;
    intptr_t handle = 0;
    assert_status(MMIO_ERR_INVALID, mmio_pressure_wait(NULL, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_pressure_handle(NULL, &handle, ERR));
    assert_int_equal(handle, -1);
    mmio_pressure_close(NULL);
    need_pressure();
    mmio_pressure *pressure = open_hopeless();
    assert_status(MMIO_ERR_INVALID, mmio_pressure_handle(pressure, NULL, ERR));
    mmio_pressure_close(pressure);
}

static void M2_closing_leaks_no_descriptor(void **state)
{
    (void)state;
    need_pressure();
    mmio_pressure_close(open_hopeless());
    const int before = open_descriptors();
    for (int i = 0; i < 20; i++) {
        mmio_pressure_close(open_hopeless());
    }
    assert_int_equal(open_descriptors(), before);
}

static int in_child(int (*body)(mmio_pressure *pressure), mmio_pressure *pressure)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        _exit(body(pressure));
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    return outcome;
}

static int use_after_fork(mmio_pressure *pressure)
{
    intptr_t handle = 0;
    mmio_pressure *own = NULL;
    if (mmio_pressure_wait(pressure, -1, NULL) != MMIO_ERR_FORKED ||
        mmio_pressure_handle(pressure, &handle, NULL) != MMIO_ERR_FORKED || handle != -1) {
        return 1;
    }
    mmio_pressure_close(pressure);
    if (mmio_pressure_open(NULL, &own, NULL) != MMIO_OK ||
        mmio_pressure_handle(own, &handle, NULL) != MMIO_OK) {
        return 2;
    }
    mmio_pressure_close(own);
    return 0;
}

static void M2_B12_events_stay_the_parents_and_a_child_has_its_own(void **state)
{
    (void)state;
    need_pressure();
    mmio_pressure *pressure = open_hopeless();
    assert_int_equal(in_child(use_after_fork, pressure), 0);
    assert_status(MMIO_ERR_BUSY, mmio_pressure_wait(pressure, 0, ERR));
    mmio_pressure_close(pressure);
}

static int open_where_there_is_none(mmio_pressure *unused)
{
    (void)unused;
    mmio_pressure *pressure = NULL;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc/pressure", "tmpfs", 0, NULL) != 0 ||
        mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) != 0) {
        return 0; /* Only root can hide it. */
    }
    return mmio_pressure_open(NULL, &pressure, NULL) == MMIO_ERR_UNSUPPORTED ? 0 : 1;
}

static void M2_systems_without_it_say_so(void **state)
{
    (void)state;
    assert_int_equal(in_child(open_where_there_is_none, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(M2_without_pressure_waiting_ends_at_the_deadline),
        cmocka_unit_test_setup_teardown(M2_pressure_is_told_to_those_who_wait_and_to_event_loops,
                                        make_group, remove_group),
        IN_DIRECTORY(M2_options_are_checked),
        IN_DIRECTORY(M2_null_is_refused),
        IN_DIRECTORY(M2_closing_leaks_no_descriptor),
        IN_DIRECTORY(M2_B12_events_stay_the_parents_and_a_child_has_its_own),
        IN_DIRECTORY(M2_systems_without_it_say_so),
    };
    return cmocka_run_group_tests_name("contract M2: pressure", tests, NULL, NULL);
}
