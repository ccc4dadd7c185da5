/* SPDX-License-Identifier: Apache-2.0 */
/* L2, L5: the handler takes what is the library's, and leaves all else to whoever had it. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

/* The guard is off by default. */

static void read_without_guard(void)
{
    need(mmio_fault_guard_now() == MMIO_GUARD_OFF);
    (void)read_answers(half_gone());
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
    mmio_map *map = half_gone();
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
    mmio_map *map = half_gone();
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
    mmio_map *map = half_gone();
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
    (void)mmio_map_read(half_gone(), 0, nowhere, 64, NULL);
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
    need(read_answers(half_gone()));
    need(calls == 50);
}

static void jump_out_of_info(void)
{
    handle(NULL, on_info);
    arm();
    fault_and_jump(50);
    need(read_answers(half_gone()));
}

/* The other side of a copy by the library. */
static void jump_out_of_a_copy(void)
{
    handle(jump_out, NULL);
    arm();
    if (sigsetjmp(out, 1) == 0) {
        copy_into_gone_buffer();
        need(false);
    }
    need(calls > 0);
}

static void L2_an_earlier_handler_gets_the_programs_own_faults(void **state)
{
    (void)state;
    survives(jump_out_of_a_copy);
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
    need(read_answers(half_gone()));
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

static void on_queued(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    need(info->si_code == SI_QUEUE && info->si_value.sival_int == ++calls);
    if (calls < 5) {
        need(sigqueue(getpid(), SIGBUS, (union sigval){.sival_int = calls + 1}) == 0);
    }
}

static void send_within_handler(void)
{
    handle(NULL, on_queued);
    arm();
    need(sigqueue(getpid(), SIGBUS, (union sigval){.sival_int = 1}) == 0);
    need(calls == 5);
}

static void L2_signals_that_are_sent_meanwhile_come_one_after_the_other(void **state)
{
    (void)state;
    survives(send_within_handler);
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
    start_thread(&thread, read_blocked, half_gone());
    (void)join_thread(thread);
}

static void L2_a_thread_that_blocks_signals_survives(void **state)
{
    (void)state;
    survives(read_on_blocked_thread);
}

static void *use_blocked(void *map)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGBUS);
    need(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    char byte;
    need(mmio_map_read(map, 0, &byte, 1, NULL) == MMIO_OK);
    need(pthread_sigmask(SIG_BLOCK, NULL, &signals) == 0);
    need(sigismember(&signals, SIGBUS) == 1);
    return NULL;
}

static void use_on_blocked_thread_without_guard(void)
{
    uintptr_t thread;
    start_thread(&thread, use_blocked, half_gone());
    (void)join_thread(thread);
}

static void L2_without_the_guard_a_thread_blocks_what_it_did(void **state)
{
    (void)state;
    survives(use_on_blocked_thread_without_guard);
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
    (void)read_on_own_stack(half_gone());
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
    mmio_map *map = half_gone();
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
    mmio_map *map = half_gone();
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
        IN_DIRECTORY(L2_signals_that_are_sent_meanwhile_come_one_after_the_other),
        IN_DIRECTORY(L2_a_thread_that_blocks_signals_survives),
        IN_DIRECTORY(L2_without_the_guard_a_thread_blocks_what_it_did),
        IN_DIRECTORY(L2_the_handler_runs_on_the_signal_stack),
        IN_DIRECTORY(L2_threads_fault_side_by_side),
        IN_DIRECTORY(L2_B12_the_guard_holds_in_a_child),
    };
    return cmocka_run_group_tests_name("contract L2, L5: the guard", tests, NULL, NULL);
}
