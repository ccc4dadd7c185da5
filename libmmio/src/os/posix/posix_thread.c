/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

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
