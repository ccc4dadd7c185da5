/* SPDX-License-Identifier: Apache-2.0 */
/* Copying between maps, and within one. */
#include <string.h>

#include "exclusive.h"
#include "mmio/copy.h"
#include "policy.h"

/* Both ranges of a copy, held. */
typedef struct transfer {
    mmio_map *from;
    mmio_map *to;
    uint64_t from_offset;
    uint64_t to_offset;
    uint64_t size;
    mmio__hold source;
    mmio__hold target;
} transfer;

/* Within one map: the range that covers both. */
static uint64_t cover_offset(const transfer *t)
{
    return t->from_offset < t->to_offset ? t->from_offset : t->to_offset;
}

static uint64_t cover_size(const transfer *t)
{
    return t->from_offset + t->to_offset - 2 * cover_offset(t) + t->size;
}

/* Keep other changes out of both ranges while the bytes move. The map that stands lower in memory
 * goes first, so that two copies in opposite directions do not wait for each other. */
static mmio_status begin_both(const transfer *t)
{
    if (t->from == t->to) {
        return mmio__exclusive_begin(t->to, cover_offset(t), cover_size(t), MMIO__NO_DEADLINE);
    }
    const bool from_first = (uintptr_t)t->from < (uintptr_t)t->to;
    mmio_map *first = from_first ? t->from : t->to;
    mmio_map *second = from_first ? t->to : t->from;
    const uint64_t first_offset = from_first ? t->from_offset : t->to_offset;
    const uint64_t second_offset = from_first ? t->to_offset : t->from_offset;
    mmio_status status = mmio__exclusive_begin(first, first_offset, t->size, MMIO__NO_DEADLINE);
    if (status == MMIO_OK) {
        status = mmio__exclusive_begin(second, second_offset, t->size, MMIO__NO_DEADLINE);
        if (status != MMIO_OK) {
            mmio__stripes_unlock(mmio__exclusive_stripes(first), first_offset, t->size);
        }
    }
    return status;
}

static void end_both(const transfer *t)
{
    mmio__stripes *to = mmio__exclusive_stripes(t->to);
    if (t->to->counts_pending) {
        mmio__stripes_pending_add(to, t->to_offset, t->size);
    }
    if (t->from == t->to) {
        mmio__stripes_unlock(to, cover_offset(t), cover_size(t));
        return;
    }
    mmio__stripes_unlock(to, t->to_offset, t->size);
    mmio__stripes_unlock(mmio__exclusive_stripes(t->from), t->from_offset, t->size);
}

static mmio_status move_held(const mmio__call *call, const transfer *t)
{
    const mmio_status status = begin_both(t);
    if (status != MMIO_OK) {
        return mmio__exclusive_fail(call, status);
    }
    memmove(t->target.data, t->source.data, (size_t)t->size);
    end_both(t);
    return mmio__policy_wrote(call, t->to, 1, t->size);
}

mmio_status mmio_map_copy(mmio_map *from, uint64_t from_offset, mmio_map *to, uint64_t to_offset,
                          uint64_t size, mmio_error *error)
{
    const mmio__call read = {"mmio_map_copy", mmio_map_path(from), error};
    const mmio__call write = {"mmio_map_copy", mmio_map_path(to), error};
    if (from == NULL || to == NULL) {
        return mmio__fail(&write, MMIO_ERR_INVALID, "one of the maps is NULL");
    }
    transfer t = {
        .from = from, .to = to, .from_offset = from_offset, .to_offset = to_offset, .size = size};
    /* The mode comes before the ranges. */
    mmio_status status = size != 0 ? mmio__check_writable(&write, to) : MMIO_OK;
    if (status == MMIO_OK) {
        status = mmio__hold_take(&read, from, from_offset, size, &t.source);
    }
    if (status != MMIO_OK) {
        return status;
    }
    status = size != 0 ? mmio__hold_take_writable(&write, to, to_offset, size, &t.target)
                       : mmio__hold_take(&write, to, to_offset, size, &t.target);
    if (status == MMIO_OK) {
        status = size != 0 ? move_held(&write, &t) : MMIO_OK;
        mmio__hold_release(&t.target);
    }
    mmio__hold_release(&t.source);
    return status;
}
