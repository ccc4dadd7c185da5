/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that sleep until a cell changes, and that wake. */
#include <stdlib.h>

#include "testee.h"

typedef struct wait {
    mmio_map *map;
    uint64_t offset;
    uint32_t expected;
    int64_t timeout_ms;
} wait;

/* From the fields after the map. */
static wait wait_of(const step *s, size_t first)
{
    return (wait){s->map, number_at(s, first), (uint32_t)number_at(s, first + 1),
                  signed_number(s->fields[first + 2])};
}

static mmio_status carry_out(const wait *w, mmio_error *error)
{
    return mmio_atomic_u32_wait(w->map, w->offset, w->expected, w->timeout_ms, error);
}

static void do_wait(const step *s)
{
    const wait w = wait_of(s, 1);
    say_done(carry_out(&w, &last_error));
}

static void *run(void *argument)
{
    entry *job = argument;
    job->status = carry_out(job->object, &job->error);
    return NULL;
}

static void answer(const entry *job)
{
    say_done(job->status);
}

static void end(void *object)
{
    wait *w = object;
    mmio_map_close(w->map);
    free(w);
}

static void do_wait_start(const step *s)
{
    wait *w = malloc(sizeof *w);
    if (w == NULL) {
        die("out of memory", "malloc");
    }
    *w = wait_of(s, 2);
    (void)mmio_map_retain(w->map);
    keep(s->fields[0], w, end);
    entry *job = entry_named(s->fields[0]);
    job->answer = answer;
    start(&job->thread, run, job);
    say_done(MMIO_OK);
}

static void do_wake(const step *s)
{
    uint32_t woken;
    const mmio_status status = mmio_atomic_u32_wake(s->map, number_at(s, 1),
                                                    (uint32_t)number_at(s, 2), &woken, &last_error);
    say(status, "woken=%" PRIu32, woken);
}

const verb wait_verbs[] = {
    {"atomic_wait", 4, MAP_FIRST, do_wait},
    {"atomic_wait_start", 5, MAP_SECOND, do_wait_start},
    {"atomic_wake", 3, MAP_FIRST, do_wake},
    {NULL, 0, NOTHING, NULL},
};
