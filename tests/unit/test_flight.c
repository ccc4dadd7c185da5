/* SPDX-License-Identifier: Apache-2.0 */
/* F7, F6: flushes that are shared, and what those who share them are told. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "cmocka_all.h"
#include "flight.h"

/* Somebody who wants the whole flushed. */
typedef struct caller {
    mmio__flights *flights;
    bool is_full;
    bool leads;
    int32_t code;
    pthread_t thread;
} caller;

static void *ask(void *argument)
{
    caller *c = argument;
    c->code = -1;
    c->leads = mmio__flights_lead(c->flights, &c->is_full, &c->code);
    return NULL;
}

static uint32_t sleepers_of(mmio__flights *flights)
{
    mmio__lock_take(&flights->lock);
    const uint32_t sleepers = flights->sleepers;
    mmio__unlock(&flights->lock);
    return sleepers;
}

/* Comes while a flush runs, and so waits for the next one. */
static void come(caller *c, mmio__flights *flights, bool is_full)
{
    const uint32_t before = sleepers_of(flights);
    *c = (caller){.flights = flights, .is_full = is_full};
    assert_int_equal(pthread_create(&c->thread, NULL, ask, c), 0);
    while (sleepers_of(flights) == before) {
        (void)sched_yield();
    }
}

/* Ends a flush, for which two have come; one of them leads the next. Answers which. */
static size_t end_and_find_leader(mmio__flights *flights, caller two[2], int32_t code)
{
    const uint64_t begun = flights->whole_begun;
    mmio__flights_led(flights, code);
    for (bool has_begun = false; !has_begun;) {
        mmio__lock_take(&flights->lock);
        /* The other one has looked too, and sleeps again. */
        has_begun = flights->whole_begun == begun + 1 && flights->sleepers == 1;
        mmio__unlock(&flights->lock);
    }
    for (size_t i = 0; i < 2; i++) {
        if (pthread_tryjoin_np(two[i].thread, NULL) == 0) {
            return i;
        }
    }
    return 2;
}

/* The leader's thread may still be about to end. */
static size_t leader_of(mmio__flights *flights, caller two[2], int32_t code)
{
    size_t leader = end_and_find_leader(flights, two, code);
    while (leader == 2) {
        (void)sched_yield();
        for (size_t i = 0; i < 2 && leader == 2; i++) {
            leader = pthread_tryjoin_np(two[i].thread, NULL) == 0 ? i : 2;
        }
    }
    return leader;
}

static void check_one_order(int32_t first_code, int32_t second_code, size_t full)
{
    mmio__flights flights = {0};
    caller first = {.flights = &flights};
    caller two[2];
    (void)ask(&first);
    assert_true(first.leads);
    assert_false(first.is_full);
    come(&two[0], &flights, full == 0);
    come(&two[1], &flights, full == 1);
    const size_t leader = leader_of(&flights, two, first_code);
    caller *other = &two[1 - leader];
    assert_true(two[leader].leads);
    assert_true(two[leader].is_full); /* Whoever leads, one of them wants it. */
    mmio__flights_led(&flights, second_code);
    assert_int_equal(pthread_join(other->thread, NULL), 0);
    assert_false(other->leads);
    assert_int_equal(other->code, second_code);

    caller next = {.flights = &flights};
    (void)ask(&next);
    assert_true(next.leads);
    assert_false(next.is_full);
    mmio__flights_led(&flights, 0);
}

/* Whichever of the two wants the metadata, too. */
static void check_shared(int32_t first_code, int32_t second_code)
{
    check_one_order(first_code, second_code, 0);
    check_one_order(first_code, second_code, 1);
}

static void F7_one_of_those_who_came_meanwhile_flushes_for_all(void **state)
{
    (void)state;
    check_shared(0, 0);
}

static void F7_F6_a_failure_is_told_to_those_it_was_shared_with(void **state)
{
    (void)state;
    check_shared(0, EIO);
}

static void F7_F6_a_failure_before_is_not_theirs(void **state)
{
    (void)state;
    check_shared(EIO, 0);
    check_shared(EIO, ENOSPC);
}

/* However late the one who shared it looks, and whatever the next flush comes to. */
static void check_told_late(bool next_is_over)
{
    mmio__flights flights = {0};
    caller first = {.flights = &flights};
    caller next = {.flights = &flights};
    caller two[2];
    (void)ask(&first);
    come(&two[0], &flights, false);
    come(&two[1], &flights, false);
    const size_t leader = leader_of(&flights, two, 0);
    caller *other = &two[1 - leader];
    mmio__flights_led(&flights, EIO);
    (void)ask(&next);
    assert_true(next.leads);
    if (next_is_over) {
        mmio__flights_led(&flights, 0);
    }
    assert_int_equal(pthread_join(other->thread, NULL), 0);
    assert_int_equal(other->code, EIO);
    if (!next_is_over) {
        mmio__flights_led(&flights, 0);
    }
}

static void F7_F6_a_failure_is_told_beside_and_behind_the_next_flush(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        check_told_late(false);
        check_told_late(true);
    }
}

/* Those that began before the end of one are waited for, and no others. */
typedef struct asker {
    mmio__flights *flights;
    mmio__flight flight;
    const _Atomic bool *is_over; /* Whether who is waited for has come to its end. */
    bool came_after;
    pthread_t thread;
} asker;

static void *end(void *argument)
{
    asker *a = argument;
    mmio__flight_end(a->flights, &a->flight);
    a->came_after = *a->is_over;
    return NULL;
}

/* Ends a flight on a thread of its own, which then waits for an earlier one. */
static void end_and_let_sleep(asker *a)
{
    const uint32_t before = sleepers_of(a->flights);
    assert_int_equal(pthread_create(&a->thread, NULL, end, a), 0);
    while (sleepers_of(a->flights) <= before) {
        (void)sched_yield();
    }
}

static void F6_who_was_told_nothing_waits_for_those_who_asked_beside(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        mmio__flights flights = {0};
        _Atomic bool is_over = false;
        mmio__flight late;
        asker middle = {.flights = &flights, .is_over = &is_over};
        asker last = middle;
        asker early = middle;
        mmio__flight_begin(&flights, &early.flight);
        mmio__flight_begin(&flights, &middle.flight);
        mmio__flight_begin(&flights, &last.flight);
        end_and_let_sleep(&last);
        assert_ptr_equal(flights.oldest, &early.flight);
        assert_ptr_equal(early.flight.next, &middle.flight);
        assert_null(middle.flight.next);
        /* Its end wakes the other, who goes on to wait. */
        end_and_let_sleep(&middle);
        mmio__flight_begin(&flights, &late);
        is_over = true;
        assert_int_equal(pthread_create(&early.thread, NULL, end, &early), 0);
        assert_int_equal(pthread_join(middle.thread, NULL), 0);
        assert_int_equal(pthread_join(last.thread, NULL), 0);
        assert_true(middle.came_after);
        assert_true(last.came_after);
        /* It had begun before the end of this one, and is the youngest. */
        while (sleepers_of(&flights) != 1) {
            (void)sched_yield();
        }
        assert_ptr_equal(flights.oldest, &late);
        mmio__flight_end(&flights, &late);
        assert_int_equal(pthread_join(early.thread, NULL), 0);
        assert_null(flights.oldest);
        assert_int_equal(sleepers_of(&flights), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(F7_one_of_those_who_came_meanwhile_flushes_for_all),
        cmocka_unit_test(F7_F6_a_failure_is_told_to_those_it_was_shared_with),
        cmocka_unit_test(F7_F6_a_failure_before_is_not_theirs),
        cmocka_unit_test(F7_F6_a_failure_is_told_beside_and_behind_the_next_flush),
        cmocka_unit_test(F6_who_was_told_nothing_waits_for_those_who_asked_beside),
    };
    return cmocka_run_group_tests_name("unit: shared flushes", tests, NULL, NULL);
}
