/* SPDX-License-Identifier: Apache-2.0 */
/* What files stand on. */
#include "ground.h"

#include <string.h>

#include "base/options.h"
#include "mmio/ground.h"
#include "os/os.h"
#include "system.h"

/* Size of mmio_ground in the first release. */
#define GROUND_SIZE_LEAST 104

static mmio_status check_room(const mmio__call *call, const mmio_ground *out_ground)
{
    return out_ground != NULL && out_ground->struct_size >= GROUND_SIZE_LEAST
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_INVALID,
                            "out_ground is NULL or its struct_size too small");
}

/* What the system said of the file system, and the limits with it. */
static mmio_status answer(const mmio__call *call, int32_t code, mmio_ground *ground,
                          mmio_ground *out_ground)
{
    if (code == 0) {
        mmio__os_ground_limits(ground);
    } else {
        memset(ground, 0, sizeof *ground);
    }
    mmio__info_copy(out_ground, out_ground->struct_size, ground, sizeof *ground);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot look at the file system");
}

mmio_status mmio_ground_of_path(const char *path, mmio_ground *out_ground, mmio_error *error)
{
    const mmio__call call = {"mmio_ground_of_path", path, error};
    mmio_ground ground = {0};
    const mmio_status status = check_room(&call, out_ground);
    if (status != MMIO_OK) {
        return status;
    }
    if (path == NULL) {
        mmio__info_copy(out_ground, out_ground->struct_size, &ground, sizeof ground);
        return mmio__fail(&call, MMIO_ERR_INVALID, "path is NULL");
    }
    const int32_t code = mmio__os_ground_of_path(path, &ground);
    return answer(&call, code, &ground, out_ground);
}

mmio_status mmio_ground_of_handle(intptr_t handle, mmio_ground *out_ground, mmio_error *error)
{
    const mmio__call call = {"mmio_ground_of_handle", NULL, error};
    mmio_ground ground = {0};
    const mmio_status status = check_room(&call, out_ground);
    if (status != MMIO_OK) {
        return status;
    }
    const int32_t code = mmio__os_ground_of_handle(handle, &ground);
    return answer(&call, code, &ground, out_ground);
}

static mmio_status refuse_network(const mmio__call *call, const mmio_ground *ground)
{
    return ground->kind != MMIO_GROUND_NETWORK
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_UNSUPPORTED, "%s is a network file system",
                            ground->name);
}

mmio_status mmio__ground_check_path(const mmio__call *call)
{
    mmio_ground ground = {0};
    const int32_t code = mmio__os_ground_of_path(call->path, &ground);
    return code == 0 ? refuse_network(call, &ground) : MMIO_OK;
}

mmio_status mmio__ground_check_handle(const mmio__call *call, intptr_t handle)
{
    mmio_ground ground = {0};
    const int32_t code = mmio__os_ground_of_handle(handle, &ground);
    return code == 0 ? refuse_network(call, &ground)
                     : mmio__fail_system(call, code, "cannot look at the file system");
}
