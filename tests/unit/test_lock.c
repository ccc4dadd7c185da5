/* SPDX-License-Identifier: Apache-2.0 */
/* lock: one word that is a lock and a sequence number. */
#include <pthread.h>

#include "cmocka_all.h"
#include "lock.h"
#include "os/os.h"

static void a_held_lock_is_not_had_by_a_deadline(void **state)
{
    (void)state;
    mmio__lock lock = {0};
    assert_true(mmio__lock_until(&lock, MMIO__NO_WAIT));
    assert_false(mmio__lock_until(&lock, MMIO__NO_WAIT));
    const int64_t before = mmio__os_now_ns();
    assert_false(mmio__lock_until(&lock, mmio__deadline_after(20)));
    assert_true(mmio__os_now_ns() - before >= 20000000);
    mmio__unlock(&lock);
    assert_true(mmio__lock_until(&lock, MMIO__NO_WAIT));
    mmio__unlock(&lock);
}

static void readers_notice_every_lock_between(void **state)
{
    (void)state;
    mmio__lock lock = {0};
    const uint32_t note = mmio__lock_note(&lock);
    assert_true(mmio__lock_is_free(note));
    assert_true(mmio__lock_unchanged(&lock, note));
    mmio__lock_take(&lock);
    assert_false(mmio__lock_unchanged(&lock, note));
    assert_false(mmio__lock_is_free(mmio__lock_note(&lock)));
    mmio__unlock(&lock);
    assert_false(mmio__lock_unchanged(&lock, note));
    assert_true(mmio__lock_unchanged(&lock, mmio__lock_note(&lock)));
}

static void time_outs_become_deadlines(void **state)
{
    (void)state;
    assert_int_equal(mmio__deadline_after(0), MMIO__NO_WAIT);
    assert_int_equal(mmio__deadline_after(-1), MMIO__NO_DEADLINE);
    assert_int_equal(mmio__deadline_after(INT64_MIN), MMIO__NO_DEADLINE);
    assert_int_equal(mmio__deadline_after(INT64_MAX), MMIO__NO_DEADLINE);
    const int64_t now = mmio__os_now_ns();
    const mmio__deadline soon = mmio__deadline_after(1000);
    assert_true(soon >= now + 1000000000 && soon < now + 60000000000);
    assert_int_equal(mmio__deadline_status(MMIO__NO_WAIT), MMIO_ERR_BUSY);
    assert_int_equal(mmio__deadline_status(soon), MMIO_ERR_TIMEOUT);
}

enum { ROUNDS = 50000, THREADS = 4 };

typedef struct shared {
    mmio__lock lock;
    uint64_t plain; /* Only the lock protects it. */
} shared;

static void *add_body(void *argument)
{
    shared *s = argument;
    for (int i = 0; i < ROUNDS; i++) {
        mmio__lock_take(&s->lock);
        s->plain++;
        mmio__unlock(&s->lock);
    }
    return NULL;
}

static void the_lock_excludes_and_wakes(void **state)
{
    (void)state;
    shared s = {0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_body, &s), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(s.plain, (uint64_t)ROUNDS * THREADS);
}

static void *await_body(void *argument)
{
    mmio__lock_await(argument);
    return NULL;
}

static void awaiting_ends_with_the_unlock_and_takes_nothing(void **state)
{
    (void)state;
    mmio__lock lock = {0};
    mmio__lock_take(&lock);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, await_body, &lock), 0);
    while (atomic_load(&lock.waiters) == 0) {
    }
    mmio__unlock(&lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(mmio__lock_until(&lock, MMIO__NO_WAIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_lock_is_not_had_by_a_deadline),
        cmocka_unit_test(readers_notice_every_lock_between),
        cmocka_unit_test(time_outs_become_deadlines),
        cmocka_unit_test(the_lock_excludes_and_wakes),
        cmocka_unit_test(awaiting_ends_with_the_unlock_and_takes_nothing),
    };
    return cmocka_run_group_tests_name("unit: lock", tests, NULL, NULL);
}
