/* SPDX-License-Identifier: Apache-2.0 */
/* L2: handlers that come after the library's. */
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "faults.h"

static volatile sig_atomic_t calls;
static struct sigaction below; /* What was there before. */

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
    mmio_map *map = half_gone();
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
    mmio_map *map = half_gone();
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
    mmio_map *map = half_gone();
    need(read_answers(map) && calls == 0);
    fault_here();
}

static void go_round_masked(void)
{
    arm();
    get_above(0);
    need(read_answers(half_gone()));
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

/* The signal arrives within the handler, not behind it. */
static const int at_once = SA_NODEFER;
static struct sigaction raiser;

/* Ours, one that sends again, ours. */
static void arm_around_raiser(int flags)
{
    arm();
    raiser.sa_handler = restore_and_raise;
    raiser.sa_flags = flags;
    need(sigaction(SIGBUS, &raiser, &below) == 0);
    mmio_map_close(half_gone());
}

static void raise_again_at_once(void)
{
    arm_around_raiser(at_once);
    fault_here();
}

static void raise_again_later(void)
{
    arm_around_raiser(0);
    fault_here();
}

static void L2_a_handler_that_sends_the_signal_again_ends_the_process(void **state)
{
    (void)state;
    dies_of(SIGBUS, raise_again_at_once);
    dies_of(SIGBUS, raise_again_later);
}

/* A signal that was sent comes from no place that could tell. */
static void raise_what_was_sent(void)
{
    arm_around_raiser(0);
    (void)kill(getpid(), SIGBUS);
    need(false);
}

/* By one that is on top as well. */
static void raise_from_above(void)
{
    arm_around_raiser(at_once);
    need(sigaction(SIGBUS, &raiser, NULL) == 0);
    (void)kill(getpid(), SIGBUS);
    need(false);
}

static void L2_a_signal_that_was_sent_does_not_go_round_for_ever(void **state)
{
    (void)state;
    dies_of(SIGBUS, raise_what_was_sent);
    dies_of(SIGBUS, raise_from_above);
}

/* Before the guard. */
static sigjmp_buf out;

static void jump_out(int number)
{
    (void)number;
    siglongjmp(out, 1);
}

/* It is not at the top, and stays where it is without taking anything. */
static void fault_below_another_without_guard(void)
{
    struct sigaction present;
    (void)signal(SIGBUS, jump_out);
    arm();
    mmio_map *map = half_gone();
    get_above(SA_NODEFER);
    need(mmio_fault_guard(MMIO_GUARD_OFF, NULL) == MMIO_OK);
    need(sigaction(SIGBUS, NULL, &present) == 0 && present.sa_sigaction == pass_below);
    if (sigsetjmp(out, 1) == 0) {
        (void)read_answers(map);
        need(false);
    }
    need(calls != 0);
}

static void L5_L2_taken_off_below_another_it_takes_nothing(void **state)
{
    (void)state;
    survives(fault_below_another_without_guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L2_a_later_handler_that_passes_on_may_stay_above),
        IN_DIRECTORY(L2_the_next_open_puts_the_guard_back),
        IN_DIRECTORY(L2_a_fault_does_not_go_round_for_ever),
        IN_DIRECTORY(L2_a_handler_that_sends_the_signal_again_ends_the_process),
        IN_DIRECTORY(L2_a_signal_that_was_sent_does_not_go_round_for_ever),
        IN_DIRECTORY(L5_L2_taken_off_below_another_it_takes_nothing),
    };
    return cmocka_run_group_tests_name("contract L2: later handlers", tests, NULL, NULL);
}
