/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of tests/fault_points one after the other, each with calls of the system that fail:
 * what is left of one is what the next begins with. */
#include "driver.h"
#include "fuzz.h"
#include "places.h"

#define SCENARIOS_MOST 8

/* Few calls make most scenarios. */
#define CALLS_MOST 64

static plan throw_plan(dice *d)
{
    const uint64_t how = throw_below(d, 2 * FAULTS_MOST);
    plan p = {.fault_count = 1 + (size_t)how / 2, .of_others = how % 2 != 0};
    for (size_t i = 0; i < p.fault_count; i++) {
        p.faults[i].number = 1 + (unsigned)throw_below(d, CALLS_MOST);
        p.faults[i].code = (unsigned)throw_below(d, 16);
    }
    return p;
}

static void begin_once(void)
{
    static bool has_begun;
    if (!has_begun) {
        must(places_read());
        limit_files(UINT64_MAX);
        has_begun = true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dice d = dice_of(bytes, size);
    tally t = {.runs = 0};
    begin_once();
    for (int i = 0; i < SCENARIOS_MOST && d.left != 0; i++) {
        const uint64_t number = throw_below(&d, 256);
        const plan p = throw_plan(&d);
        run_planned(number, &p, &t);
    }
    must(t.wrong == 0);
    return 0;
}
