/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handler of SIGBUS: faults of accesses to mapped bytes are left, those of the caller's own
 * code are absorbed where a map allows it, and everything else is passed on to whoever was there
 * before.
 *
 * It runs on whatever stack and at whatever moment: it takes no lock, allocates nothing, touches no
 * thread-local storage, which the loader may have to allocate, and keeps errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.h"
#include "linux_absorb.h"
#include "linux_access.h"

/* Actions that were there before ours. Handlers that still run use one that was replaced since. */
#define EARLIER_KEPT 16u
static struct sigaction earlier[EARLIER_KEPT];
static _Atomic uint32_t earlier_count;

/* The size of a set of signals to the system itself. */
#define KERNEL_SIGNAL_BYTES ((size_t)(_NSIG / 8))

static _Atomic bool is_armed;
static pthread_mutex_t arming = PTHREAD_MUTEX_INITIALIZER;

/* Faults that the handler before ours has now: the contexts they came with, and how far down the
 * stack was. That handler may know ours as the one before itself, and pass the fault back: it would
 * go round for ever. It comes back with the same context, further down.
 *
 * A handler may also jump out, which leaves its fault here until another takes the place. */
typedef struct passing {
    _Atomic uintptr_t context;
    _Atomic uintptr_t frame;
} passing;

#define PASSING_KEPT 64u
static passing passed[PASSING_KEPT];
static _Atomic uint32_t passed_count;

/* Where the last fault happened that was passed on. */
static _Atomic uintptr_t last_place;

static passing *find_passing(uintptr_t context)
{
    for (size_t i = 0; i < PASSING_KEPT; i++) {
        if (atomic_load(&passed[i].context) == context) {
            return &passed[i];
        }
    }
    return NULL;
}

/* False if the fault comes back. One whose place was taken is found the next time round. */
static bool begin_passing(uintptr_t context, uintptr_t frame)
{
    passing *place = find_passing(context);
    if (place == NULL) {
        place = &passed[atomic_fetch_add(&passed_count, 1) % PASSING_KEPT];
        atomic_store(&place->context, 0);
    } else if (frame < atomic_load(&place->frame)) {
        return false;
    }
    atomic_store(&place->frame, frame);
    atomic_store(&place->context, context);
    return true;
}

static void end_passing(uintptr_t context)
{
    passing *place = find_passing(context);
    if (place != NULL) {
        atomic_store(&place->context, 0);
    }
}

/* What the system does when there is no handler: once this one returns the fault happens again, or
 * the signal that was sent is delivered. */
static void end_by_default(int signal, bool is_sent)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    (void)sigaction(signal, &action, NULL);
    if (is_sent) {
        (void)raise(signal);
    }
}

static void call_earlier(const struct sigaction *action, int signal, siginfo_t *info, void *context)
{
    const bool is_sent = info->si_code <= 0;
    if ((action->sa_flags & SA_SIGINFO) != 0) {
        action->sa_sigaction(signal, info, context);
    } else if (action->sa_handler == SIG_DFL || (action->sa_handler == SIG_IGN && !is_sent)) {
        end_by_default(signal, is_sent);
    } else if (action->sa_handler != SIG_IGN) {
        action->sa_handler(signal);
    }
}

/* Some handlers end a process by restoring what was there before them, which may be ours, and
 * sending the signal once more: it arrives where the fault was. */
static bool is_sent_in_place_of_fault(const siginfo_t *info, const void *context)
{
    return info->si_code <= 0 && info->si_pid == getpid() &&
           mmio__linux_access_place(context) == atomic_load(&last_place);
}

/* Others send the signal once more and put nothing back, or ours: it waits until this one returns,
 * and would be passed on again, for ever. Not by the C library, where threads can be cancelled. */
static bool is_sent_again(int signal)
{
    const pid_t process = getpid();
    const long no_time[2] = {0, 0};
    siginfo_t info;
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, signal);
    if (syscall(SYS_rt_sigtimedwait, &signals, &info, no_time, KERNEL_SIGNAL_BYTES) != signal) {
        return false;
    }
    const bool is_by_thread = info.si_code == SI_TKILL && info.si_pid == process;
    if (!is_by_thread) {
        (void)syscall(SYS_rt_tgsigqueueinfo, process, syscall(SYS_gettid), signal, &info);
    }
    return is_by_thread;
}

static void pass_on(int signal, siginfo_t *info, void *context)
{
    const bool is_sent = info->si_code <= 0;
    if (is_sent_in_place_of_fault(info, context) ||
        !begin_passing((uintptr_t)context, (uintptr_t)&is_sent)) {
        end_by_default(signal, is_sent);
        return;
    }
    if (!is_sent) {
        atomic_store(&last_place, mmio__linux_access_place(context));
    }
    const uint32_t last = atomic_load(&earlier_count) - 1;
    call_earlier(&earlier[last % EARLIER_KEPT], signal, info, context);
    end_passing((uintptr_t)context);
    if (is_sent_again(signal)) {
        end_by_default(signal, is_sent);
    }
}

static bool is_ours(const siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr;
    if (info->si_code <= 0 || !atomic_load(&is_armed)) {
        return false;
    }
    return mmio__linux_access_leave(context, address) ||
           (info->si_code == BUS_ADRERR && mmio__linux_absorb(address));
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    const int code = errno;
    if (!is_ours(info, context)) {
        pass_on(signal, info, context);
    }
    errno = code;
}

static bool is_on_top(struct sigaction *out_present)
{
    (void)sigaction(SIGBUS, NULL, out_present);
    return (out_present->sa_flags & SA_SIGINFO) != 0 && out_present->sa_sigaction == on_fault;
}

/* What was there first, so that the handler never runs without it. */
static int32_t get_on_top(const struct sigaction *present)
{
    const uint32_t count = atomic_load(&earlier_count);
    earlier[count % EARLIER_KEPT] = *present;
    atomic_store(&earlier_count, count + 1);

    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    (void)sigfillset(&action.sa_mask);
    return sigaction(SIGBUS, &action, NULL) == 0 ? 0 : errno;
}

int32_t mmio__os_guard_arm(void)
{
    struct sigaction present;
    if (!mmio__linux_access_can_be_left()) {
        return ENOSYS;
    }
    if (atomic_load(&is_armed) && is_on_top(&present)) {
        return 0;
    }
    (void)pthread_mutex_lock(&arming);
    const int32_t code = is_on_top(&present) ? 0 : get_on_top(&present);
    if (code == 0) {
        atomic_store(&is_armed, true);
    }
    (void)pthread_mutex_unlock(&arming);
    return code;
}

void mmio__os_guard_disarm(void)
{
    struct sigaction present;
    (void)pthread_mutex_lock(&arming);
    atomic_store(&is_armed, false);
    if (is_on_top(&present)) {
        const uint32_t last = atomic_load(&earlier_count) - 1;
        (void)sigaction(SIGBUS, &earlier[last % EARLIER_KEPT], NULL);
    }
    (void)pthread_mutex_unlock(&arming);
}

void mmio__os_guard_thread(void)
{
    sigset_t faults;
    (void)sigemptyset(&faults);
    (void)sigaddset(&faults, SIGBUS);
    (void)pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}

/* The thread that forked has the child to itself, and is in no handler of ours. */
void mmio__os_guard_forked(void)
{
    memset(passed, 0, sizeof passed);
    (void)pthread_mutex_init(&arming, NULL);
    mmio__linux_absorb_forked();
}
