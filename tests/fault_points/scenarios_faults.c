/* SPDX-License-Identifier: Apache-2.0 */
/* Guards, bytes that are gone, bytes that were lost, and maps that are mapped when they are used.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "strike.h"
#include "world.h"

static uint8_t bytes[F_SIZE];

/* Guards. */

static mmio_status guard(world *w, mmio_error *error)
{
    (void)w;
    const mmio_status status = mmio_fault_guard(MMIO_GUARD_SIGNAL, error);
    EXPECT(w, (mmio_fault_guard_now() == MMIO_GUARD_SIGNAL) == (status == MMIO_OK));
    return status;
}

static mmio_status guard_by_system(world *w, mmio_error *error)
{
    NEED(mmio_fault_guard(MMIO_GUARD_OFF, NULL) == MMIO_OK);
    const mmio_status status = mmio_fault_guard(MMIO_GUARD_SYSCALL, error);
    EXPECT(w, (mmio_fault_guard_now() == MMIO_GUARD_SYSCALL) == (status == MMIO_OK));
    return status;
}

static mmio_status open_guarded(world *w, mmio_error *error)
{
    const mmio_status status = guard(w, error);
    return status == MMIO_OK ? mmio_map_open("f", NULL, &w->map, error) : status;
}

static void set_up_by_system(world *w)
{
    set_up_map(w);
    NEED(mmio_fault_guard(MMIO_GUARD_SYSCALL, NULL) == MMIO_OK);
}

static mmio_status read_by_system(world *w, mmio_error *error)
{
    return mmio_map_read(w->map, 10, bytes, 5000, error);
}

static mmio_status write_by_system(world *w, mmio_error *error)
{
    return mmio_map_write(w->map, 10, pattern() + 10, 5000, error);
}

static mmio_status check_faults(world *w, mmio_error *error)
{
    return mmio_map_check_faults(w->map, error);
}

/* A view of bytes that are gone, where zeros could be written to. */
static void set_up_cut(world *w)
{
    mmio_open_options options = options_of(MMIO_MODE_COW_RW, MMIO_DISPOSITION_OPEN, 0);
    options.on_fault = MMIO_ON_FAULT_ABSORB;
    NEED(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    open_f(w, &options);
    NEED(mmio_view_acquire(w->map, 0, F_SIZE, 0, &w->view, NULL) == MMIO_OK);
    w->has_view = true;
    NEED(truncate("f", 5000) == 0);
}

static mmio_status use_cut(world *w, mmio_error *error)
{
    (void)error;
    const volatile uint8_t *data = w->view.data;
    for (uint64_t at = 8192; at < F_SIZE; at += 4096) {
        EXPECT(w, data[at] == 0);
    }
    return MMIO_OK;
}

static const char *check_gone(world *w)
{
    mmio_error error = {.status = MMIO_OK};
    CHECK(mmio_map_check_faults(w->map, &error) == MMIO_ERR_FAULT);
    CHECK(error.offset >= 5000);
    return NULL;
}

static mmio_status read_cut(world *w, mmio_error *error)
{
    const mmio_status status = mmio_map_read(w->map, 0, bytes, F_SIZE, error);
    if (status == MMIO_ERR_FAULT) {
        *error = (mmio_error){.status = MMIO_OK};
        return MMIO_OK;
    }
    EXPECT(w, status != MMIO_OK);
    return status;
}

/* Losses. */

static void set_up_lost(world *w)
{
    const plan first = {.faults = {{1, 0}}, .fault_count = 1};
    record calls;
    set_up_written(w);
    strikes_begin(&first);
    NEED(mmio_map_flush(w->map, MMIO_FLUSH_DATA, NULL) == MMIO_ERR_IO);
    strikes_end(&calls);
    mmio_error error = {.status = MMIO_OK};
    NEED(mmio_map_flush(w->map, MMIO_FLUSH_DATA, &error) == MMIO_ERR_LOST && error.os_code == EIO);
}

/* What fails repairs nothing, and what was lost first is still what is told. */
static mmio_status rewrite_lost(world *w, mmio_error *error)
{
    const mmio_status status = mmio_map_rewrite_lost(w->map, MMIO_FLUSH_DATA, error);
    mmio_map_info info = {.struct_size = sizeof info};
    EXPECT(w, mmio_map_get_info(w->map, &info, NULL) == MMIO_OK &&
                  info.lost_code == (status == MMIO_OK ? 0 : EIO));
    return status;
}

static mmio_status acknowledge(world *w, mmio_error *error)
{
    return mmio_map_acknowledge_loss(w->map, error);
}

static const char *check_kept(world *w)
{
    CHECK(mmio_map_flush(w->map, MMIO_FLUSH_DATA, NULL) == MMIO_OK);
    CHECK(mmio_map_pending(w->map) == 0);
    return check_map(w);
}

/* Maps that are not mapped yet. */

static void set_up_deferred(world *w)
{
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_DEFER;
    open_f(w, &options);
}

static mmio_status open_deferred(world *w, mmio_error *error)
{
    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_DEFER;
    return mmio_map_open("f", &options, &w->map, error);
}

static mmio_status use_deferred(world *w, mmio_error *error)
{
    const mmio_status status = mmio_view_acquire(w->map, 0, F_SIZE, 0, &w->view, error);
    w->has_view = status == MMIO_OK;
    return status;
}

/* Holes. */

#define WIDE ((uint64_t)2 << 20)

static void set_up_hole(world *w)
{
    const mmio_open_options options = options_of(0, MMIO_DISPOSITION_CREATE_NEW, WIDE);
    NEED(mmio_map_open("g", &options, &w->map, NULL) == MMIO_OK);
}

static mmio_status touch(world *w, mmio_error *error)
{
    return mmio_map_touch(w->map, 0, WIDE, 0, NULL, NULL, error);
}

#define TIMEOUT_MS 5000

/* The timer's list stays; what its thread is begun with goes once it runs. */
static void begin_timer(world *w)
{
    const long blocks = books_now().blocks + 1;
    NEED(mmio_map_set_policy(w->map, MMIO_POLICY_EVERY_MILLIS, 1, NULL) == MMIO_OK);
    for (int waited = 0; books_now().blocks != blocks; waited++) {
        NEED(waited < TIMEOUT_MS);
        (void)usleep(1000);
    }
}

/* The timer's thread stays with the parent. */
static void set_up_forked(world *w)
{
    set_up_map(w);
    begin_timer(w);
    const pid_t child = fork();
    NEED(child >= 0);
    if (child != 0) {
        int how = 0;
        NEED(waitpid(child, &how, 0) == child);
        _exit(WIFEXITED(how) ? WEXITSTATUS(how) : 1);
    }
}

static mmio_status write_forked(world *w, mmio_error *error)
{
    const uint8_t byte = pattern_at(7);
    const mmio_status status = mmio_map_write(w->map, 7, &byte, 1, error);
    for (int waited = 0; status == MMIO_OK && mmio_map_pending(w->map) != 0; waited++) {
        (void)usleep(1000);
        if (waited == TIMEOUT_MS) {
            EXPECT(w, mmio_map_pending(w->map) == 0);
            break;
        }
    }
    return status;
}

static const scenario table[] = {
    {"first guard", "mmio_fault_guard mmio_fault_guard_now", set_up_file, guard, NULL, COLD},
    {"first guarded map", "mmio_fault_guard mmio_map_open", set_up_file, open_guarded, check_map,
     COLD},
    {"open a guarded map", "mmio_fault_guard mmio_map_open", set_up_file, open_guarded, check_map,
     0},
    {"guard by the system", "mmio_fault_guard", set_up_map, guard_by_system, check_map, 0},
    {"read by the system", "mmio_map_read", set_up_by_system, read_by_system, check_map, 0},
    {"write by the system", "mmio_map_write", set_up_by_system, write_by_system, check_map, 0},
    {"check faults", "mmio_map_check_faults", set_up_map, check_faults, check_map, 0},
    {"go on with zeros", "mmio_view_acquire mmio_map_check_faults", set_up_cut, use_cut, check_gone,
     CHANGES},
    {"read what is gone", "mmio_map_read", set_up_cut, read_cut, NULL, CHANGES},
    {"write again what was lost", "mmio_map_rewrite_lost", set_up_lost, rewrite_lost, check_kept,
     LOST},
    {"acknowledge a loss", "mmio_map_acknowledge_loss", set_up_lost, acknowledge, check_kept,
     LOST | NO_CALLS},
    {"open deferred", "mmio_map_open", set_up_file, open_deferred, check_map, 0},
    {"read before mapping", "mmio_map_read", set_up_deferred, read_by_system, check_map, 0},
    {"map at last", "mmio_view_acquire", set_up_deferred, use_deferred, check_map, 0},
    {"touch a hole", "mmio_map_touch", set_up_hole, touch, check_map, ON_DISK},
    {"write with a timer after a fork", "mmio_map_write", set_up_forked, write_forked, check_map,
     COLD | OTHERS},
};

const scenario_table scenarios_of_faults = {table, sizeof table / sizeof table[0]};
