/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "../../base/memory.h"
#include "../os.h"

int64_t mmio__os_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The key whose destructor runs when a thread ends, and one more; 0: there is none yet. */
static _Atomic uint64_t exit_key;
static _Atomic(void (*)(void)) exit_call;

static void run_exit_call(void *value)
{
    (void)value;
    void (*leave)(void) = atomic_load(&exit_call);
    leave();
}

/* Of threads that create it at once one wins. Who finds no key to be had tries again another time:
 * the process may have given others back. */
static bool find_exit_key(pthread_key_t *out_key)
{
    uint64_t known = atomic_load(&exit_key);
    if (known == 0) {
        pthread_key_t own;
        if (pthread_key_create(&own, run_exit_call) != 0) {
            return false;
        }
        if (atomic_compare_exchange_strong(&exit_key, &known, (uint64_t)own + 1)) {
            known = (uint64_t)own + 1;
        } else {
            (void)pthread_key_delete(own);
        }
    }
    *out_key = (pthread_key_t)(known - 1);
    return true;
}

bool mmio__os_at_thread_exit(void (*leave)(void))
{
    pthread_key_t key;
    atomic_store(&exit_call, leave);
    /* The key's destructor runs for threads whose value is not NULL; the value means no more. */
    return find_exit_key(&key) && pthread_setspecific(key, &exit_key) == 0;
}

typedef struct thread_start {
    void (*body)(void *argument);
    void *argument;
    char name[16];
} thread_start;

static void *run_thread(void *argument)
{
    const thread_start start = *(thread_start *)argument;
    mmio__free(argument);
    (void)pthread_setname_np(pthread_self(), start.name);
    start.body(start.argument);
    return NULL;
}

/* All but the signals of a thread's own faults, which would end the process if blocked. */
static void block_signals(sigset_t *out_before)
{
    static const int own_faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL};
    sigset_t blocked;
    (void)sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own_faults / sizeof own_faults[0]; i++) {
        (void)sigdelset(&blocked, own_faults[i]);
    }
    (void)pthread_sigmask(SIG_SETMASK, &blocked, out_before);
}

int32_t mmio__os_thread_start(const char *name, void (*body)(void *argument), void *argument)
{
    thread_start *start = mmio__allocate(sizeof *start);
    if (start == NULL) {
        return ENOMEM;
    }
    start->body = body;
    start->argument = argument;
    (void)snprintf(start->name, sizeof start->name, "%s", name);

    /* The new thread inherits the mask, so that no signal reaches it before its first line. */
    sigset_t before;
    block_signals(&before);
    pthread_t thread;
    const int code = pthread_create(&thread, NULL, run_thread, start);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        mmio__free(start);
        return code;
    }
    (void)pthread_detach(thread);
    return 0;
}

int32_t mmio__os_at_fork(void (*before)(void), void (*after)(void), void (*child)(void))
{
    return pthread_atfork(before, after, child);
}
