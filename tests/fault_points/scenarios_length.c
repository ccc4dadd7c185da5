/* SPDX-License-Identifier: Apache-2.0 */
/* Maps that become longer and shorter. */
#include <unistd.h>

#include "world.h"

#define LONGER ((uint64_t)100000)

static mmio_status resize(world *w, uint64_t size, mmio_error *error)
{
    return mmio_map_resize(w->map, size, 0, error);
}

static mmio_status grow(world *w, mmio_error *error)
{
    return resize(w, LONGER, error);
}

static mmio_status shrink(world *w, mmio_error *error)
{
    return resize(w, 5000, error);
}

static const char *check_longer(world *w)
{
    CHECK(mmio_map_size(w->map) == LONGER);
    return check_map(w);
}

static const char *check_longer_file(world *w)
{
    CHECK(size_of("f") == (int64_t)LONGER);
    return check_longer(w);
}

static const char *check_shorter(world *w)
{
    CHECK(size_of("f") == 5000);
    CHECK(mmio_map_size(w->map) == 5000);
    return check_map(w);
}

static void set_up_allocated(world *w)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_ALLOCATE;
    open_f(w, &options);
}

/* Moving must not wait for it, nor it see anything of it. */
static void set_up_viewed(world *w)
{
    set_up_tight(w);
    NEED(mmio_view_acquire(w->map, 0, F_SIZE, 0, &w->view, NULL) == MMIO_OK);
    w->has_view = true;
}

static const char *check_viewed(world *w)
{
    CHECK(((const uint8_t *)w->view.data)[F_SIZE - 1] == pattern_at(F_SIZE - 1));
    return check_longer_file(w);
}

/* Following. */

static void lengthen(world *w, void (*set_up)(world *w))
{
    set_up(w);
    NEED(truncate("f", (off_t)LONGER) == 0);
}

static void set_up_lengthened(world *w)
{
    lengthen(w, set_up_map);
}

static void set_up_lengthened_tight(world *w)
{
    lengthen(w, set_up_read_only);
}

static void set_up_shortened(world *w)
{
    set_up_map(w);
    NEED(truncate("f", 5000) == 0);
}

static mmio_status refresh(world *w, mmio_error *error)
{
    uint64_t before;
    uint64_t after;
    return mmio_map_refresh(w->map, &before, &after, error);
}

/* Appending. */

static mmio_status append_once(world *w, size_t size, mmio_error *error)
{
    static const uint8_t bytes[70000];
    return mmio_map_append(w->map, bytes, size, NULL, error);
}

static mmio_status append_little(world *w, mmio_error *error)
{
    return append_once(w, 100, error);
}

static mmio_status append_much(world *w, mmio_error *error)
{
    return append_once(w, 70000, error);
}

static const char *check_appended(world *w)
{
    mmio_map_info info = {.struct_size = sizeof info};
    CHECK(mmio_map_get_info(w->map, &info, NULL) == MMIO_OK);
    CHECK(info.appended == F_SIZE + 100 || info.appended == F_SIZE + 70000);
    CHECK(info.appended <= info.size && (int64_t)info.size <= size_of("f"));
    return check_map(w);
}

static void set_up_policy(world *w)
{
    set_up_tight(w);
    NEED(mmio_map_set_policy(w->map, MMIO_POLICY_ALWAYS, 0, NULL) == MMIO_OK);
}

/* Protecting. */

static mmio_status protect(world *w, mmio_error *error)
{
    return mmio_map_protect(w->map, MMIO_PROTECT_READ_ONLY, 0, error);
}

static mmio_status unprotect(world *w, mmio_error *error)
{
    return mmio_map_protect(w->map, MMIO_PROTECT_NONE, 0, error);
}

static void set_up_protected(world *w)
{
    set_up_map(w);
    NEED(mmio_map_protect(w->map, MMIO_PROTECT_READ_ONLY, 0, NULL) == MMIO_OK);
}

static const char *check_writable(world *w)
{
    CHECK(mmio_map_write(w->map, 0, "x", 1, NULL) == MMIO_OK);
    return NULL;
}

static const char *check_not_writable(world *w)
{
    CHECK(mmio_map_write(w->map, 0, "x", 1, NULL) == MMIO_ERR_MODE);
    return NULL;
}

static const scenario table[] = {
    {"grow", "mmio_map_resize", set_up_map, grow, check_longer_file, 0},
    {"grow and move", "mmio_map_resize", set_up_tight, grow, check_longer_file, 0},
    {"grow and move under a view", "mmio_map_resize", set_up_viewed, grow, check_viewed, 0},
    {"grow allocated", "mmio_map_resize", set_up_allocated, grow, check_longer_file, 0},
    {"grow anonymous", "mmio_map_resize", set_up_anonymous, grow, check_longer, 0},
    {"shrink", "mmio_map_resize", set_up_map, shrink, check_shorter, 0},
    {"follow a longer file", "mmio_map_refresh", set_up_lengthened, refresh, check_longer_file,
     CHANGES_FILE},
    {"follow and move", "mmio_map_refresh", set_up_lengthened_tight, refresh, check_longer_file,
     CHANGES_FILE},
    {"follow a shorter file", "mmio_map_refresh", set_up_shortened, refresh, check_shorter,
     CHANGES},
    {"append", "mmio_map_append", set_up_map, append_little, check_appended, 0},
    {"append and move", "mmio_map_append", set_up_tight, append_much, check_appended, 0},
    {"append to allocated", "mmio_map_append", set_up_allocated, append_much, check_appended, 0},
    {"append durably", "mmio_map_append", set_up_policy, append_little, NULL, CHANGES},
    {"append durably through a file", "mmio_map_append", set_up_policy, append_little, NULL,
     CHANGES | ON_DISK},
    {"protect", "mmio_map_protect", set_up_map, protect, check_not_writable, 0},
    {"unprotect", "mmio_map_protect", set_up_protected, unprotect, check_writable, 0},
};

const scenario_table scenarios_of_length = {table, sizeof table / sizeof table[0]};
