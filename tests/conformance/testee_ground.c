/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about what maps stand on: file systems, huge pages, memory pressure. */
#include <string.h>

#include "testee.h"

/* In the order of their numbers in the headers. */
static const char *const grounds[] = {"unknown", "local",   "memory", "network",
                                      "fuse",    "overlay", "virtual"};
static const char *const huge_states[] = {"unknown", "no", "yes"};
static const char *const whos[] = {"some", "all"};

static void do_ground(const step *s)
{
    mmio_ground ground = {.struct_size = sizeof ground};
    const mmio_status status = mmio_ground_of_path(path_of(s->fields[0]), &ground, &last_error);
    say(status, "kind=%s\tname=%s\tread_only=%" PRIu32 "\tstray=%" PRIu32, grounds[ground.kind],
        ground.name, ground.is_read_only, ground.can & ~ground.known);
}

static void do_huge_pages(const step *s)
{
    uint32_t state;
    const mmio_status status = mmio_map_huge_pages(s->map, &state, &last_error);
    say(status, "state=%s", huge_states[state]);
}

static void close_pressure(void *object)
{
    mmio_pressure_close(object);
}

static void do_pressure_open(const step *s)
{
    const mmio_pressure_options options = {
        .struct_size = sizeof options,
        .who = CHOICE(option(s, "who"), whos),
        .stall_ms = (uint32_t)number_option(s, "stall"),
        .window_ms = (uint32_t)number_option(s, "window"),
    };
    mmio_pressure *pressure;
    const mmio_status status = mmio_pressure_open(&options, &pressure, &last_error);
    if (status == MMIO_OK) {
        keep(s->fields[0], pressure, close_pressure);
    }
    say_done(status);
}

ANSWER(pressure_wait, say_done(mmio_pressure_wait(entry_named(s->fields[0])->object,
                                                  signed_number(s->fields[1]), &last_error)))

static void do_pressure_close(const step *s)
{
    keep(s->fields[0], NULL, close_pressure);
    say_done(MMIO_OK);
}

/* The usual ways of opening, with one flag more. */
static mmio_open_options *options_with(const step *s, uint32_t flag)
{
    mmio_open_options *options = options_of(s);
    options->flags |= flag;
    return options;
}

static uint32_t flag_of(const step *s)
{
    return strstr(s->verb, "local") != NULL ? MMIO_OPEN_LOCAL : MMIO_OPEN_HUGE_PAGES;
}

static void do_open_with(const step *s)
{
    mmio_map *map;
    const mmio_status status =
        mmio_map_open(path_of(s->fields[1]), options_with(s, flag_of(s)), &map, &last_error);
    say_opened(status, s, map);
}

static void do_anonymous_with(const step *s)
{
    mmio_map *map;
    const mmio_status status =
        mmio_map_anonymous(number_at(s, 1), options_with(s, flag_of(s)), &map, &last_error);
    say_opened(status, s, map);
}

const verb ground_verbs[] = {
    {"open_local", 2, NOTHING, do_open_with},
    {"open_huge_pages", 2, NOTHING, do_open_with},
    {"anonymous_local", 2, NOTHING, do_anonymous_with},
    {"anonymous_huge_pages", 2, NOTHING, do_anonymous_with},
    {"ground", 1, NOTHING, do_ground},
    {"huge_pages", 1, MAP_FIRST, do_huge_pages},
    {"pressure_open", 1, NOTHING, do_pressure_open},
    {"pressure_wait", 2, NOTHING, do_pressure_wait},
    {"pressure_close", 1, NOTHING, do_pressure_close},
    {NULL, 0, NOTHING, NULL},
};
