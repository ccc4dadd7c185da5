/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

static const operation *const tables[] = {byte_operations,   view_operations,   map_operations,
                                          object_operations, length_operations, rule_operations};
enum { TABLES = sizeof tables / sizeof tables[0] };

static const operation *pick_operation(dice *d)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < TABLES; i++) {
        for (const operation *o = tables[i]; o->name != NULL; o++) {
            sum += o->weight;
        }
    }
    uint64_t left = throw_below(d, sum);
    for (size_t i = 0; i < TABLES; i++) {
        for (const operation *o = tables[i]; o->name != NULL; o++) {
            if (left < o->weight) {
                return o;
            }
            left -= o->weight;
        }
    }
    return NULL;
}

void run_operation(world *w)
{
    const operation *o = pick_operation(&w->dice);
    w->operation_name = o->name;
    o->run(w);
    check_counts(w);
}
