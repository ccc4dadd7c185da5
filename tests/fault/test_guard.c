/* SPDX-License-Identifier: Apache-2.0 */
/* L2, L5: the handler takes what is the library's, and leaves all else to whoever had it. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

/* In a child: two pages of a file, of which the second is gone. */
static mmio_map *cut_map(void)
{
    make_file("f", 2 * page_size(), 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RW);
    need(truncate("f", (off_t)page_size()) == 0);
    return map;
}

/* Use bytes of a file that are gone by code of the test's own. */
static void fault_here(void)
{
    make_file("g", page_size(), 'x');
    mmio_map *map = open_mode("g", MMIO_MODE_RW);
    const void *data;
    need(mmio_map_data(map, &data, NULL) == MMIO_OK);
    need(truncate("g", 0) == 0);
    (void)*(const volatile uint8_t *)data;
}

static void arm(void)
{
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
}

static bool read_answers(mmio_map *map)
{
    uint8_t byte;
    mmio_error error;
    return mmio_map_read(map, page_size(), &byte, 1, &error) == MMIO_ERR_FAULT;
}

/* The guard is off by default. */

static void read_without_guard(void)
{
    need(mmio_fault_guard_now() == MMIO_GUARD_OFF);
    (void)read_answers(cut_map());
}

static void L5_without_a_guard_a_fault_ends_the_process(void **state)
{
    (void)state;
    dies_of(SIGBUS, read_without_guard);
}

static void read_with_guard(void)
{
    arm();
    need(mmio_fault_guard_now() == MMIO_GUARD_SIGNAL);
    mmio_map *map = cut_map();
    for (int i = 0; i < 100000; i++) {
        need(read_answers(map));
    }
}

static void L1_any_number_of_faults_is_survived(void **state)
{
    (void)state;
    survives(read_with_guard);
}

static void read_after_guard(void)
{
    arm();
    mmio_map *map = cut_map();
    need(read_answers(map));
    struct sigaction action;
    need(mmio_fault_guard(MMIO_GUARD_OFF, NULL) == MMIO_OK);
    need(sigaction(SIGBUS, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    (void)read_answers(map);
}

static void L5_the_guard_can_be_taken_off(void **state)
{
    (void)state;
    dies_of(SIGBUS, read_after_guard);
}

static void L5_an_unknown_guard_is_refused(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID, mmio_fault_guard(3, ERR));
    assert_int_equal(mmio_fault_guard_now(), MMIO_GUARD_OFF);
}

/* Faults that are not the library's. */

static void fault_beside_guard(void)
{
    arm();
    fault_here();
}

static void L2_the_programs_own_fault_ends_it_as_before(void **state)
{
    (void)state;
    dies_of(SIGBUS, fault_beside_guard);
}

/* The other side of a copy is the caller's. */
static void copy_into_gone_buffer(void)
{
    arm();
    mmio_map *map = cut_map();
    make_file("g", page_size(), 0);
    mmio_map *other = open_mode("g", MMIO_MODE_RW);
    void *buffer;
    need(mmio_map_data_mut(other, &buffer, NULL) == MMIO_OK);
    need(truncate("g", 0) == 0);
    (void)mmio_map_read(map, 0, buffer, 64, NULL);
}

static void L2_a_fault_in_the_callers_buffer_is_not_swallowed(void **state)
{
    (void)state;
    dies_of(SIGBUS, copy_into_gone_buffer);
}

static void copy_into_nowhere(void)
{
    arm();
    void *nowhere = mmap(NULL, page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)mmio_map_read(cut_map(), 0, nowhere, 64, NULL);
}

static void L2_a_bad_pointer_is_not_swallowed(void **state)
{
    (void)state;
    dies_of(SIGSEGV, copy_into_nowhere);
}

static void send_to_self(void)
{
    arm();
    need(kill(getpid(), SIGBUS) == 0);
    pause();
}

static void L2_a_signal_that_is_sent_keeps_its_effect(void **state)
{
    (void)state;
    dies_of(SIGBUS, send_to_self);
}

/* Handlers that were there before. */

static volatile sig_atomic_t calls;
static sigjmp_buf out;

static void jump_out(int number)
{
    (void)number;
    calls++;
    siglongjmp(out, 1);
}

static void on_usual(int number)
{
    (void)number;
    calls++;
}

static void on_info(int number, siginfo_t *info, void *context)
{
    (void)context;
    need(number == SIGBUS && info->si_code == BUS_ADRERR);
    calls++;
    siglongjmp(out, 1);
}

static void handle(void (*plain)(int), void (*with_info)(int, siginfo_t *, void *))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (with_info != NULL) {
        action.sa_sigaction = with_info;
        action.sa_flags = SA_SIGINFO;
    } else {
        action.sa_handler = plain;
    }
    need(sigaction(SIGBUS, &action, NULL) == 0);
}

static void fault_and_jump(int times)
{
    for (volatile int i = 0; i < times; i++) {
        if (sigsetjmp(out, 1) == 0) {
            fault_here();
            need(false);
        }
    }
    need(calls == times);
}

static void jump_out_of_plain(void)
{
    handle(jump_out, NULL);
    arm();
    fault_and_jump(50);
    need(read_answers(cut_map()));
    need(calls == 50);
}

static void jump_out_of_info(void)
{
    handle(NULL, on_info);
    arm();
    fault_and_jump(50);
    need(read_answers(cut_map()));
}

static void L2_an_earlier_handler_gets_the_programs_own_faults(void **state)
{
    (void)state;
    survives(jump_out_of_plain);
    survives(jump_out_of_info);
}

static void send_with_handler(void)
{
    handle(on_usual, NULL);
    arm();
    need(kill(getpid(), SIGBUS) == 0);
    need(kill(getpid(), SIGBUS) == 0);
    need(calls == 2);
}

static void L2_an_earlier_handler_gets_what_is_sent(void **state)
{
    (void)state;
    survives(send_with_handler);
}

static void send_while_ignored(void)
{
    handle(SIG_IGN, NULL);
    arm();
    need(kill(getpid(), SIGBUS) == 0);
    need(read_answers(cut_map()));
}

static void fault_while_ignored(void)
{
    handle(SIG_IGN, NULL);
    arm();
    fault_here();
}

static void L2_ignoring_goes_on_for_what_is_sent_only(void **state)
{
    (void)state;
    survives(send_while_ignored);
    dies_of(SIGBUS, fault_while_ignored);
}

/* Handlers that come later. */

static struct sigaction below;

static void pass_below(int number, siginfo_t *info, void *context)
{
    calls++;
    if ((below.sa_flags & SA_SIGINFO) != 0) {
        below.sa_sigaction(number, info, context);
    } else {
        (void)signal(number, SIG_DFL);
    }
}

static void get_above(int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = pass_below;
    action.sa_flags = SA_SIGINFO | flags;
    need(sigaction(SIGBUS, &action, &below) == 0);
}

static void read_below_another(void)
{
    arm();
    mmio_map *map = cut_map();
    get_above(0);
    need(read_answers(map));
    need(calls != 0);
}

static void L2_a_later_handler_that_passes_on_may_stay_above(void **state)
{
    (void)state;
    survives(read_below_another);
}

static void open_above_another(void)
{
    arm();
    (void)signal(SIGBUS, SIG_DFL);
    mmio_map *map = cut_map();
    need(read_answers(map));
    (void)signal(SIGBUS, SIG_IGN);
    mmio_map_close(open_mode("f", MMIO_MODE_RO));
    need(read_answers(map));
}

static void L2_the_next_open_puts_the_guard_back(void **state)
{
    (void)state;
    survives(open_above_another);
}

/* Ours, the other, ours again: each knows the one that is before it. */
static void go_round(void)
{
    arm();
    get_above(SA_NODEFER);
    mmio_map *map = cut_map();
    need(read_answers(map) && calls == 0);
    fault_here();
}

static void go_round_masked(void)
{
    arm();
    get_above(0);
    need(read_answers(cut_map()));
    fault_here();
}

static void L2_a_fault_does_not_go_round_for_ever(void **state)
{
    (void)state;
    dies_of(SIGBUS, go_round);
    dies_of(SIGBUS, go_round_masked);
}

/* As fault handlers of some languages do: put back what was there, and send the signal again. */
static void restore_and_raise(int number)
{
    calls++;
    need(calls < 10);
    (void)sigaction(SIGBUS, &below, NULL);
    (void)raise(number);
}

static void raise_again(int flags)
{
    arm();
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = restore_and_raise;
    action.sa_flags = flags;
    need(sigaction(SIGBUS, &action, &below) == 0);
    mmio_map_close(cut_map());
    fault_here();
}

static void raise_again_at_once(void)
{
    raise_again(SA_NODEFER);
}

static void raise_again_later(void)
{
    raise_again(0);
}

static void L2_a_handler_that_sends_the_signal_again_ends_the_process(void **state)
{
    (void)state;
    dies_of(SIGBUS, raise_again_at_once);
    dies_of(SIGBUS, raise_again_later);
}

/* Threads. */

static void *read_blocked(void *map)
{
    sigset_t all;
    (void)sigfillset(&all);
    need(pthread_sigmask(SIG_BLOCK, &all, NULL) == 0);
    need(read_answers(map));
    return NULL;
}

static void read_on_blocked_thread(void)
{
    arm();
    uintptr_t thread;
    start_thread(&thread, read_blocked, cut_map());
    (void)join_thread(thread);
}

static void L2_a_thread_that_blocks_signals_survives(void **state)
{
    (void)state;
    survives(read_on_blocked_thread);
}

static void *read_on_own_stack(void *map)
{
    static uint8_t memory[64 << 10];
    const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    need(sigaltstack(&stack, NULL) == 0);
    memset(memory, 0, sizeof memory);
    need(read_answers(map));
    bool is_used = false;
    for (size_t i = 0; i < sizeof memory; i++) {
        is_used = is_used || memory[i] != 0;
    }
    need(is_used);
    return NULL;
}

static void read_beside_signal_stack(void)
{
    arm();
    (void)read_on_own_stack(cut_map());
}

static void L2_the_handler_runs_on_the_signal_stack(void **state)
{
    (void)state;
    survives(read_beside_signal_stack);
}

static void *keep_reading(void *map)
{
    for (int i = 0; i < 20000; i++) {
        need(read_answers(map));
    }
    return NULL;
}

static void read_in_8_threads(void)
{
    arm();
    mmio_map *map = cut_map();
    uintptr_t threads[8];
    for (int i = 0; i < 8; i++) {
        start_thread(&threads[i], keep_reading, map);
    }
    for (int i = 0; i < 8; i++) {
        (void)join_thread(threads[i]);
    }
}

static void L2_threads_fault_side_by_side(void **state)
{
    (void)state;
    survives(read_in_8_threads);
}

static void read_in_child(void)
{
    arm();
    mmio_map *map = cut_map();
    const pid_t child = fork();
    if (child == 0) {
        _exit(!read_answers(map));
    }
    int status = -1;
    need(waitpid(child, &status, 0) == child && status == 0);
}

static void L2_B12_the_guard_holds_in_a_child(void **state)
{
    (void)state;
    survives(read_in_child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L5_without_a_guard_a_fault_ends_the_process),
        IN_DIRECTORY(L1_any_number_of_faults_is_survived),
        IN_DIRECTORY(L5_the_guard_can_be_taken_off),
        IN_DIRECTORY(L5_an_unknown_guard_is_refused),
        IN_DIRECTORY(L2_the_programs_own_fault_ends_it_as_before),
        IN_DIRECTORY(L2_a_fault_in_the_callers_buffer_is_not_swallowed),
        IN_DIRECTORY(L2_a_bad_pointer_is_not_swallowed),
        IN_DIRECTORY(L2_a_signal_that_is_sent_keeps_its_effect),
        IN_DIRECTORY(L2_an_earlier_handler_gets_the_programs_own_faults),
        IN_DIRECTORY(L2_an_earlier_handler_gets_what_is_sent),
        IN_DIRECTORY(L2_ignoring_goes_on_for_what_is_sent_only),
        IN_DIRECTORY(L2_a_later_handler_that_passes_on_may_stay_above),
        IN_DIRECTORY(L2_the_next_open_puts_the_guard_back),
        IN_DIRECTORY(L2_a_fault_does_not_go_round_for_ever),
        IN_DIRECTORY(L2_a_handler_that_sends_the_signal_again_ends_the_process),
        IN_DIRECTORY(L2_a_thread_that_blocks_signals_survives),
        IN_DIRECTORY(L2_the_handler_runs_on_the_signal_stack),
        IN_DIRECTORY(L2_threads_fault_side_by_side),
        IN_DIRECTORY(L2_B12_the_guard_holds_in_a_child),
    };
    return cmocka_run_group_tests_name("contract L2, L5: the guard", tests, NULL, NULL);
}
