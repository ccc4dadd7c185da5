/* SPDX-License-Identifier: Apache-2.0 */
/* Making maps, and passing their files on. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "world.h"

static mmio_status open_path(world *w, const char *path, mmio_open_options options,
                             mmio_error *error)
{
    return mmio_map_open(path, &options, &w->map, error);
}

static mmio_status open_default(world *w, mmio_error *error)
{
    return mmio_map_open("f", NULL, &w->map, error);
}

static mmio_status open_rw(world *w, mmio_error *error)
{
    return open_path(w, "f", options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0), error);
}

static mmio_status open_private(world *w, mmio_error *error)
{
    return open_path(w, "f", options_of(MMIO_MODE_COW_RW, MMIO_DISPOSITION_OPEN, 0), error);
}

static mmio_status open_carefully(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_NOFOLLOW | MMIO_OPEN_BENEATH;
    options.touch = MMIO_TOUCH_EAGER;
    options.window_offset = 5000;
    return open_path(w, "f", options, error);
}

static mmio_status create_new(world *w, mmio_error *error)
{
    return open_path(w, "g", options_of(0, MMIO_DISPOSITION_CREATE_NEW, 9000), error);
}

static mmio_status create_over(world *w, mmio_error *error)
{
    return open_path(w, "f", options_of(0, MMIO_DISPOSITION_CREATE, 9000), error);
}

static mmio_status create_allocated(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(0, MMIO_DISPOSITION_OPEN_OR_CREATE, 9000);
    options.flags = MMIO_OPEN_ALLOCATE;
    return open_path(w, "g", options, error);
}

static mmio_status create_locally(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(0, MMIO_DISPOSITION_OPEN_OR_CREATE, 9000);
    options.flags = MMIO_OPEN_LOCAL;
    return open_path(w, "g", options, error);
}

static mmio_status extend_empty(world *w, mmio_error *error)
{
    return open_path(w, "e", options_of(0, MMIO_DISPOSITION_OPEN_OR_CREATE, 9000), error);
}

static mmio_status open_with_policy(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(0, MMIO_DISPOSITION_CREATE_NEW, 9000);
    options.policy = MMIO_POLICY_EVERY_MILLIS;
    options.policy_amount = 60000;
    return open_path(w, "g", options, error);
}

static const char *check_9000(world *w)
{
    CHECK(mmio_map_size(w->map) == 9000);
    return check_map(w);
}

static void set_up_empty(world *w)
{
    (void)w;
    make_file("e", 0);
}

/* Failing, it leaves the file as it was. */
static mmio_status open_huge(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.touch = MMIO_TOUCH_EAGER;
    return open_path(w, "f", options, error);
}

/* Handles. */

static void set_up_handle(world *w)
{
    make_file("f", F_SIZE);
    w->fd = open("f", O_RDWR | O_CLOEXEC);
    NEED(w->fd >= 0);
}

static void set_up_empty_handle(world *w)
{
    make_file("e", 0);
    w->fd = open("e", O_RDWR | O_CLOEXEC);
    NEED(w->fd >= 0);
}

/* A failed call leaves the handle to the caller, who uses it again. */
static mmio_status take_handle(world *w, uint32_t disposition, uint64_t size, mmio_error *error)
{
    EXPECT(w, fcntl(w->fd, F_GETFD) >= 0);
    const mmio_open_options options = options_of(MMIO_MODE_RW, disposition, size);
    const mmio_status status = mmio_map_from_handle(w->fd, "f", &options, &w->map, error);
    w->fd = status == MMIO_OK ? -1 : w->fd;
    return status;
}

static mmio_status from_handle(world *w, mmio_error *error)
{
    return take_handle(w, MMIO_DISPOSITION_OPEN, 0, error);
}

static mmio_status from_empty_handle(world *w, mmio_error *error)
{
    EXPECT(w, size_of("e") == 0);
    return take_handle(w, MMIO_DISPOSITION_OPEN_OR_CREATE, 9000, error);
}

static mmio_status into_handle(world *w, mmio_error *error)
{
    intptr_t handle = -1;
    const mmio_status status = mmio_map_into_handle(w->map, &handle, error);
    if (status == MMIO_OK) {
        w->fd = (int)handle;
        mmio_map_close(w->map);
        w->map = NULL;
    }
    return status;
}

static void set_up_appended(world *w)
{
    set_up_map(w);
    NEED(mmio_map_append(w->map, "abc", 3, NULL, NULL) == MMIO_OK);
}

static const char *check_trimmed(world *w)
{
    CHECK(w->fd >= 0);
    CHECK(size_of("f") == (int64_t)F_SIZE + 3);
    return NULL;
}

static mmio_status duplicate_handle(world *w, mmio_error *error)
{
    intptr_t handle = -1;
    const mmio_status status = mmio_map_duplicate_handle(w->map, &handle, error);
    w->fd = (int)handle;
    return status;
}

static mmio_status close_appended(world *w, mmio_error *error)
{
    (void)error;
    mmio_map_close(w->map);
    w->map = NULL;
    return MMIO_OK;
}

static mmio_status shut_down(world *w, mmio_error *error)
{
    mmio_map_close(mmio_map_retain(w->map));
    return mmio_map_shutdown(w->map, error);
}

/* Memory. */

static mmio_status anonymous(world *w, mmio_error *error)
{
    return mmio_map_anonymous(9000, NULL, &w->map, error);
}

static mmio_status anonymous_huge(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.touch = MMIO_TOUCH_EAGER;
    return mmio_map_anonymous((uint64_t)2 << 20, &options, &w->map, error);
}

static mmio_status shared_unnamed(world *w, mmio_error *error)
{
    return mmio_map_shared(NULL, 9000, NULL, &w->map, error);
}

static void set_up_shared(world *w)
{
    NEED(mmio_map_shared(NULL, 9000, NULL, &w->map, NULL) == MMIO_OK);
}

static mmio_status seal(world *w, mmio_error *error)
{
    return mmio_map_seal(w->map, MMIO_SEAL_SHRINK | MMIO_SEAL_GROW, error);
}

static const char *name_of_shared(void)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "mmio-fault-points-%d", (int)getpid());
    return name;
}

static const char *path_of_shared(void)
{
    static char path[96];
    (void)snprintf(path, sizeof path, "/dev/shm/%s", name_of_shared());
    return path;
}

static void set_up_far(world *w)
{
    w->far = path_of_shared();
}

static mmio_status shared_named(world *w, mmio_error *error)
{
    EXPECT(w, size_of(path_of_shared()) < 0);
    const mmio_open_options options = options_of(0, MMIO_DISPOSITION_CREATE_NEW, 0);
    return mmio_map_shared(name_of_shared(), 9000, &options, &w->map, error);
}

static const char *check_shared(world *w)
{
    CHECK(size_of(path_of_shared()) == 9000);
    return check_9000(w);
}

static void set_up_name(world *w)
{
    set_up_far(w);
    make_file(path_of_shared(), 0);
}

static mmio_status shared_remove(world *w, mmio_error *error)
{
    (void)w;
    return mmio_shared_remove(name_of_shared(), error);
}

static const char *check_no_name(world *w)
{
    (void)w;
    CHECK(size_of(path_of_shared()) < 0);
    return NULL;
}

static const scenario table[] = {
    {"open", "mmio_map_open", set_up_file, open_default, check_map, 0},
    {"open RW", "mmio_map_open", set_up_file, open_rw, check_map, 0},
    {"open COW_RW", "mmio_map_open", set_up_file, open_private, check_map, 0},
    {"open carefully", "mmio_map_open", set_up_file, open_carefully, check_map, 0},
    {"open with huge pages", "mmio_map_open", set_up_file, open_huge, check_map, 0},
    {"create", "mmio_map_open", set_up_nothing, create_new, check_9000, 0},
    {"create over a file", "mmio_map_open", set_up_file, create_over, check_9000, CHANGES_FILE},
    {"create allocated", "mmio_map_open", set_up_nothing, create_allocated, check_9000, 0},
    {"create locally", "mmio_map_open", set_up_nothing, create_locally, check_9000, SLOW},
    {"extend an empty file", "mmio_map_open", set_up_empty, extend_empty, check_9000, 0},
    {"open with a timer", "mmio_map_open", set_up_nothing, open_with_policy, check_9000, OTHERS},
    {"from a handle", "mmio_map_from_handle", set_up_handle, from_handle, check_map, 0},
    {"from an empty handle", "mmio_map_from_handle", set_up_empty_handle, from_empty_handle,
     check_9000, 0},
    {"into a handle", "mmio_map_into_handle", set_up_appended, into_handle, check_trimmed,
     CHANGES_FILE},
    {"duplicate a handle", "mmio_map_duplicate_handle", set_up_map, duplicate_handle, check_map, 0},
    {"close", "mmio_map_close", set_up_appended, close_appended, NULL, 0},
    {"shut down", "mmio_map_shutdown mmio_map_retain mmio_map_close", set_up_map, shut_down, NULL,
     0},
    {"anonymous", "mmio_map_anonymous", set_up_nothing, anonymous, check_9000, 0},
    {"anonymous with huge pages", "mmio_map_anonymous", set_up_nothing, anonymous_huge, check_map,
     0},
    {"shared", "mmio_map_shared", set_up_nothing, shared_unnamed, check_9000, 0},
    {"shared by name", "mmio_map_shared", set_up_far, shared_named, check_shared, 0},
    {"remove a shared name", "mmio_shared_remove", set_up_name, shared_remove, check_no_name, 0},
    {"seal", "mmio_map_seal", set_up_shared, seal, check_map, 0},
};

const scenario_table scenarios_of_maps = {table, sizeof table / sizeof table[0]};
