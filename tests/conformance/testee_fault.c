/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on faults. */
#include "testee.h"

/* In the order of their numbers in the header. */
static const char *const guards[] = {"off", "signal", "syscall"};

ANSWER(guard, say_done(mmio_fault_guard(CHOICE(s->fields[0], guards), &last_error)))
ANSWER(guard_now, say(MMIO_OK, "guard=%s", guards[mmio_fault_guard_now()]))
ANSWER(check_faults, say_done(mmio_map_check_faults(s->map, &last_error)))

const verb fault_verbs[] = {
    {"guard", 1, NOTHING, do_guard},
    {"guard_now", 0, NOTHING, do_guard_now},
    {"check_faults", 1, MAP_FIRST, do_check_faults},
    {NULL, 0, NOTHING, NULL},
};
