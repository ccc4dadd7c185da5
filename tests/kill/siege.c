/* SPDX-License-Identifier: Apache-2.0 */
#include "siege.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The worker. */

static const load *carried;
static worker workers[THREADS];

static void *work(void *argument)
{
    carried->work(argument);
    return NULL;
}

_Noreturn static void work_until_killed(const siege *s, ledger *said, dice *chance)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(60);
    carried = s->under;
    mmio_map *map = carried->open();
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (worker){said, map, i, s->is_planted, {.state = throw_bits(chance)}};
        pthread_t thread;
        must(pthread_create(&thread, NULL, work, &workers[i]) == 0 ? MMIO_OK : MMIO_ERR_LIMIT,
             &(mmio_error){.message = "no thread"});
    }
    for (;;) {
        (void)pause();
    }
}

/* The driver. */

static uint64_t take_promises(ledger *said)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        count += atomic_exchange(&said->promised[i][0], 0);
    }
    return count;
}

/* Says what is wrong, or NULL. */
static const char *kill_one(const siege *s, ledger *said, dice *chance)
{
    const struct timespec life = {.tv_nsec =
                                      (long)throw_below(chance, (uint64_t)s->under->life_ns)};
    const pid_t process = fork();
    DEMAND(process >= 0);
    if (process == 0) {
        work_until_killed(s, said, chance);
    }
    (void)nanosleep(&life, NULL);
    int outcome = 0;
    DEMAND(kill(process, SIGKILL) == 0);
    DEMAND(waitpid(process, &outcome, 0) == process);
    DEMAND(WIFSIGNALED(outcome) && WTERMSIG(outcome) == SIGKILL);
    return s->under->check(said);
}

tally lay_siege(const siege *s)
{
    tally t = {0};
    ledger *said =
        mmap(NULL, sizeof *said, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (said == MAP_FAILED) {
        return (tally){.lost = 1, .wrong = "no memory"};
    }
    while (t.kills < s->kills && t.lost == 0) {
        dice chance = {.state = s->seed + t.kills};
        t.wrong = kill_one(s, said, &chance);
        t.kills++;
        t.lost += t.wrong != NULL;
        t.promised += take_promises(said);
    }
    (void)munmap(said, sizeof *said);
    return t;
}
