/* SPDX-License-Identifier: Apache-2.0 */
#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "places.h"
#include "run.h"

static const scenario_table *const tables[] = {
    &scenarios_of_first_use, &scenarios_of_maps,    &scenarios_of_length,
    &scenarios_of_bytes,     &scenarios_of_objects, &scenarios_of_paging,
    &scenarios_of_files,     &scenarios_of_threads, &scenarios_of_faults,
};

#define TABLE_COUNT (sizeof tables / sizeof tables[0])

/* Points and places that were met. */

#define SET_SIZE 65536u

typedef struct number_set {
    uint64_t numbers[SET_SIZE];
    size_t count;
} number_set;

static number_set points;
static number_set places;

/* True if it was not there. A full set takes no more. */
static bool set_add(number_set *set, uint64_t number)
{
    uint64_t place = number * 0x9e3779b97f4a7c15u >> 48;
    while (set->numbers[place] != 0 && set->numbers[place] != number) {
        place = (place + 1) % SET_SIZE;
    }
    if (set->numbers[place] == number || set->count == SET_SIZE / 2) {
        return false;
    }
    set->numbers[place] = number;
    set->count++;
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t number)
{
    return (hash ^ number) * 0x100000001b3u;
}

static uint64_t point_of(const scenario *s, const hit *h)
{
    uint64_t hash = mix(mix(0xcbf29ce484222325u, (uintptr_t)s), (uint64_t)h->code);
    for (size_t i = 0; i < FRAMES && h->from[i] != NULL; i++) {
        hash = mix(hash, place_offset(h->from[i]));
    }
    return hash | 1;
}

/* Runs. */

typedef struct session {
    const sweep *how;
    tally *t;
    const scenario *s;
    remains usual;
    plan p;
} session;

static void tell_wrong(session *se, const outcome *o)
{
    char text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%s: %s; failed:", se->s->name, o->wrong);
    for (size_t i = 0; i < o->calls.hit_count && used + 1 < sizeof text; i++) {
        char of_hit[300];
        hit_text(&o->calls.hits[i], of_hit, sizeof of_hit);
        used += (size_t)snprintf(text + used, sizeof text - used, " [%u] %s;",
                                 o->calls.hits[i].number, of_hit);
    }
    if (se->t->wrong++ == 0) {
        memcpy(se->t->first_wrong, text, sizeof text);
    }
    if (se->how->is_planted == PLANTED_NOTHING && se->t->wrong <= 400) {
        (void)fprintf(stderr, "wrong: %s\n", text);
    }
}

static bool has_others(const scenario *s)
{
    return (s->flags & (OTHERS | OTHERS_TELL)) != 0;
}

/* What a thread leaves for others when it first needs it, once for as many threads as there ever
 * are at a time, looks like a leak. A leak comes again. */
#define RUNS_TO_SETTLE 4

static void run_settled(const session *se, const plan *p, outcome *o)
{
    run_scenario(se->s, p, &se->usual, o);
    for (int i = 1; i < RUNS_TO_SETTLE && has_others(se->s) && o->is_left_over; i++) {
        run_scenario(se->s, p, &se->usual, o);
    }
}

static void run(session *se, outcome *o)
{
    se->p.is_planted = se->how->is_planted;
    run_settled(se, &se->p, o);
    se->t->runs++;
    for (size_t i = 0; i < o->calls.hit_count; i++) {
        const hit *h = &o->calls.hits[i];
        (void)effect_of(h); /* Counts for the rules, also what failed in another process. */
        se->t->points += set_add(&points, point_of(se->s, h));
        (void)set_add(&places, place_offset(h->from[0]));
    }
    se->t->harmless += o->calls.hit_count != 0 && o->status == MMIO_OK;
    if (o->wrong[0] != '\0') {
        tell_wrong(se, o);
    }
}

/* Twice without failures: what stays for ever is there then, and the second leaves nothing. */
static void warm_up(session *se)
{
    outcome o;
    const plan none = {.fault_count = 0};
    const bool is_cold = (se->s->flags & COLD) != 0;
    memset(&se->usual, 0, sizeof se->usual);
    run_scenario(se->s, &none, &se->usual, &o);
    if (is_cold) {
        se->usual = o.left;
    }
    run_settled(se, &none, &o);
    if (o.status != MMIO_OK || o.wrong[0] != '\0') {
        (void)snprintf(o.wrong + strlen(o.wrong), sizeof o.wrong - strlen(o.wrong),
                       " (without any failure, status %d)", (int)o.status);
        tell_wrong(se, &o);
    }
    if ((se->s->flags & NO_CALLS) != 0 && o.calls.calls != 0) {
        (void)snprintf(o.wrong, sizeof o.wrong, "it calls what can fail");
        tell_wrong(se, &o);
    }
}

typedef void (*sweeper)(session *se, const outcome *single);

/* Fails each call in each way; hands each run on. */
static void fail_each(session *se, bool of_others, sweeper next)
{
    outcome o;
    unsigned number = 1;
    unsigned code = 0;
    for (;;) {
        se->p = (plan){.faults = {{number, code}}, .fault_count = 1, .of_others = of_others};
        run(se, &o);
        if (o.calls.code_counts[0] == 0) {
            return;
        }
        next(se, &o);
        code++;
        if (code >= o.calls.code_counts[0]) {
            code = 0;
            number++;
        }
    }
}

static void fail_no_more(session *se, const outcome *single)
{
    (void)se;
    (void)single;
}

/* And, with that, each later call. */
static void fail_second(session *se, const outcome *single)
{
    outcome o;
    const plan first = se->p;
    unsigned last = single->calls.calls;
    if ((se->s->flags & SLOW) != 0 && !se->how->is_long) {
        if (first.faults[0].code != 0) {
            return;
        }
        last = single->status == MMIO_OK ? first.faults[0].number + 2 : last;
    }
    unsigned code = first.faults[0].code;
    for (unsigned number = first.faults[0].number + 1; number <= last;) {
        se->p = first;
        se->p.faults[1] = (fault){number, code};
        se->p.fault_count = 2;
        run(se, &o);
        const unsigned codes = o.calls.code_counts[1];
        if (codes == 0) {
            break;
        }
        if (se->how->is_long && code + 1 < codes) {
            code++;
        } else {
            number++;
            code = se->how->is_long ? 0 : (code + 1) % codes;
        }
    }
    se->p = first;
}

static bool is_chosen(const sweep *how, const scenario *s)
{
    return how->only != NULL ? strcmp(how->only, s->name) == 0
                             : how->is_cold == ((s->flags & COLD) != 0);
}

static void each_scenario(const sweep *how, tally *t, void (*body)(session *se))
{
    session se = {.how = how, .t = t};
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            se.s = &tables[i]->first[j];
            if (is_chosen(how, se.s)) {
                warm_up(&se);
                body(&se);
            }
        }
    }
}

static void both_threads(session *se, sweeper next)
{
    if ((se->s->flags & NO_CALLS) != 0) {
        return;
    }
    fail_each(se, false, next);
    if (has_others(se->s)) {
        fail_each(se, true, next);
    }
}

static void single_body(session *se)
{
    both_threads(se, fail_no_more);
}

static void pair_body(session *se)
{
    both_threads(se, fail_second);
}

void sweep_singles(const sweep *s, tally *t)
{
    each_scenario(s, t, single_body);
}

void sweep_pairs(const sweep *s, tally *t)
{
    each_scenario(s, t, pair_body);
}

static uint64_t chance_seed;
static unsigned long chance_runs;

static bool is_for_chance(const scenario *s)
{
    return (s->flags & (NO_CALLS | COLD | SLOW)) == 0;
}

static void chance_body(session *se)
{
    outcome o;
    if (!is_for_chance(se->s)) {
        return;
    }
    for (unsigned long i = 0; i < chance_runs; i++) {
        se->p = (plan){.dice = ++chance_seed, .of_others = has_others(se->s) && i % 2 != 0};
        run(se, &o);
    }
}

void sweep_chance(const sweep *s, uint64_t seed, unsigned long runs, tally *t)
{
    chance_seed = seed;
    chance_runs = runs;
    each_scenario(s, t, chance_body);
}

unsigned long count_scenarios(void)
{
    unsigned long count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        count += tables[i]->count;
    }
    return count;
}

unsigned long count_chance(const sweep *s)
{
    unsigned long count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            const scenario *each = &tables[i]->first[j];
            count += is_for_chance(each) && is_chosen(s, each);
        }
    }
    return count != 0 ? count : 1;
}

#define SCENARIOS_MOST 512u

/* The one of this number, of those that are for chance. */
static const scenario *chance_scenario(uint64_t number)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            if (is_for_chance(&tables[i]->first[j]) && number-- == 0) {
                return &tables[i]->first[j];
            }
        }
    }
    return NULL;
}

void run_planned(uint64_t number, const plan *p, tally *t)
{
    static const sweep all = {.only = NULL};
    static session sessions[SCENARIOS_MOST]; /* Of those that are warm. */
    const uint64_t place = number % count_chance(&all);
    NEED(place < SCENARIOS_MOST);
    session *se = &sessions[place];
    se->how = &all;
    se->t = t;
    if (se->s == NULL) {
        se->s = chance_scenario(place);
        NEED(se->s != NULL);
        warm_up(se);
    }
    outcome o;
    se->p = *p;
    se->p.of_others = p->of_others && has_others(se->s);
    run(se, &o);
}

/* What others check. */

static void print_functions(FILE *file)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            (void)fprintf(file, "functions %s\n", tables[i]->first[j].functions);
        }
    }
}

void print_cover(FILE *file)
{
    unsigned long met;
    const char *text;
    print_functions(file);
    for (size_t i = 0; i < SET_SIZE; i++) {
        if (places.numbers[i] != 0) {
            (void)fprintf(file, "place %" PRIx64 "\n", places.numbers[i]);
        }
    }
    for (size_t i = 0; (text = rule_text(i, &met)) != NULL; i++) {
        (void)fprintf(file, "rule %lu %s\n", met, text);
    }
}
