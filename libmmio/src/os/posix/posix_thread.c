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

static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;
static bool exit_key_exists;
static _Atomic(void (*)(void)) exit_call;

static void run_exit_call(void *value)
{
    (void)value;
    void (*leave)(void) = atomic_load(&exit_call);
    leave();
}

static void create_exit_key(void)
{
    exit_key_exists = pthread_key_create(&exit_key, run_exit_call) == 0;
}

bool mmio__os_at_thread_exit(void (*leave)(void))
{
    atomic_store(&exit_call, leave);
    (void)pthread_once(&exit_once, create_exit_key);
    /* The key's destructor runs for threads whose value is not NULL; the value means no more. */
    return exit_key_exists && pthread_setspecific(exit_key, &exit_key) == 0;
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

void mmio__os_at_fork(void (*before)(void), void (*after)(void), void (*child)(void))
{
    (void)pthread_atfork(before, after, child);
}
