/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that is killed takes nothing with it: what the library had done is in the file, the
 * file opens, and nothing of the dead process is in the way.
 *
 * MMIO_KILLS says how many processes are killed, MMIO_KILL_SEED what they do and when they die. The
 * moment is the system's as well, so that a seed may need more than one run to show the same again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "siege.h"
#include "support.h"

/* Sanitizers are slow to begin and to end. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define KILLS_USUAL 100
#else
#define KILLS_USUAL 1000
#endif
#define KILLS_TO_NOTICE 2000

static const load *const loads[] = {&load_append, &load_slots, &load_resize, &load_publish,
                                    &load_locks};

#define LOADS (sizeof loads / sizeof loads[0])

static tally all;

static uint64_t setting(const char *name, uint64_t usual)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : usual;
}

static uint64_t seed;

static void choose_seed(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    dice chance = {.state = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec};
    seed = setting("MMIO_KILL_SEED", throw_bits(&chance) >> 32);
    print_message("kill: MMIO_KILL_SEED=%" PRIu64 "\n", seed);
}

static void survives(const load *under)
{
    const siege s = {
        .under = under, .kills = setting("MMIO_KILLS", KILLS_USUAL) / LOADS, .seed = seed};
    const tally t = lay_siege(&s);
    print_message("kill: %s: %" PRIu64 " kills, %" PRIu64 " records promised\n", under->name,
                  t.kills, t.promised);
    all.kills += t.kills;
    all.promised += t.promised;
    all.lost += t.lost;
    if (t.lost != 0) {
        print_error("MMIO_KILL_SEED=%" PRIu64 ", kill %" PRIu64 ": not so: %s\n", seed, t.kills,
                    t.wrong);
        fail();
    }
    assert_true(t.promised != 0);
}

static void D6_appended_records_outlive_their_process(void **state)
{
    (void)state;
    survives(&load_append);
}

static void F5_what_is_written_outlives_its_process_before_any_flush(void **state)
{
    (void)state;
    survives(&load_slots);
}

static void E2_E3_a_process_that_dies_resizing_leaves_a_whole_file(void **state)
{
    (void)state;
    survives(&load_resize);
}

static void F8_a_published_file_is_old_or_new_when_its_process_dies(void **state)
{
    (void)state;
    survives(&load_publish);
}

static void B10_H3_locks_of_the_dead_are_free_and_shared_memory_goes_on(void **state)
{
    (void)state;
    survives(&load_locks);
}

/* The same loads, with workers that promise what they have not done yet. */
static void promises_made_too_early_are_noticed(void **state)
{
    for (size_t i = 0; i < LOADS; i++) {
        const siege s = {
            .under = loads[i], .kills = KILLS_TO_NOTICE, .seed = seed, .is_planted = true};
        const tally t = lay_siege(&s);
        print_message("kill: %s: a planted fault is noticed at kill %" PRIu64 "\n", loads[i]->name,
                      t.kills);
        assert_int_equal(t.lost, 1);
        assert_int_equal(leave_directory(state), 0);
        assert_int_equal(enter_directory(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(D6_appended_records_outlive_their_process),
        IN_DIRECTORY(F5_what_is_written_outlives_its_process_before_any_flush),
        IN_DIRECTORY(E2_E3_a_process_that_dies_resizing_leaves_a_whole_file),
        IN_DIRECTORY(F8_a_published_file_is_old_or_new_when_its_process_dies),
        IN_DIRECTORY(B10_H3_locks_of_the_dead_are_free_and_shared_memory_goes_on),
        IN_DIRECTORY(promises_made_too_early_are_noticed),
    };
    choose_seed();
    const int failed = cmocka_run_group_tests_name("kill", tests, NULL, NULL);
    print_message("kill: %" PRIu64 " kills, %" PRIu64 " records promised, %" PRIu64 " lost\n",
                  all.kills, all.promised, all.lost);
    return failed;
}
