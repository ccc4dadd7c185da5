/* SPDX-License-Identifier: Apache-2.0 */
/* Steps on how a map stands to its file: shared memory, appending, following, protecting, policies,
 * losses; and the inventory. */
#include <string.h>
#include <unistd.h>

#include "testee.h"

/* In the order of their numbers in the headers. */
static const char *const seals[] = {"shrink", "grow", "write"};
static const char *const protections[] = {"read_only", "none"};
static const char *const policies[] = {"manual", "always", "every_bytes", "every_writes",
                                       "every_millis"};
static const char *const levels[] = {"data", "start", "full"};

/* Names are of the whole system: one of this process alone. */
static const char *name_of(const char *word)
{
    char *name = allocate(NAME_SIZE + 32);
    snprintf(name, NAME_SIZE + 32, "mmio-case-%ld-%s", (long)getppid(), word);
    return name;
}

static void do_window(const step *s)
{
    mmio_open_options *options = options_of(s);
    options->window_offset = number_at(s, 2);
    options->window_size = number_at(s, 3);
    mmio_map *map;
    const mmio_status status = mmio_map_open(path_of(s->fields[1]), options, &map, &last_error);
    say_opened(status, s, map);
}

static void do_shared(const step *s)
{
    const char *name = strcmp(s->fields[1], "-") != 0 ? name_of(s->fields[1]) : NULL;
    mmio_map *map;
    const mmio_status status =
        mmio_map_shared(name, number_at(s, 2), options_of(s), &map, &last_error);
    say_opened(status, s, map);
}

ANSWER(shared_remove, say_done(mmio_shared_remove(name_of(s->fields[0]), &last_error)))
ANSWER(seal,
       say_done(mmio_map_seal(s->map, UINT32_C(1) << CHOICE(s->fields[1], seals), &last_error)))

/* The other side's map, made of a handle that was passed to it. */
static void do_share(const step *s)
{
    intptr_t handle = -1;
    mmio_status status = mmio_map_duplicate_handle(s->map, &handle, &last_error);
    mmio_map *map = NULL;
    if (status == MMIO_OK) {
        const mmio_open_options options = {.struct_size = sizeof options, .mode = MMIO_MODE_RW};
        status = mmio_map_from_handle(handle, "passed", &options, &map, &last_error);
    }
    say_opened(status, s, map);
}

static void do_append(const step *s)
{
    size_t size;
    const char *data = bytes(s->fields[1], &size);
    uint64_t offset;
    const mmio_status status = mmio_map_append(s->map, data, size, &offset, &last_error);
    say(status, "offset=%" PRIu64, offset);
}

static void do_refresh(const step *s)
{
    uint64_t before;
    uint64_t after;
    const mmio_status status = mmio_map_refresh(s->map, &before, &after, &last_error);
    say(status, "before=%" PRIu64 "\tafter=%" PRIu64, before, after);
}

static void do_protect(const step *s)
{
    say_done(mmio_map_protect(s->map, CHOICE(s->fields[1], protections),
                              signed_number(s->fields[2]), &last_error));
}

static void do_policy(const step *s)
{
    const uint64_t amount = s->field_count > 2 ? number_at(s, 2) : 0;
    say_done(mmio_map_set_policy(s->map, CHOICE(s->fields[1], policies), amount, &last_error));
}

static void do_await_flushed(const step *s)
{
    /* The driver's time limit ends a wait that has no end. */
    while (mmio_map_pending(s->map) != 0) {
    }
    say_done(MMIO_OK);
}

static void do_rewrite_lost(const step *s)
{
    say_done(mmio_map_rewrite_lost(s->map, CHOICE(s->fields[1], levels), &last_error));
}

ANSWER(acknowledge_loss, say_done(mmio_map_acknowledge_loss(s->map, &last_error)))

static void do_inventory(const step *s)
{
    (void)s;
    mmio_inventory *inventory;
    const mmio_status status = mmio_inventory_open(&inventory, &last_error);
    const uint64_t count = mmio_inventory_count(inventory);
    uint64_t size = 0;
    uint64_t views = 0;
    for (uint64_t i = 0; i < count; i++) {
        mmio_map_info info = {.struct_size = sizeof info};
        if (mmio_inventory_get(inventory, i, &info, NULL, &last_error) != MMIO_OK) {
            die("an item of the inventory is not there", "inventory");
        }
        size += info.size;
        views += info.views;
    }
    mmio_inventory_close(inventory);
    say(status, "count=%" PRIu64 "\tsize=%" PRIu64 "\tviews=%" PRIu64, count, size, views);
}

const verb file_map_verbs[] = {
    {"window", 4, NOTHING, do_window},
    {"shared", 3, NOTHING, do_shared},
    {"shared_remove", 1, NOTHING, do_shared_remove},
    {"seal", 2, MAP_FIRST, do_seal},
    {"share", 2, MAP_SECOND, do_share},
    {"append", 2, MAP_FIRST, do_append},
    {"refresh", 1, MAP_FIRST, do_refresh},
    {"protect", 3, MAP_FIRST, do_protect},
    {"policy", 2, MAP_FIRST, do_policy},
    {"await_flushed", 1, MAP_FIRST, do_await_flushed},
    {"rewrite_lost", 2, MAP_FIRST, do_rewrite_lost},
    {"acknowledge_loss", 1, MAP_FIRST, do_acknowledge_loss},
    {"inventory", 0, NOTHING, do_inventory},
    {NULL, 0, NOTHING, NULL},
};
