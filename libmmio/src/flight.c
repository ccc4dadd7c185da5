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
static void take_out_flight(mmio__flights *flights, const mmio__flight *flight)
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
    take_out_flight(flights, flight);
    const uint64_t last = flights->begun;
    unlock_and_wake(flights);
    mmio__lock_take(&flights->lock);
    while (flights->oldest != NULL && flights->oldest->number <= last) {
        sleep_once(flights);
    }
    mmio__unlock(&flights->lock);
}

bool mmio__flights_lead(mmio__flights *flights, bool *is_full, int32_t *out_code)
{
    mmio__lock_take(&flights->lock);
    /* Not the one that runs: it may have passed by what the caller wrote. */
    const uint64_t wanted = flights->whole_begun + 1;
    flights->next_is_full = flights->next_is_full || *is_full;
    while (flights->whole_ended < wanted && flights->whole_begun != flights->whole_ended) {
        sleep_once(flights);
    }
    const bool leads = flights->whole_ended < wanted;
    if (leads) {
        flights->whole_begun++;
        *is_full = flights->next_is_full;
        flights->next_is_full = false;
    } else {
        *out_code = flights->whole_failed >= wanted ? flights->failed_code : 0;
    }
    mmio__unlock(&flights->lock);
    return leads;
}

void mmio__flights_led(mmio__flights *flights, int32_t code)
{
    mmio__lock_take(&flights->lock);
    flights->whole_ended = flights->whole_begun;
    if (code != 0) {
        flights->whole_failed = flights->whole_ended;
        flights->failed_code = code;
    }
    unlock_and_wake(flights);
}

void mmio__flights_forked(mmio__flights *flights)
{
    mmio__lock_reset(&flights->lock);
    flights->oldest = NULL;
    flights->sleepers = 0;
    flights->whole_ended = flights->whole_begun;
    flights->next_is_full = false;
}
