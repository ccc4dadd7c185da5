/* SPDX-License-Identifier: Apache-2.0 */
#include "flight.h"

#include "os/os.h"

/* With the lock held, which it gives up meanwhile. */
static void sleep_once(mmio__flights *flights)
{
    const uint32_t seen = atomic_load(&flights->changes);
    flights->sleepers++;
    mmio__unlock(&flights->lock);
    mmio__os_wait(&flights->changes, seen, MMIO__NO_DEADLINE);
    mmio__lock_take(&flights->lock);
    flights->sleepers--;
}

/* With the lock held, which it gives up. */
static void unlock_and_wake(mmio__flights *flights)
{
    const bool is_awaited = flights->sleepers != 0;
    atomic_fetch_add(&flights->changes, 1);
    mmio__unlock(&flights->lock);
    if (is_awaited) {
        mmio__os_wake_all(&flights->changes);
    }
}

void mmio__flight_begin(mmio__flights *flights, mmio__flight *flight)
{
    mmio__lock_take(&flights->lock);
    mmio__flight **link = &flights->oldest;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *flight = (mmio__flight){NULL, ++flights->begun};
    *link = flight;
    mmio__unlock(&flights->lock);
}

/* With the lock held. */
static void take_out(mmio__flights *flights, const mmio__flight *flight)
{
    mmio__flight **link = &flights->oldest;
    while (*link != flight) {
        link = &(*link)->next;
    }
    *link = flight->next;
}

void mmio__flight_end(mmio__flights *flights, mmio__flight *flight)
{
    mmio__lock_take(&flights->lock);
    take_out(flights, flight);
    const uint64_t last = flights->begun;
    unlock_and_wake(flights);
    mmio__lock_take(&flights->lock);
    while (flights->oldest != NULL && flights->oldest->number <= last) {
        sleep_once(flights);
    }
    mmio__unlock(&flights->lock);
}

void mmio__flights_forked(mmio__flights *flights)
{
    mmio__lock_reset(&flights->lock);
    flights->oldest = NULL;
    flights->sleepers = 0;
}
