/* SPDX-License-Identifier: Apache-2.0 */
/* Copying bytes out of and into a map, each call as a whole. */
#include "mmio/copy.h"

#include "defer.h"
#include "exclusive.h"
#include "through.h"

static MMIO__NOINLINE mmio_status fail_begin(const char *name, mmio_map *map, mmio_status status,
                                             mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    return mmio__exclusive_fail(&call, status);
}

static MMIO__NOINLINE mmio_status hold_to_read(const mmio__call *call, mmio_map *map,
                                               uint64_t offset, const void *buffer, size_t size,
                                               mmio__hold *out_hold)
{
    if (map == NULL || (buffer == NULL && size != 0)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map or buffer is NULL");
    }
    return mmio__hold_take(call, map, offset, size, out_hold);
}

static inline mmio_status read_range(const char *name, mmio_map *map, uint64_t offset, void *buffer,
                                     size_t size, mmio__deadline deadline, mmio_error *error)
{
    mmio__hold hold;
    if (MMIO__UNLIKELY(map == NULL || buffer == NULL ||
                       !mmio__hold_try(map, offset, size, false, &hold))) {
        const mmio__call call = {name, mmio_map_path(map), error};
        if (map != NULL && buffer != NULL && mmio__defers_read(map, size)) {
            return mmio__deferred_read(&call, map, offset, buffer, size);
        }
        const mmio_status status = hold_to_read(&call, map, offset, buffer, size, &hold);
        if (status != MMIO_OK || size == 0) {
            return status;
        }
    }
    const uint64_t left = mmio__shared_copy(map, offset, buffer, hold.data, size, deadline);
    if (MMIO__UNLIKELY(left != 0)) {
        const mmio__call call = {name, mmio_map_path(map), error};
        const mmio_status status =
            left == MMIO__COPY_BUSY ? mmio__exclusive_fail(&call, mmio__deadline_status(deadline))
                                    : mmio__copy_status(&call, map, offset, size, left, false);
        mmio__hold_release(&hold);
        return status;
    }
    mmio__hold_release(&hold);
    return MMIO_OK;
}

static MMIO__NOINLINE mmio_status hold_to_write(const mmio__call *call, mmio_map *map,
                                                uint64_t offset, const void *data, size_t size,
                                                mmio__hold *out_hold)
{
    if (map == NULL || (data == NULL && size != 0)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map or data is NULL");
    }
    return mmio__hold_take_to_write(call, map, offset, size, out_hold);
}

/* With the stripes locked. */
static MMIO__NOINLINE mmio_status write_to_flush(const char *name, mmio_map *map, mmio__hold *hold,
                                                 uint64_t offset, const void *data, size_t size,
                                                 mmio_error *error)
{
    const bool is_through = !mmio__has_policy(map) && mmio__through(map, offset, data, size);
    const uint64_t left = is_through ? 0 : mmio__put(map, offset, hold->data, data, size);
    mmio__exclusive_end(map, offset, size, size - left);
    const mmio__call call = {name, mmio_map_path(map), error};
    mmio_status status = mmio__copy_status(&call, map, offset, size, left, true);
    if (status == MMIO_OK) {
        status = mmio__policy_wrote(&call, map, 1, size);
    }
    mmio__hold_release(hold);
    return status;
}

static inline mmio_status write_range(const char *name, mmio_map *map, uint64_t offset,
                                      const void *data, size_t size, mmio__deadline deadline,
                                      bool is_flushed_next, mmio_error *error)
{
    mmio__hold hold;
    if (MMIO__UNLIKELY(map == NULL || data == NULL ||
                       !mmio__hold_try(map, offset, size, true, &hold))) {
        const mmio__call call = {name, mmio_map_path(map), error};
        const mmio_status status = hold_to_write(&call, map, offset, data, size, &hold);
        if (status != MMIO_OK || size == 0) {
            return status;
        }
    }
    const mmio_status status = mmio__exclusive_begin(map, offset, size, deadline);
    if (MMIO__UNLIKELY(status != MMIO_OK)) {
        mmio__hold_release(&hold);
        return fail_begin(name, map, status, error);
    }
    if (MMIO__UNLIKELY(is_flushed_next || mmio__has_policy(map))) {
        return write_to_flush(name, map, &hold, offset, data, size, error);
    }
    const uint64_t left = mmio__copy_in(hold.data, data, size);
    mmio__exclusive_end(map, offset, size, size - left);
    if (MMIO__UNLIKELY(left != 0)) {
        const mmio__call call = {name, mmio_map_path(map), error};
        const mmio_status failure = mmio__copy_status(&call, map, offset, size, left, true);
        mmio__hold_release(&hold);
        return failure;
    }
    mmio__hold_release(&hold);
    return MMIO_OK;
}

mmio_status mmio_map_read(mmio_map *map, uint64_t offset, void *buffer, size_t size,
                          mmio_error *error)
{
    return read_range("mmio_map_read", map, offset, buffer, size, MMIO__NO_DEADLINE, error);
}

mmio_status mmio_map_read_within(mmio_map *map, uint64_t offset, void *buffer, size_t size,
                                 int64_t timeout_ms, mmio_error *error)
{
    return read_range("mmio_map_read_within", map, offset, buffer, size,
                      mmio__deadline_after(timeout_ms), error);
}

mmio_status mmio_map_write(mmio_map *map, uint64_t offset, const void *data, size_t size,
                           mmio_error *error)
{
    return write_range("mmio_map_write", map, offset, data, size, MMIO__NO_DEADLINE, false, error);
}

mmio_status mmio__write_to_flush(mmio_map *map, uint64_t offset, const void *data, size_t size,
                                 mmio_error *error)
{
    return write_range("mmio_map_write", map, offset, data, size, MMIO__NO_DEADLINE, true, error);
}

mmio_status mmio_map_write_within(mmio_map *map, uint64_t offset, const void *data, size_t size,
                                  int64_t timeout_ms, mmio_error *error)
{
    return write_range("mmio_map_write_within", map, offset, data, size,
                       mmio__deadline_after(timeout_ms), false, error);
}
