/* SPDX-License-Identifier: Apache-2.0 */
/* Being told when memory becomes scarce. */
#include "mmio/pressure.h"

#include <string.h>

#include "base/memory.h"
#include "base/options.h"
#include "fork.h"
#include "lock.h"
#include "os/os.h"
#include "system.h"

/* Size of mmio_pressure_options in the first release. */
#define OPTIONS_SIZE_LEAST 24

#define DEFAULT_STALL_MS 150u
/* Linux lets anybody ask for multiples of this, and only privileged processes for others. */
#define WINDOW_UNIT_MS 2000u
#define WINDOW_MOST_MS 10000u
#define US_PER_MS 1000u

struct mmio_pressure {
    mmio__os_pressure source;
    uint32_t forks; /* As mmio__forks() when it was opened. */
};

static mmio_status read_pressure_options(const mmio__call *call, const mmio_pressure_options *given,
                                         mmio_pressure_options *out_options)
{
    memset(out_options, 0, sizeof *out_options);
    if (given != NULL &&
        !mmio__options_copy(out_options, sizeof *out_options, OPTIONS_SIZE_LEAST, given)) {
        return mmio__fail(call, MMIO_ERR_INVALID,
                          "struct_size %u of the options is wrong, or their unknown tail is set",
                          (unsigned)given->struct_size);
    }
    if (out_options->stall_ms == 0) {
        out_options->stall_ms = DEFAULT_STALL_MS;
    }
    if (out_options->window_ms == 0) {
        out_options->window_ms = WINDOW_UNIT_MS;
    }
    if (out_options->who > MMIO_PRESSURE_ALL || out_options->reserved != 0 ||
        out_options->window_ms % WINDOW_UNIT_MS != 0 || out_options->window_ms > WINDOW_MOST_MS ||
        out_options->stall_ms > out_options->window_ms) {
        return mmio__fail(call, MMIO_ERR_INVALID, "who %u, stall_ms %u or window_ms %u is wrong",
                          (unsigned)out_options->who, (unsigned)out_options->stall_ms,
                          (unsigned)out_options->window_ms);
    }
    return MMIO_OK;
}

mmio_status mmio_pressure_open(const mmio_pressure_options *options, mmio_pressure **out_pressure,
                               mmio_error *error)
{
    const mmio__call call = {"mmio_pressure_open", NULL, error};
    if (out_pressure == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_pressure is NULL");
    }
    *out_pressure = NULL;
    mmio_pressure_options known;
    mmio_status status = read_pressure_options(&call, options, &known);
    if (status == MMIO_OK) {
        status = mmio__forks_prepare(&call);
    }
    if (status != MMIO_OK) {
        return status;
    }

    mmio_pressure *pressure = mmio__allocate(sizeof *pressure);
    if (pressure == NULL) {
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the object");
    }
    pressure->forks = mmio__forks();
    const int32_t code =
        mmio__os_pressure_open(known.who == MMIO_PRESSURE_ALL, (uint64_t)known.stall_ms * US_PER_MS,
                               (uint64_t)known.window_ms * US_PER_MS, &pressure->source);
    if (code != 0) {
        mmio__free(pressure);
        return mmio__fail_system(&call, code, "cannot listen to memory pressure");
    }
    *out_pressure = pressure;
    return MMIO_OK;
}

/* A child that took an event would take it from its parent. */
static mmio_status check_pressure(const mmio__call *call, const mmio_pressure *pressure)
{
    if (pressure == NULL) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the object is NULL");
    }
    return pressure->forks == mmio__forks()
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_FORKED, "it was opened before fork()");
}

mmio_status mmio_pressure_wait(mmio_pressure *pressure, int64_t timeout_ms, mmio_error *error)
{
    const mmio__call call = {"mmio_pressure_wait", NULL, error};
    const mmio_status status = check_pressure(&call, pressure);
    if (status != MMIO_OK) {
        return status;
    }
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    bool happened = false;
    const int32_t code = mmio__os_pressure_wait(&pressure->source, deadline, &happened);
    if (code != 0) {
        return mmio__fail_system(&call, code, "cannot wait for memory pressure");
    }
    if (happened) {
        return MMIO_OK;
    }
    return mmio__fail(&call, mmio__deadline_status(deadline), "there was no memory pressure");
}

mmio_status mmio_pressure_handle(mmio_pressure *pressure, intptr_t *out_handle, mmio_error *error)
{
    const mmio__call call = {"mmio_pressure_handle", NULL, error};
    if (out_handle == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_handle is NULL");
    }
    *out_handle = MMIO__OS_NO_HANDLE;
    const mmio_status status = check_pressure(&call, pressure);
    if (status == MMIO_OK) {
        *out_handle = pressure->source.handle;
    }
    return status;
}

void mmio_pressure_close(mmio_pressure *pressure)
{
    if (pressure != NULL) {
        mmio__os_pressure_close(&pressure->source);
        mmio__free(pressure);
    }
}
