/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sharing of whole flushes in flight.c: callers write, then have it made durable; of those who
 * come while a flush runs one flushes for all when it ends.
 *
 * Checked in all interleavings: what a caller wrote before it asked is durable when it is told so,
 * and a failure is told to all whose bytes it concerns; nobody sleeps for ever; nobody flushes more
 * than is needed: two flushes serve all who wait.
 *
 * JOIN_RUNNING has callers take the flush that runs already for theirs, NO_WAKE leaves out waking:
 * each must be found out.
 */
#define CALLERS 3

#ifndef ROUNDS
#define ROUNDS 2
#endif

byte written[CALLERS];  /* Records in the cache. */
byte durable[CALLERS];  /* Of them on the device. */

bool is_locked;
byte changes;
byte begun, ended, failed;

/* The flush that runs: what it began with. */
byte taken[CALLERS];
byte running;

inline lock()
{
    atomic { !is_locked -> is_locked = true }
}

inline unlock()
{
    is_locked = false
}

/* One at a time. What comes while it runs may go along or not; here it never does. */
inline flush_device(code)
{
    atomic {
        assert(running == 0);
        running++;
        taken[0] = written[0];
        taken[1] = written[1];
        taken[2] = written[2]
    };
    atomic {
        if
        :: code = 0;
            durable[0] = taken[0];
            durable[1] = taken[1];
            durable[2] = taken[2]
        :: code = 1
        fi;
        running--
    }
}

proctype caller(byte self)
{
    byte round, wanted, seen, code, waited;

    do
    :: round == ROUNDS -> break
    :: round < ROUNDS ->
        round++;
        waited = 0;
        written[self]++;

        /* mmio__flights_lead() */
        lock();
#ifdef JOIN_RUNNING
        wanted = (begun == ended -> begun + 1 : begun);
#else
        wanted = begun + 1;
#endif
        do
        :: ended < wanted && begun != ended ->
            seen = changes;
            unlock();
            (changes != seen);
            waited++;
            lock()
        :: else -> break
        od;
        if
        :: ended < wanted ->
            begun++;
            unlock();
            flush_device(code);
            /* mmio__flights_led() */
            lock();
            ended = begun;
            failed = (code != 0 -> ended : failed);
#ifndef NO_WAKE
            changes++;
#endif
            unlock()
        :: else ->
            code = (failed >= wanted -> 1 : 0);
            unlock();
            /* The one that ran, and the next. */
            assert(waited <= 2)
        fi;
        assert(code != 0 || durable[self] == written[self])
    od
}

init {
    atomic {
        run caller(0);
        run caller(1);
        run caller(2)
    }
}
