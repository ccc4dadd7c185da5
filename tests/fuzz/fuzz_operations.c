/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on maps of all kinds, against the model of tests/property. */
#include <stdio.h>

#include "fuzz.h"
#include "world.h"

/* As many as an input has bytes, at most. */
#define OPERATIONS_MOST 200

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static world w;
    bool holds = world_begin(&w, dice_of(bytes, size));
    while (holds && w.dice.left != 0 && w.operation < OPERATIONS_MOST) {
        w.operation++;
        run_operation(&w);
        holds = !w.has_failed;
    }
    if (holds) {
        check_all(&w);
    }
    world_end(&w);
    if (!holds || w.has_failed) {
        (void)fprintf(stderr, "operation %d, %s: %s\n", (int)w.operation, w.operation_name,
                      w.failure);
    }
    must(holds && !w.has_failed);
    return 0;
}
