/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on range locks. */
#include <stdlib.h>

#include "testee.h"

/* What a lock's name stands for, also while another thread still asks for the lock. */
typedef struct attempt {
    mmio_map *map;
    uint64_t offset;
    uint64_t size;
    uint32_t flags;
    int64_t timeout_ms;
    mmio_range_lock *lock;
} attempt;

static void end(void *object)
{
    attempt *a = object;
    mmio_range_lock_release(a->lock);
    mmio_map_close(a->map);
    free(a);
}

static entry *keep_attempt(const step *s)
{
    attempt *a = malloc(sizeof *a);
    if (a == NULL) {
        die("out of memory", "malloc");
    }
    *a = (attempt){
        .map = mmio_map_retain(s->map),
        .offset = number_at(s, 2),
        .size = number_at(s, 3),
        .flags = number_option(s, "shared") == 1 ? MMIO_RANGE_LOCK_SHARED : 0,
        .timeout_ms = signed_number(s->fields[4]),
    };
    keep(s->fields[0], a, end);
    return entry_named(s->fields[0]);
}

static void *run(void *argument)
{
    entry *job = argument;
    attempt *a = job->object;
    job->status = mmio_range_lock_acquire(a->map, a->offset, a->size, a->flags, a->timeout_ms,
                                          &a->lock, &job->error);
    return NULL;
}

static void answer(const entry *job)
{
    last_error = job->error;
    say_done(job->status);
}

static void do_lock(const step *s)
{
    entry *job = keep_attempt(s);
    (void)run(job);
    answer(job);
}

static void do_lock_start(const step *s)
{
    entry *job = keep_attempt(s);
    job->answer = answer;
    start(&job->thread, run, job);
    say_done(MMIO_OK);
}

static void do_unlock(const step *s)
{
    attempt *a = entry_named(s->fields[0])->object;
    if (a == NULL) {
        die("not a lock", s->fields[0]);
    }
    mmio_range_lock_release(a->lock);
    a->lock = NULL;
    say_done(MMIO_OK);
}

const verb range_lock_verbs[] = {
    {"lock_range", 5, MAP_SECOND, do_lock},
    {"lock_range_start", 5, MAP_SECOND, do_lock_start},
    {"unlock_range", 1, NOTHING, do_unlock},
    {NULL, 0, NOTHING, NULL},
};
