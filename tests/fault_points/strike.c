/* SPDX-License-Identifier: Apache-2.0 */
#include "strike.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../property/dice.h"

#define ONE_IN 8u /* Faults by chance. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static plan present;
static record done;
static dice chance;
static bool is_on;
static pthread_t beginner;

static _Atomic long pages[3];

/* For who traces the program: what it does in between is the library's. */
static void mark(const char *word)
{
    if (getenv("MMIO_FAULT_MARKS") != NULL) {
        const ssize_t none = write(-1, word, strlen(word));
        (void)none;
    }
}

void strikes_begin(const plan *p)
{
    pthread_mutex_lock(&lock);
    present = *p;
    memset(&done, 0, sizeof done);
    chance.state = p->dice;
    beginner = pthread_self();
    is_on = true;
    pthread_mutex_unlock(&lock);
    mark("begin");
}

void strikes_end(record *out_record)
{
    mark("end");
    pthread_mutex_lock(&lock);
    is_on = false;
    *out_record = done;
    pthread_mutex_unlock(&lock);
}

books books_now(void)
{
    return (books){pages[PAGE_BLOCKS], pages[PAGE_MAPPINGS], pages[PAGE_STREAMS]};
}

void note(page where, long difference)
{
    atomic_fetch_add(&pages[where], difference);
}

bool shows(planted what)
{
    pthread_mutex_lock(&lock);
    const bool now = present.is_planted == what && done.hit_count != 0;
    pthread_mutex_unlock(&lock);
    return now;
}

static _Atomic bool is_disk;

void pretend_disk(bool is_wanted)
{
    is_disk = is_wanted;
}

bool pretends_disk(void)
{
    return is_disk;
}

static unsigned count_of(const int *codes)
{
    unsigned count = 0;
    while (codes[count] != 0) {
        count++;
    }
    return count;
}

/* The code of the present call, 0 for success. */
static int choose(const int *codes)
{
    const unsigned count = count_of(codes);
    if (present.dice != 0) {
        return throw_one_in(&chance, ONE_IN) ? codes[throw_below(&chance, count)] : 0;
    }
    for (size_t i = 0; i < present.fault_count; i++) {
        if (present.faults[i].number == done.calls) {
            done.code_counts[i] = count;
            return codes[present.faults[i].code % count];
        }
    }
    return 0;
}

/* A frame begins with the caller's frame and the return address: the library under test is compiled
 * with frame pointers. */
static void record_hit(const char *call, int code, void *const *frame)
{
    hit *h = &done.hits[done.hit_count++];
    *h = (hit){.call = call, .code = code, .number = done.calls};
    for (size_t i = 0; i < FRAMES && frame != NULL; i++) {
        h->from[i] = frame[1];
        frame = frame[0] > (const void *)frame ? frame[0] : NULL;
    }
}

static int strike_locked(const char *call, const int *codes, void *frame)
{
    const bool is_beginner = pthread_equal(pthread_self(), beginner) != 0;
    if (!is_on || is_beginner == present.of_others) {
        return 0;
    }
    done.calls++;
    const int code = choose(codes);
    if (code == 0 || done.hit_count == HITS_MOST) {
        return 0;
    }
    record_hit(call, code, frame);
    if (present.is_planted == PLANTED_SUCCESS) {
        return 0;
    }
    return present.is_planted == PLANTED_OTHER_CODE && code != SHORT ? EXDEV : code;
}

int strike(const char *call, const int *codes, void *frame)
{
    const int before = errno;
    pthread_mutex_lock(&lock);
    const int code = strike_locked(call, codes, frame);
    pthread_mutex_unlock(&lock);
    errno = code > 0 ? code : before;
    return code;
}
