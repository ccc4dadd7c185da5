/* SPDX-License-Identifier: Apache-2.0 */
/* What a process asks once, and what it then keeps: each in a process that has done nothing yet. */
#include <stdio.h>

#include "world.h"

static mmio_status use_map(world *w, const mmio_open_options *options, mmio_error *error)
{
    const uint8_t byte = pattern_at(3);
    mmio_status status = w->map == NULL ? mmio_map_open("f", options, &w->map, error) : MMIO_OK;
    if (status == MMIO_OK) {
        status = mmio_map_write(w->map, 3, &byte, 1, error);
    }
    return status;
}

static mmio_status first_map(world *w, mmio_error *error)
{
    const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    return use_map(w, &options, error);
}

static mmio_status first_beneath(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_BENEATH;
    return use_map(w, &options, error);
}

/* One more than the first table of a thread has room for. */
#define VIEWS 65u

static mmio_status many_views(world *w, mmio_error *error)
{
    mmio_view views[VIEWS];
    mmio_status status = w->map == NULL ? mmio_map_open("f", NULL, &w->map, error) : MMIO_OK;
    unsigned count = 0;
    while (status == MMIO_OK && count < VIEWS) {
        status = mmio_view_acquire(w->map, 0, 10, 0, &views[count], error);
        count += status == MMIO_OK;
    }
    while (count != 0) {
        mmio_view_release(&views[--count]);
    }
    return status;
}

static mmio_status first_huge_pages(world *w, mmio_error *error)
{
    uint32_t state;
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.reserve = (uint64_t)8 << 20;
    const mmio_status status = use_map(w, &options, error);
    return status == MMIO_OK ? mmio_map_huge_pages(w->map, &state, error) : status;
}

static mmio_status first_timer(world *w, mmio_error *error)
{
    const mmio_status status = first_map(w, error);
    return status == MMIO_OK ? mmio_map_set_policy(w->map, MMIO_POLICY_EVERY_MILLIS, 60000, error)
                             : status;
}

static mmio_status first_watch(world *w, mmio_error *error)
{
    const mmio_status status = w->watcher == NULL ? mmio_watcher_open(&w->watcher, error) : MMIO_OK;
    return status == MMIO_OK ? mmio_watcher_add_path(w->watcher, "f", &w->number, error) : status;
}

static mmio_status first_source(world *w, mmio_error *error)
{
    return mmio_source_open("f", NULL, MMIO_SOURCE_AUTO, &w->source, error);
}

static mmio_status first_queue(world *w, mmio_error *error)
{
    return mmio_queue_open(0, &w->queue, error);
}

static mmio_status first_question(world *w, mmio_error *error)
{
    (void)error;
    for (uint32_t feature = 1; feature <= MMIO_FEATURE_POPULATE; feature++) {
        EXPECT(w, mmio_has(feature) >= 0);
    }
    return MMIO_OK;
}

static const scenario table[] = {
    {"first map", "mmio_map_open mmio_map_write", set_up_file, first_map, check_map, COLD},
    {"first map beneath", "mmio_map_open", set_up_file, first_beneath, check_map, COLD},
    {"many views", "mmio_view_acquire", set_up_file, many_views, check_map, COLD},
    {"first huge pages", "mmio_map_huge_pages", set_up_file, first_huge_pages, check_map,
     COLD | SLOW},
    {"first timer", "mmio_map_set_policy", set_up_file, first_timer, check_map, COLD},
    {"first watch", "mmio_watcher_open mmio_watcher_add_path", set_up_file, first_watch, NULL,
     COLD | SLOW},
    {"first source", "mmio_source_open", set_up_file, first_source, NULL, COLD | SLOW},
    {"first queue", "mmio_queue_open", set_up_file, first_queue, NULL, COLD},
    {"first question", "mmio_has", set_up_file, first_question, NULL, COLD},
};

const scenario_table scenarios_of_first_use = {table, sizeof table / sizeof table[0]};
