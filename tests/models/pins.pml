/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of pin.h and region.c: threads pin bytes, and withdraw pins of their own or of
 * others; one thread shrinks the map and waits for pins, another closes it. Every store to a slot
 * waits in the thread's own buffer until the hardware, or a fence of all threads, lets others see it:
 * later loads of the thread may come first.
 *
 * Checked in all interleavings: nobody uses bytes that were taken away; nobody sleeps for ever; a
 * closed region is unmapped once, and only once.
 *
 * NO_FENCE leaves out the fence before the scan, NO_SECOND_LOOK the one after a pin was marked as
 * awaited, NO_NOTE the second look at the gate: each must be found out.
 */

#ifndef ROUNDS
#define ROUNDS 2
#endif
#define USERS 2 /* The other is 1 - self. */

byte slots[USERS];    /* 1: pinned. */
bool awaited[USERS];
byte gate;            /* Odd: locked. */
bool is_taken;        /* By the shrink: what is pinned lies beyond the new size. */
bool is_closed;
bool list_locked, is_retired;
bool is_unmapped;
byte reaps;           /* What a shrink sleeps on. */

/* Who uses bytes, from seeing the gate unchanged until withdrawing. */
bool uses[USERS];

/* Each user has one pin; views may be released by the other. */
chan handed = [USERS] of { byte };

typedef buffer {
    bool is_full;
    byte slot;
    byte value
}
buffer buffers[USERS];

inline drain(thread)
{
    if
    :: buffers[thread].is_full ->
        slots[buffers[thread].slot] = buffers[thread].value;
        buffers[thread].is_full = false
    :: else
    fi
}

inline store(thread, which, what)
{
    atomic {
        drain(thread);
        buffers[thread].slot = which;
        buffers[thread].value = what;
        buffers[thread].is_full = true
    }
}

active proctype hardware()
{
end:
    do
    :: atomic { buffers[0].is_full -> drain(0) }
    :: atomic { buffers[1].is_full -> drain(1) }
    od
}

inline fence_all()
{
#ifndef NO_FENCE
    atomic { drain(0); drain(1) }
#else
    skip
#endif
}

inline fence_again()
{
#ifndef NO_SECOND_LOOK
    atomic { drain(0); drain(1) }
#else
    skip
#endif
}

/* mmio__pins_count(); the scan is not one step. */
inline count(found)
{
    fence_all();
    found = 0;
    found = found + slots[0];
    found = found + slots[1]
}

inline mark(which)
{
    atomic {
        if
        :: slots[which] != 0 ->
            found++;
            newly = newly + (1 - awaited[which]);
            awaited[which] = true
        :: else
        fi
    }
}

/* With MMIO__PINS_AWAIT. */
inline count_awaiting(found, newly)
{
    fence_all();
    do
    :: found = 0;
        newly = 0;
        mark(0);
        mark(1);
        if
        :: newly == 0 -> break
#ifdef NO_SECOND_LOOK
        :: newly != 0 -> break
#else
        :: newly != 0 -> fence_again()
#endif
        fi
    od
}

inline unmap()
{
    assert(!is_unmapped && !uses[0] && !uses[1]);
    is_unmapped = true
}

/* mmio__regions_reap() */
inline reap(found, newly)
{
    atomic { !list_locked -> list_locked = true };
    if
    :: is_retired ->
        count_awaiting(found, newly);
        if
        :: found == 0 -> is_retired = false; unmap()
        :: else
        fi
    :: else
    fi;
    list_locked = false;
    reaps++
}

inline withdraw(thread, which, found, newly)
{
    store(thread, which, 0);
    if
    :: awaited[which] -> awaited[which] = false; reap(found, newly)
    :: else
    fi
}

proctype user(byte self; byte rounds)
{
    byte note, found, newly, round, other;

    do
    :: round == rounds -> break
    :: round < rounds ->
        round++;
        note = gate;
        if
        :: note % 2 == 1 -> (gate % 2 == 0); goto next
        :: is_taken || is_closed -> break
        :: else
        fi;
        /* Free as the thread sees it: also when its own release is on the way. Other slots that it
         * may have are like those of another thread. */
        if
        :: buffers[self].is_full && buffers[self].slot == self && buffers[self].value != 0 ->
            goto next
        :: !(buffers[self].is_full && buffers[self].slot == self) && slots[self] != 0 -> goto next
        :: else
        fi;
        store(self, self, 1);
        if
#ifndef NO_NOTE
        :: gate != note -> withdraw(self, self, found, newly)
        :: gate == note ->
#else
        :: true ->
#endif
            uses[self] = true;
            if
            :: uses[self] = false; withdraw(self, self, found, newly)
            :: atomic { drain(self); handed!self } /* However a view gets there, its stores do. */
            fi
        fi;
next:
        if
        :: handed?other -> uses[other] = false; withdraw(self, other, found, newly)
        :: true
        fi
    od;
    /* A thread that ends leaves its pins to the others; the last releases what is left. */
end_handed:
    do
    :: atomic { handed?other -> uses[other] = false };
        withdraw(self, other, found, newly)
    od
}

inline lock_gate()
{
    atomic { gate % 2 == 0 -> gate++ }
}

/* mmio__regions_lock_clear() without a deadline, and the cut. */
proctype shrinker()
{
    byte seen, found, newly;

    do
    :: seen = reaps;
        lock_gate();
        if
        :: is_closed -> gate++; break
        :: else
        fi;
        count(found);
        if
        :: found != 0 -> count_awaiting(found, newly)
        :: else
        fi;
        if
        :: found == 0 ->
            assert(!uses[0] && !uses[1]);
            is_taken = true;
            gate++;
            break
        :: else ->
            gate++;
            (reaps != seen)
        fi
    od
}

/* mmio__map_shut() */
proctype closer()
{
    byte found, newly;

    lock_gate();
    is_closed = true;
    gate++;
    count(found);
    if
    :: found == 0 -> unmap()
    :: else ->
        atomic { !list_locked -> list_locked = true };
        is_retired = true;
        list_locked = false;
        reap(found, newly)
    fi;
    reaps++ /* mmio__regions_wake() */
}

init {
    atomic {
        run user(0, ROUNDS);
        run user(1, 1);
        run shrinker();
        run closer()
    }
    /* All have come to rest: nobody but the hardware goes on. */
    (timeout);
    assert(is_unmapped)
}
