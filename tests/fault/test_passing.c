/* SPDX-License-Identifier: Apache-2.0 */
/* L2: earlier handlers that take long, or never return. */
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "faults.h"

#define MANY 200

/* A page of a file that is empty by now. */
static const volatile uint8_t *gone;

static _Thread_local sigjmp_buf out;
static atomic_int calls;

static void arm_above(void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    need(sigaction(SIGBUS, &action, NULL) == 0);
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    make_file("g", page_size(), 'x');
    const void *data;
    need(mmio_map_data(open_mode("g", MMIO_MODE_RW), &data, NULL) == MMIO_OK);
    need(truncate("g", 0) == 0);
    gone = data;
}

static void jump_out(int number)
{
    (void)number;
    atomic_fetch_add(&calls, 1);
    siglongjmp(out, 1);
}

static void fault_once(void)
{
    if (sigsetjmp(out, 1) == 0) {
        (void)*gone;
        need(false);
    }
}

/* Ever deeper in the stack, and back. */
static void fault_deeper(int depth) /* NOLINT(misc-no-recursion) */
{
    volatile uint8_t room[100];
    room[0] = (uint8_t)depth;
    fault_once();
    if (depth != 0) {
        fault_deeper(depth - 1);
    }
    fault_once();
    (void)room[0];
}

static void jump_out_at_each_depth(void)
{
    arm_above(jump_out);
    fault_deeper(MANY);
    need(calls == 2 * (MANY + 1));
}

static void L2_a_handler_may_jump_out_at_any_depth(void **state)
{
    (void)state;
    survives(jump_out_at_each_depth);
}

static void *fault_on_thread(void *unused)
{
    fault_once();
    return unused;
}

static void jump_out_on_each_thread(void)
{
    arm_above(jump_out);
    for (int i = 0; i < MANY; i++) {
        uintptr_t thread;
        start_thread(&thread, fault_on_thread, NULL);
        (void)join_thread(thread);
    }
    need(calls == MANY);
}

static void L2_a_handler_may_jump_out_on_any_number_of_threads(void **state)
{
    (void)state;
    survives(jump_out_on_each_thread);
}

/* Nobody leaves before all are in. */
static void meet(int number)
{
    atomic_fetch_add(&calls, 1);
    while (atomic_load(&calls) < MANY) {
        (void)usleep(100);
    }
    jump_out(number);
}

static void meet_in_handler(void)
{
    arm_above(meet);
    uintptr_t threads[MANY];
    for (int i = 0; i < MANY; i++) {
        start_thread(&threads[i], fault_on_thread, NULL);
    }
    for (int i = 0; i < MANY; i++) {
        (void)join_thread(threads[i]);
    }
    need(calls == 2 * MANY);
}

static void L2_any_number_of_threads_may_be_in_a_handler(void **state)
{
    (void)state;
    survives(meet_in_handler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(L2_a_handler_may_jump_out_at_any_depth),
        IN_DIRECTORY(L2_a_handler_may_jump_out_on_any_number_of_threads),
        IN_DIRECTORY(L2_any_number_of_threads_may_be_in_a_handler),
    };
    return cmocka_run_group_tests_name("contract L2: passing faults on", tests, NULL, NULL);
}
