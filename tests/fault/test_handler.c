/* SPDX-License-Identifier: Apache-2.0 */
/* L2, L3, L5: what the handler is to the process around it. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

#define PAGES 16

static struct sigaction at_start;

static const struct sigaction *action_now(void)
{
    static struct sigaction action;
    need(sigaction(SIGBUS, NULL, &action) == 0);
    return &action;
}

static void set_action(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    need(sigaction(SIGBUS, &action, NULL) == 0);
}

/* A view of a file that absorbs faults. */
static const volatile uint8_t *view_file(mmio_map **out_map)
{
    mmio_view view;
    make_file("f", PAGES * page_size(), 1);
    *out_map = open_mode("f", MMIO_MODE_RO);
    need(mmio_view_acquire(*out_map, 0, PAGES * page_size(), 0, &view, NULL) == MMIO_OK);
    return view.data;
}

static uint64_t faults_of(mmio_map *map)
{
    mmio_map_info info = {.struct_size = sizeof info};
    need(mmio_map_get_info(map, &info, NULL) == MMIO_OK);
    return info.faults;
}

/* When it is there. */

static void L5_loading_the_library_handles_nothing(void **state)
{
    (void)state;
#if !IS_SANITIZED /* They handle it themselves. */
    assert_true(at_start.sa_handler == SIG_DFL);
#endif
}

static void use_without_guard(void)
{
    mmio_map *map;
    uint8_t byte;
    (void)view_file(&map);
    need(mmio_map_read(map, 0, &byte, 1, NULL) == MMIO_OK);
    need(action_now()->sa_handler == SIG_DFL);
    need(mmio_fault_guard(MMIO_GUARD_SYSCALL, NULL) == MMIO_OK);
    (void)view_file(&map);
    need(mmio_map_read(map, 0, &byte, 1, NULL) == MMIO_OK);
    need(action_now()->sa_handler == SIG_DFL);
}

static void L4_L5_nothing_is_handled_unless_asked_for(void **state)
{
    (void)state;
    survives(use_without_guard);
}

static volatile sig_atomic_t calls;
static siginfo_t last_info;

static void note(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    calls++;
    last_info = *info;
    need(calls < 100);
}

/* A handler that returns would be called for ever. */
static void open_above_idle_handler(void)
{
    mmio_map *map;
    arm();
    set_action(note);
    const volatile uint8_t *bytes = view_file(&map);
    need(truncate("f", 0) == 0);
    need(bytes[0] == 0);
    need(calls == 0);
}

static void L2_a_later_handler_that_does_nothing_is_overridden_by_the_next_open(void **state)
{
    (void)state;
    survives(open_above_idle_handler);
}

/* What it takes and leaves. */

static void keep_errno(void)
{
    mmio_map *map;
    arm();
    const volatile uint8_t *bytes = view_file(&map);
    need(truncate("f", 0) == 0);
    errno = EXDEV;
    need(bytes[0] == 0);
    need(errno == EXDEV);
    need(faults_of(map) == 1);
}

static void L2_errno_is_what_it_was(void **state)
{
    (void)state;
    survives(keep_errno);
}

static void block_all(void)
{
    arm();
    const struct sigaction *action = action_now();
    need((action->sa_flags & SA_NODEFER) == 0);
    need((action->sa_flags & SA_ONSTACK) != 0);
#if !IS_SANITIZED /* They hand the signal on by a handler of their own. */
    for (int number = 1; number < 32; number++) {
        need(sigismember(&action->sa_mask, number) == (number != SIGKILL && number != SIGSTOP));
    }
#endif
}

static void L2_no_other_signal_comes_in_between(void **state)
{
    (void)state;
    survives(block_all);
}

#if !IS_SANITIZED
static uint8_t stack_memory[64 << 10];

static size_t stack_used(void)
{
    size_t unused = 0;
    while (unused < sizeof stack_memory && stack_memory[unused] == 0xaa) {
        unused++;
    }
    return sizeof stack_memory - unused;
}

static void use_little_stack(void)
{
    const stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};
    mmio_map *map;
    uint8_t byte;
    arm();
    const volatile uint8_t *bytes = view_file(&map);
    need(truncate("f", 0) == 0);
    memset(stack_memory, 0xaa, sizeof stack_memory);
    need(sigaltstack(&stack, NULL) == 0);
    need(mmio_map_read(map, 0, &byte, 1, NULL) == MMIO_ERR_FAULT);
    need(bytes[0] == 0);
    /* The least that the system lets a program have for one signal, and 2 KiB. */
    need(stack_used() > 0 && stack_used() < (size_t)sysconf(_SC_MINSIGSTKSZ) + 2048);
}

static void L2_the_smallest_signal_stacks_are_almost_enough(void **state)
{
    (void)state;
    survives(use_little_stack);
}
#endif

/* Only bytes that are gone are made zeros of. */
static void pass_other_codes(void)
{
    static const int codes[] = {BUS_ADRALN, BUS_OBJERR, BUS_MCEERR_AR, BUS_MCEERR_AO, SI_USER};
    mmio_map *map;
    set_action(note);
    arm();
    const volatile uint8_t *bytes = view_file(&map);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        siginfo_t info = {.si_signo = SIGBUS, .si_code = codes[i]};
        info.si_addr = (void *)(uintptr_t)bytes;
        need(syscall(SYS_rt_sigqueueinfo, getpid(), SIGBUS, &info) == 0);
        need(calls == (int)i + 1);
        need(last_info.si_code == codes[i] && last_info.si_addr == info.si_addr);
    }
    need(bytes[0] == 1 && faults_of(map) == 0);
}

static void L2_other_errors_at_mapped_addresses_are_passed_on(void **state)
{
    (void)state;
    survives(pass_other_codes);
}

int main(void)
{
    (void)sigaction(SIGBUS, NULL, &at_start);
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L5_loading_the_library_handles_nothing),
        IN_DIRECTORY(L4_L5_nothing_is_handled_unless_asked_for),
        IN_DIRECTORY(L2_a_later_handler_that_does_nothing_is_overridden_by_the_next_open),
        IN_DIRECTORY(L2_errno_is_what_it_was),
        IN_DIRECTORY(L2_no_other_signal_comes_in_between),
#if !IS_SANITIZED
        IN_DIRECTORY(L2_the_smallest_signal_stacks_are_almost_enough),
#endif
        IN_DIRECTORY(L2_other_errors_at_mapped_addresses_are_passed_on),
    };
    return cmocka_run_group_tests_name("contract L2, L5: the handler", tests, NULL, NULL);
}
