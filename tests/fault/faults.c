/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void cut_file(const char *path, uint64_t size)
{
    const pid_t child = fork();
    if (child == 0) {
        _exit(truncate(path, (off_t)size) != 0);
    }
    end_well(child);
}

uint64_t page_size(void)
{
    return mmio_page_size();
}

/* Sanitizers have a handler of their own; and nobody wants a core. */
static void forget_handlers(void)
{
    (void)signal(SIGBUS, SIG_DFL);
    (void)signal(SIGSEGV, SIG_DFL);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alarm(60);
}

static int status_of(void (*body)(void))
{
    const pid_t child = fork();
    if (child == 0) {
        forget_handlers();
        body();
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

void survives(void (*body)(void))
{
    assert_int_equal(status_of(body), 0);
}

void dies_of(int signal, void (*body)(void))
{
    const int status = status_of(body);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal);
}

void arm(void)
{
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
}

mmio_map *half_gone(void)
{
    make_file("f", 2 * page_size(), 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    need(truncate("f", (off_t)page_size()) == 0);
    return map;
}

bool read_answers(mmio_map *map)
{
    uint8_t byte;
    mmio_error error;
    return mmio_map_read(map, page_size(), &byte, 1, &error) == MMIO_ERR_FAULT;
}

void fault_here(void)
{
    make_file("g", page_size(), 'x');
    mmio_map *map = open_mode("g", MMIO_MODE_RW);
    const void *data;
    need(mmio_map_data(map, &data, NULL) == MMIO_OK);
    need(truncate("g", 0) == 0);
    (void)*(const volatile uint8_t *)data;
}
