/* SPDX-License-Identifier: Apache-2.0 */
#include "stall.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

static struct {
    uint8_t *base;
    uint8_t *last_page;
    size_t size; /* Whole pages. */
    int arrivals[2];
    int departures[2];
    struct sigaction before;
} stall;

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Only what signal handlers may call. The page is readable when this returns. */
static void stop_here(int number, siginfo_t *info, void *context)
{
    (void)context;
    const uint8_t *place = info->si_addr;
    char byte = 0;
    if (place < stall.last_page || place >= stall.last_page + page_size()) {
        (void)sigaction(number, &stall.before, NULL);
        return;
    }
    if (write(stall.arrivals[1], &byte, 1) != 1 || read(stall.departures[0], &byte, 1) != 1) {
        _exit(1);
    }
}

const void *stall_begin(size_t size, int fill)
{
    const struct sigaction action = {.sa_sigaction = stop_here, .sa_flags = SA_SIGINFO};
    stall.size = (size + page_size() - 1) / page_size() * page_size();
    stall.base = mmap(NULL, stall.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(stall.base, MAP_FAILED);
    memset(stall.base, fill, stall.size);
    stall.last_page = stall.base + stall.size - page_size();
    assert_int_equal(pipe2(stall.arrivals, O_CLOEXEC), 0);
    assert_int_equal(pipe2(stall.departures, O_CLOEXEC), 0);
    assert_int_equal(sigaction(SIGSEGV, &action, &stall.before), 0);
    assert_int_equal(mprotect(stall.last_page, page_size(), PROT_NONE), 0);
    /* The bytes asked for end where the memory does. */
    return stall.base + stall.size - size;
}

void stall_await(void)
{
    char byte;
    assert_int_equal(read(stall.arrivals[0], &byte, 1), 1);
}

void stall_let_go(void)
{
    const char byte = 0;
    assert_int_equal(mprotect(stall.last_page, page_size(), PROT_READ | PROT_WRITE), 0);
    assert_int_equal(write(stall.departures[1], &byte, 1), 1);
}

void stall_end(void)
{
    assert_int_equal(sigaction(SIGSEGV, &stall.before, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(close(stall.arrivals[i]), 0);
        assert_int_equal(close(stall.departures[i]), 0);
    }
    assert_int_equal(munmap(stall.base, stall.size), 0);
}
