/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A6: every call of the system, and every allocation, that the library makes fails in turn.
 *
 * Each scenario runs one public function, or a few, failing at its first, second, … call with every
 * code that the call has; then at two calls; then wherever chance will have it. After each run the
 * status and the system's code must be those of what failed, nothing may be left over, nothing may
 * have changed that was not to change, and the same call must succeed.
 *
 * MMIO_FAULT_RUNS=…        that many runs, all pairs among them, instead of the short form.
 * MMIO_FAULT_SCENARIO=…    only the scenario of this name.
 * MMIO_FAULT_DIRECTORY=…   where the files are; else in memory.
 * MMIO_FAULT_REPORT=…      a file for check_cover.py.
 * MMIO_FAULT_MARKS=1       for check_trace.py: single failures only, with marks in the trace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "driver.h"
#include "places.h"

#define SEED 1u
#define CHANCE_RUNS 120u /* Of each scenario, in the short form. */

static tally all;

static sweep whole(void)
{
    return (sweep){.only = getenv("MMIO_FAULT_SCENARIO"),
                   .is_long = getenv("MMIO_FAULT_RUNS") != NULL};
}

static void check_tally(const tally *t)
{
    if (t->wrong != 0) {
        print_error("%lu wrong, first: %s\n", t->wrong, t->first_wrong);
    }
    assert_true(t->runs != 0);
    assert_int_equal(t->wrong, 0);
}

/* Before anything else, so that there is no past. */
static void A6_calls_that_fail_at_the_first_use_are_answered_for(void **state)
{
    (void)state;
    sweep s = whole();
    s.is_cold = s.only == NULL;
    sweep_singles(&s, &all);
    sweep_pairs(&s, &all);
    check_tally(&all);
}

static void A6_each_call_that_fails_alone_is_answered_for(void **state)
{
    (void)state;
    const sweep s = whole();
    sweep_singles(&s, &all);
    check_tally(&all);
}

static void A6_so_are_two_calls_that_fail(void **state)
{
    (void)state;
    const sweep s = whole();
    sweep_pairs(&s, &all);
    check_tally(&all);
}

static void A6_so_are_calls_that_fail_by_chance(void **state)
{
    (void)state;
    const sweep s = whole();
    const char *wanted = getenv("MMIO_FAULT_RUNS");
    const unsigned long rest = wanted != NULL && strtoul(wanted, NULL, 10) > all.runs
                                   ? strtoul(wanted, NULL, 10) - all.runs
                                   : 0;
    sweep_chance(&s, SEED, s.is_long ? rest / count_chance(&s) + 1 : CHANCE_RUNS, &all);
    check_tally(&all);
}

/* The driver itself: what is wrong with the calls, or with what follows them, is noticed. */
static void what_is_planted_is_noticed(void **state)
{
    (void)state;
    static const struct {
        planted is;
        const char *scenario;
        const char *words;
    } cases[] = {
        {PLANTED_LOST_DESCRIPTOR, "open RW", "descriptors"},
        {PLANTED_LOST_MEMORY, "grow and move", "blocks"},
        {PLANTED_LOST_MAPPING, "anonymous with huge pages", "mappings"},
        {PLANTED_KEPT_NAME, "create", "count_names()"},
        {PLANTED_KEPT_SIZE, "grow and move", "size_of(\"f\")"},
        {PLANTED_SUCCESS, "flush", "it succeeded"},
        {PLANTED_OTHER_CODE, "flush", "no call that failed explains"},
        {PLANTED_OTHER_CODE, "lock a range", "no call that failed explains"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const sweep s = {.only = cases[i].scenario, .is_planted = cases[i].is};
        tally t = {.runs = 0};
        sweep_singles(&s, &t);
        if (t.wrong == 0 || strstr(t.first_wrong, cases[i].words) == NULL) {
            fail_msg("planted %d: wanted \"%s\" in: %s", (int)cases[i].is, cases[i].words,
                     t.first_wrong);
        }
    }
}

static void a_run_can_be_repeated(void **state)
{
    (void)state;
    const sweep s = {.only = "copy a file"};
    tally first = {.runs = 0};
    tally second = {.runs = 0};
    sweep_pairs(&s, &first);
    sweep_pairs(&s, &second);
    assert_int_equal(first.runs, second.runs);
    assert_int_equal(first.harmless, second.harmless);
}

static void write_report(void)
{
    const char *path = getenv("MMIO_FAULT_REPORT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        print_cover(file);
        NEED(fclose(file) == 0);
    }
    NEED(path == NULL || file != NULL);
}

int main(void)
{
    char directory[256];
    const char *parent = getenv("MMIO_FAULT_DIRECTORY");
    (void)snprintf(directory, sizeof directory, "%s/mmio-fault-points-XXXXXX",
                   parent != NULL ? parent : "/dev/shm");
    NEED(places_read());
    NEED(mkdtemp(directory) != NULL && chdir(directory) == 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(A6_calls_that_fail_at_the_first_use_are_answered_for),
        cmocka_unit_test(A6_each_call_that_fails_alone_is_answered_for),
        cmocka_unit_test(A6_so_are_two_calls_that_fail),
        cmocka_unit_test(A6_so_are_calls_that_fail_by_chance),
        cmocka_unit_test(what_is_planted_is_noticed),
        cmocka_unit_test(a_run_can_be_repeated),
    };
    if (getenv("MMIO_FAULT_MARKS") != NULL) {
        cmocka_set_test_filter("A6_each_*");
    }
    const int failed = cmocka_run_group_tests_name("fault points", tests, NULL, NULL);
    print_message("fault points: %lu scenarios, %lu runs, %lu distinct points, %lu wrong\n",
                  count_scenarios(), all.runs, all.points, all.wrong);
    (void)chdir("/");
    (void)rmdir(directory);
    write_report();
    return failed;
}
