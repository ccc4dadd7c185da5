/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L2: a handler above the library's that first lets those below it have the fault and then mends
 * what was gone. So the program survives what would have ended it, and can look at what was done.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

static struct sigaction ours;
static volatile sig_atomic_t mended;
static volatile sig_atomic_t swallowed; /* Signals that were on their way again. */
static volatile sig_atomic_t lets_pass; /* So many calls do not swallow any. */

static void mend(int number, siginfo_t *info, void *context)
{
    const struct timespec now = {0, 0};
    sigset_t signals;
    ours.sa_sigaction(number, info, context);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, number);
    swallowed += mended >= lets_pass && sigtimedwait(&signals, NULL, &now) == number;
    need(truncate("g", (off_t)page_size()) == 0);
    mended++;
}

/* The guard, a byte that is gone, and above the guard the one that mends: in this order, since the
 * guard puts itself above others when a map is opened. */
static const volatile uint8_t *arm_below_mending(void)
{
    struct sigaction action;
    const void *byte;
    arm();
    make_file("g", page_size(), 'x');
    need(mmio_map_data(open_mode("g", MMIO_MODE_RW), &byte, NULL) == MMIO_OK);
    need(truncate("g", 0) == 0);
    memset(&action, 0, sizeof action);
    action.sa_sigaction = mend;
    action.sa_flags = SA_SIGINFO;
    need(sigaction(SIGBUS, &action, &ours) == 0);
    return byte;
}

/* The next fault will end the process, as if nobody had ever handled any. */
static bool is_default(void)
{
    struct sigaction present;
    return sigaction(SIGBUS, NULL, &present) == 0 && (present.sa_flags & SA_SIGINFO) == 0 &&
           present.sa_handler == SIG_DFL;
}

/* Ours passes on to that one. */
static void fault_above(void (*earlier)(int))
{
    (void)signal(SIGBUS, earlier);
    need(*arm_below_mending() == 0);
    need(mended == 1);
}

static void fault_above_nothing(void)
{
    fault_above(SIG_DFL);
    need(is_default() && swallowed == 0);
}

static void fault_above_ignorance(void)
{
    fault_above(SIG_IGN);
    need(is_default() && swallowed == 0);
}

static void L2_without_an_earlier_handler_the_default_is_put_back(void **state)
{
    (void)state;
    survives(fault_above_nothing);
    survives(fault_above_ignorance);
}

static void send_above_nothing(void)
{
    (void)arm_below_mending();
    need(kill(getpid(), SIGBUS) == 0);
    need(mended == 1 && swallowed == 1 && is_default());
}

static void L2_what_was_sent_is_sent_once_more_to_the_default(void **state)
{
    (void)state;
    survives(send_above_nothing);
}

static volatile sig_atomic_t earlier_calls;

static void pass_back(int number, siginfo_t *info, void *context)
{
    earlier_calls++;
    need(earlier_calls < 10);
    ours.sa_sigaction(number, info, context);
}

static void fault_in_a_circle(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = pass_back;
    action.sa_flags = SA_SIGINFO;
    need(sigaction(SIGBUS, &action, NULL) == 0);
    need(*arm_below_mending() == 0);
    need(earlier_calls == 1 && mended == 1 && is_default());
}

static void L2_a_fault_that_comes_back_is_for_the_default(void **state)
{
    (void)state;
    survives(fault_in_a_circle);
}

static void send_by_thread(int number)
{
    earlier_calls++;
    (void)raise(number);
}

static void send_by_process(int number)
{
    earlier_calls++;
    (void)kill(getpid(), number);
}

static void fault_above_one_that_sends_by_thread(void)
{
    fault_above(send_by_thread);
    need(earlier_calls == 1 && swallowed == 0 && is_default());
}

/* That may be somebody else's signal, who only came at the same time. */
static void fault_above_one_that_sends_by_process(void)
{
    fault_above(send_by_process);
    need(earlier_calls == 1 && swallowed == 1 && !is_default());
}

/* It arrives where the fault was, and is taken for the end that it was meant to be. */
static void let_the_sent_one_come(void)
{
    lets_pass = 1;
    (void)signal(SIGBUS, send_by_process);
    need(*arm_below_mending() == 0);
    need(earlier_calls == 1 && mended == 2 && swallowed == 1 && is_default());
}

static void L2_the_same_signal_sent_again_is_for_the_default_and_others_stay(void **state)
{
    (void)state;
    survives(fault_above_one_that_sends_by_thread);
    survives(fault_above_one_that_sends_by_process);
    survives(let_the_sent_one_come);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L2_without_an_earlier_handler_the_default_is_put_back),
        IN_DIRECTORY(L2_what_was_sent_is_sent_once_more_to_the_default),
        IN_DIRECTORY(L2_a_fault_that_comes_back_is_for_the_default),
        IN_DIRECTORY(L2_the_same_signal_sent_again_is_for_the_default_and_others_stay),
    };
    return cmocka_run_group_tests_name("faults L2: mending", tests, NULL, NULL);
}
