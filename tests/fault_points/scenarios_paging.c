/* SPDX-License-Identifier: Apache-2.0 */
/* Pages, the ground, and the inventory. */
#include <fcntl.h>
#include <string.h>

#include "world.h"

static mmio_status advise(world *w, mmio_error *error)
{
    mmio_status status = MMIO_OK;
    for (uint32_t advice = 0; advice <= MMIO_ADVICE_DONT_NEED && status == MMIO_OK; advice++) {
        status = mmio_map_advise(w->map, 100, 9000, advice, error);
    }
    return status;
}

static mmio_status prefetch(world *w, mmio_error *error)
{
    return mmio_map_prefetch(w->map, 100, 9000, error);
}

static mmio_status touch(world *w, mmio_error *error)
{
    return mmio_map_touch(w->map, 0, F_SIZE, 0, NULL, NULL, error);
}

static mmio_status touch_to_write(world *w, mmio_error *error)
{
    return mmio_map_touch(w->map, 0, F_SIZE, MMIO_POPULATE_WRITE, NULL, NULL, error);
}

static void set_up_huge(world *w)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    open_f(w, &options);
}

static mmio_status residency(world *w, mmio_error *error)
{
    mmio_residency residency = {.struct_size = sizeof residency};
    return mmio_map_residency(w->map, 0, F_SIZE, &residency, error);
}

static mmio_status resident_pages(world *w, mmio_error *error)
{
    uint8_t pages[5];
    return mmio_map_resident_pages(w->map, 0, F_SIZE, sizeof pages, pages, error);
}

static mmio_status evict(world *w, mmio_error *error)
{
    return mmio_map_evict(w->map, 0, F_SIZE, error);
}

static mmio_status lock_memory(world *w, mmio_error *error)
{
    return mmio_map_lock_memory(w->map, 0, 9000, error);
}

static mmio_status unlock_memory(world *w, mmio_error *error)
{
    return mmio_map_unlock_memory(w->map, 0, 9000, error);
}

static mmio_status huge_pages(world *w, mmio_error *error)
{
    uint32_t state;
    const mmio_status status = mmio_map_huge_pages(w->map, &state, error);
    w->number = state;
    return status;
}

/* A failure on the way there is no reason to say no. */
static const char *check_huge_pages(world *w)
{
    CHECK(w->number != MMIO_HUGE_PAGES_YES);
    return NULL;
}

/* The ground. */

static const char *check_ground(const mmio_ground *ground)
{
    CHECK(memchr(ground->name, '\0', sizeof ground->name) != NULL);
    CHECK(ground->handles_now < 1000 && ground->maps_now < 100000);
    return NULL;
}

static mmio_status ground_of_file(world *w, mmio_error *error)
{
    (void)w;
    mmio_ground ground = {.struct_size = sizeof ground};
    const mmio_status status = mmio_ground_of_path("f", &ground, error);
    EXPECT(w, check_ground(&ground) == NULL);
    return status;
}

static mmio_status ground_of_parent(world *w, mmio_error *error)
{
    (void)w;
    mmio_ground ground = {.struct_size = sizeof ground};
    return mmio_ground_of_path("none", &ground, error);
}

static void set_up_handle(world *w)
{
    make_file("f", F_SIZE);
    w->fd = open("f", O_RDONLY | O_CLOEXEC);
    NEED(w->fd >= 0);
}

static mmio_status ground_of_handle(world *w, mmio_error *error)
{
    mmio_ground ground = {.struct_size = sizeof ground};
    return mmio_ground_of_handle(w->fd, &ground, error);
}

/* The inventory. */

static mmio_status inventory_open(world *w, mmio_error *error)
{
    return mmio_inventory_open(&w->inventory, error);
}

static void set_up_inventory(world *w)
{
    set_up_two(w);
    NEED(mmio_inventory_open(&w->inventory, NULL) == MMIO_OK);
}

static mmio_status inventory_json(world *w, mmio_error *error)
{
    const char *text;
    return mmio_inventory_json(w->inventory, &text, NULL, error);
}

static mmio_status inventory_get(world *w, mmio_error *error)
{
    mmio_map_info info = {.struct_size = sizeof info};
    const uint64_t last = mmio_inventory_count(w->inventory) - 1;
    return mmio_inventory_get(w->inventory, last, &info, NULL, error);
}

static mmio_status inventory_close(world *w, mmio_error *error)
{
    (void)error;
    mmio_inventory_close(w->inventory);
    w->inventory = NULL;
    return MMIO_OK;
}

static const char *check_inventory(world *w)
{
    CHECK(mmio_inventory_count(w->inventory) == 2);
    return NULL;
}

/* Pressure. */

/* That there is none is an answer. */
static mmio_status unless_none(mmio_status status, mmio_error *error)
{
    if (status == MMIO_ERR_BUSY) {
        *error = (mmio_error){.status = MMIO_OK};
        return MMIO_OK;
    }
    return status;
}

static mmio_status pressure(world *w, mmio_error *error)
{
    intptr_t handle;
    mmio_status status = mmio_pressure_open(NULL, &w->pressure, error);
    if (status == MMIO_OK) {
        status = unless_none(mmio_pressure_wait(w->pressure, 0, error), error);
    }
    if (status == MMIO_OK) {
        status = mmio_pressure_handle(w->pressure, &handle, error);
    }
    mmio_pressure_close(w->pressure);
    w->pressure = NULL;
    return status;
}

static const scenario table[] = {
    {"advise", "mmio_map_advise", set_up_map, advise, check_map, 0},
    {"prefetch", "mmio_map_prefetch", set_up_map, prefetch, check_map, 0},
    {"touch", "mmio_map_touch", set_up_map, touch, check_map, 0},
    {"touch to write", "mmio_map_touch", set_up_map, touch_to_write, check_map, 0},
    {"touch with huge pages", "mmio_map_touch", set_up_huge, touch, check_map, 0},
    {"residency", "mmio_map_residency", set_up_map, residency, check_map, 0},
    {"resident pages", "mmio_map_resident_pages", set_up_map, resident_pages, check_map, 0},
    {"evict", "mmio_map_evict", set_up_written, evict, check_map, 0},
    {"lock memory", "mmio_map_lock_memory", set_up_map, lock_memory, check_map, 0},
    {"unlock memory", "mmio_map_unlock_memory", set_up_map, unlock_memory, check_map, 0},
    {"huge pages", "mmio_map_huge_pages", set_up_map, huge_pages, check_huge_pages, SLOW},
    {"ground of a file", "mmio_ground_of_path", set_up_file, ground_of_file, NULL, SLOW},
    {"ground of a parent", "mmio_ground_of_path", set_up_file, ground_of_parent, NULL, SLOW},
    {"ground of a handle", "mmio_ground_of_handle", set_up_handle, ground_of_handle, NULL, SLOW},
    {"inventory", "mmio_inventory_open", set_up_two, inventory_open, check_inventory, 0},
    {"inventory as JSON", "mmio_inventory_json", set_up_inventory, inventory_json, check_inventory,
     0},
    {"inventory of one", "mmio_inventory_get mmio_inventory_count", set_up_inventory, inventory_get,
     check_inventory, NO_CALLS},
    {"end of an inventory", "mmio_inventory_close", set_up_inventory, inventory_close, check_map,
     NO_CALLS},
    {"pressure", "mmio_pressure_open mmio_pressure_wait mmio_pressure_handle mmio_pressure_close",
     set_up_nothing, pressure, NULL, SLOW},
};

const scenario_table scenarios_of_paging = {table, sizeof table / sizeof table[0]};
