/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about what maps stand on: file systems, huge pages, memory pressure. */
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

const verb ground_verbs[] = {
    {"ground", 1, NOTHING, do_ground},
    {"huge_pages", 1, MAP_FIRST, do_huge_pages},
    {"pressure_open", 1, NOTHING, do_pressure_open},
    {"pressure_wait", 2, NOTHING, do_pressure_wait},
    {"pressure_close", 1, NOTHING, do_pressure_close},
    {NULL, 0, NOTHING, NULL},
};
