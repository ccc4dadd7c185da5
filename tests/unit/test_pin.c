/* SPDX-License-Identifier: Apache-2.0 */
/* pin: announcing, counting, awaiting; with and without the system's fence. */
#include <pthread.h>

#include "cmocka_all.h"
#include "pin.h"

static mmio__lock gate;

static mmio__pin *free_pin(void)
{
    assert_true(mmio__pin_make_room());
    mmio__pin *pin = mmio__pin_next();
    assert_non_null(pin);
    return pin;
}

static mmio__pin *pin_range(uintptr_t start, uintptr_t end)
{
    mmio__pin *pin = free_pin();
    assert_true(mmio__pin_announce(pin, &gate, mmio__lock_note(&gate), start, end));
    return pin;
}

static void only_pins_that_reach_into_the_range_count(void **state)
{
    (void)state;
    mmio__pin *pin = pin_range(100, 200);
    assert_int_equal(mmio__pins_count(0, 100, MMIO__PINS_ALL).own, 0);
    assert_int_equal(mmio__pins_count(0, 101, MMIO__PINS_ALL).own, 1);
    assert_int_equal(mmio__pins_count(199, 300, MMIO__PINS_ALL).own, 1);
    assert_int_equal(mmio__pins_count(200, 300, MMIO__PINS_ALL).own, 0);
    assert_int_equal(mmio__pins_count(120, 130, MMIO__PINS_ALL).own, 1);
    assert_int_equal(mmio__pins_count(0, 1000, MMIO__PINS_ALL).others, 0);
    assert_false(mmio__pin_withdraw(pin));
    assert_int_equal(mmio__pins_count(0, 1000, MMIO__PINS_ALL).own, 0);
}

static void pins_for_writing_can_be_told_apart(void **state)
{
    (void)state;
    mmio__pin *reader = pin_range(100, 200);
    mmio__pin *writer = pin_range(150, 250 | MMIO__PIN_WRITES);
    assert_int_equal(mmio__pins_count(0, 1000, MMIO__PINS_ALL).own, 2);
    assert_int_equal(mmio__pins_count(0, 1000, MMIO__PINS_WRITING).own, 1);
    assert_int_equal(mmio__pins_count(100, 150, MMIO__PINS_WRITING).own, 0);
    assert_int_equal(mmio__pins_count(250, 300, MMIO__PINS_ALL).own, 0);
    assert_false(mmio__pin_withdraw(reader));
    assert_false(mmio__pin_withdraw(writer));
}

static void a_gate_that_changed_is_noticed(void **state)
{
    (void)state;
    const uint32_t note = mmio__lock_note(&gate);
    mmio__pin *pin = free_pin();
    mmio__lock_take(&gate);
    assert_false(mmio__pin_announce(pin, &gate, note, 1, 2));
    mmio__unlock(&gate);
    assert_false(mmio__pin_announce(pin, &gate, note, 1, 2));
    assert_true(mmio__pin_announce(pin, &gate, mmio__lock_note(&gate), 1, 2));
    assert_false(mmio__pin_withdraw(pin));
}

static void only_awaited_pins_report_their_withdrawal_and_only_once(void **state)
{
    (void)state;
    mmio__pin *near = pin_range(100, 200);
    mmio__pin *far = pin_range(1000, 2000);
    assert_int_equal(mmio__pins_count(0, 500, MMIO__PINS_AWAIT).own, 1);
    assert_false(mmio__pin_withdraw(far));
    assert_true(mmio__pin_withdraw(near));
    near = pin_range(100, 200);
    assert_false(mmio__pin_withdraw(near));
}

typedef struct visitor {
    mmio__pin *pin;
    mmio__pin_table *table;
} visitor;

static void *pin_and_leave(void *argument)
{
    visitor *v = argument;
    mmio__pin *earlier = pin_range(1, 2);
    v->pin = pin_range(5000, 6000);
    assert_false(mmio__pin_withdraw(earlier));
    v->table = mmio__own_pins;
    return NULL;
}

static visitor visit(void)
{
    visitor v = {0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pin_and_leave, &v), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return v;
}

static void a_dead_threads_table_is_adopted_once_its_pins_are_gone(void **state)
{
    (void)state;
    const visitor first = visit();
    assert_int_equal(mmio__pins_count(5000, 6000, MMIO__PINS_ALL).others, 1);
    /* Its pin would count as the adopter's own. */
    const visitor second = visit();
    assert_ptr_not_equal(first.table, second.table);
    assert_int_equal(mmio__pins_count(5000, 6000, MMIO__PINS_ALL).others, 2);
    assert_false(mmio__pin_withdraw(first.pin));
    assert_false(mmio__pin_withdraw(second.pin));
    assert_int_equal(mmio__pins_count(5000, 6000, MMIO__PINS_ALL).others, 0);
    const visitor third = visit();
    const visitor fourth = visit();
    assert_true(third.table == first.table || third.table == second.table);
    assert_true(fourth.table == first.table || fourth.table == second.table);
    assert_false(mmio__pin_withdraw(third.pin));
    assert_false(mmio__pin_withdraw(fourth.pin));
}

static void one_thread_may_hold_more_pins_than_a_table(void **state)
{
    (void)state;
    enum { PINS = 5000 };
    static mmio__pin *pins[PINS];
    for (uintptr_t i = 0; i < PINS; i++) {
        pins[i] = pin_range(10000 + i, 10001 + i);
    }
    assert_int_equal(mmio__pins_count(10000, 20000, MMIO__PINS_ALL).own, PINS);
    for (size_t i = 0; i < PINS; i += 2) {
        assert_false(mmio__pin_withdraw(pins[i]));
    }
    assert_int_equal(mmio__pins_count(10000, 20000, MMIO__PINS_ALL).own, PINS / 2);
    for (size_t i = 1; i < PINS; i += 2) {
        assert_false(mmio__pin_withdraw(pins[i]));
    }
    assert_int_equal(mmio__pins_count(10000, 20000, MMIO__PINS_ALL).own, 0);
}

/* Each table is twice as long as the last, so that there are few, and no more than are needed. */
static void tables_grow_with_the_pins(void **state)
{
    (void)state;
    uint32_t tables = 0;
    uint32_t slots = 0;
    for (const mmio__pin_table *table = mmio__own_pins; table != NULL; table = table->chain) {
        tables++;
        slots += table->slot_count;
        assert_true(table->chain == NULL || table->number != table->chain->number);
    }
    assert_in_range(tables, 2, 16);
    assert_in_range(slots, 5000, 20000);
}

static void a_slot_that_is_free_again_is_the_next(void **state)
{
    (void)state;
    mmio__pin *pin = pin_range(100, 200);
    assert_false(mmio__pin_withdraw(pin));
    assert_ptr_equal(pin_range(300, 400), pin);
    assert_false(mmio__pin_withdraw(pin));
}

static void see_the_pin(uintptr_t start, uintptr_t end, void *seen)
{
    assert_int_equal(start, 100);
    assert_int_equal(end, 200);
    ++*(int *)seen;
}

static void only_pins_are_visited(void **state)
{
    (void)state;
    int seen = 0;
    mmio__pin *free = pin_range(1, 2);
    mmio__pin *pin = pin_range(100, 200 | MMIO__PIN_WRITES);
    assert_false(mmio__pin_withdraw(free));
    mmio__pins_visit(see_the_pin, &seen);
    assert_int_equal(seen, 1);
    assert_false(mmio__pin_withdraw(pin));
}

/* Pins and withdraws without end, and counts the withdrawals that somebody awaited. */
typedef struct restless {
    _Atomic bool is_over;
    _Atomic uint64_t reports;
} restless;

static void *pin_and_withdraw(void *argument)
{
    restless *r = argument;
    while (!atomic_load(&r->is_over)) {
        mmio__pin *pin = pin_range(7000, 8000);
        atomic_fetch_add(&r->reports, mmio__pin_withdraw(pin));
    }
    return NULL;
}

static void every_pin_that_awaiting_counts_reports_its_withdrawal(void **state)
{
    (void)state;
    restless r = {false, 0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pin_and_withdraw, &r), 0);
    for (int round = 0; round < 20000; round++) {
        const uint64_t before = atomic_load(&r.reports);
        if (mmio__pins_count(7000, 8000, MMIO__PINS_AWAIT).others != 0) {
            /* Without the report this waits for ever, as a shrink would. */
            while (atomic_load(&r.reports) == before) {
            }
        }
    }
    atomic_store(&r.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static int use_system_fence(void **state)
{
    (void)state;
    mmio__fences_prepare();
    return mmio__fences_each;
}

static int fence_each(void **state)
{
    (void)state;
    mmio__fences_each = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_pins_that_reach_into_the_range_count),
        cmocka_unit_test(pins_for_writing_can_be_told_apart),
        cmocka_unit_test(a_gate_that_changed_is_noticed),
        cmocka_unit_test(only_awaited_pins_report_their_withdrawal_and_only_once),
        cmocka_unit_test(every_pin_that_awaiting_counts_reports_its_withdrawal),
        cmocka_unit_test(a_dead_threads_table_is_adopted_once_its_pins_are_gone),
        cmocka_unit_test(one_thread_may_hold_more_pins_than_a_table),
        cmocka_unit_test(tables_grow_with_the_pins),
        cmocka_unit_test(a_slot_that_is_free_again_is_the_next),
        cmocka_unit_test(only_pins_are_visited),
    };
    return cmocka_run_group_tests_name("unit: pins, system fence", tests, use_system_fence, NULL) +
           cmocka_run_group_tests_name("unit: pins, own fences", tests, fence_each, NULL);
}
