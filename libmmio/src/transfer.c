/* SPDX-License-Identifier: Apache-2.0 */
/* Copying between maps, and within one. */
#include "exclusive.h"
#include "mmio/copy.h"
#include "policy.h"

/* What is moved at once, through memory of our own. */
#define PIECE 4096u

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

static void end_both(const transfer *t, uint64_t written)
{
    mmio__stripes *to = mmio__exclusive_stripes(t->to);
    if (t->to->counts_pending) {
        mmio__stripes_pending_add(to, t->to_offset, written);
    }
    if (t->from == t->to) {
        mmio__stripes_unlock(to, cover_offset(t), cover_size(t));
        return;
    }
    mmio__stripes_unlock(to, t->to_offset, t->size);
    mmio__stripes_unlock(mmio__exclusive_stripes(t->from), t->from_offset, t->size);
}

static bool is_backwards(const transfer *t)
{
    return t->from == t->to && t->to_offset > t->from_offset;
}

/* Returns how much of a piece, from its end, was not moved, and whether it could be read. */
static uint64_t move_piece(const transfer *t, uint64_t at, uint64_t size, bool *out_is_read)
{
    uint8_t piece[PIECE];
    const uint64_t unread = mmio__copy_out(piece, t->source.data + at, size);
    *out_is_read = unread == 0;
    return unread + mmio__copy_in(t->target.data + at, piece, size - unread);
}

/* Nothing is stored where it stands already: a page need not become the map's own for that. */
static bool is_in_place(const transfer *t)
{
    return t->from == t->to && t->to_offset == t->from_offset;
}

/* In such an order that no byte is written before it is read. Returns where a fault was, from the
 * beginning of the ranges; their size if there was none. */
static uint64_t move_bytes(const transfer *t, bool *out_is_read, uint64_t *out_written)
{
    *out_written = 0;
    while (*out_written < t->size) {
        const uint64_t rest = t->size - *out_written;
        const uint64_t size = rest < PIECE ? rest : PIECE;
        const uint64_t at = is_backwards(t) ? rest - size : *out_written;
        const uint64_t left = move_piece(t, at, size, out_is_read);
        *out_written += size - left;
        if (left != 0) {
            return at + size - left;
        }
    }
    return t->size;
}

static mmio_status move_held(const mmio__call *read, const mmio__call *write, const transfer *t)
{
    mmio_status status = begin_both(t);
    if (status != MMIO_OK) {
        return mmio__exclusive_fail(write, status);
    }
    bool is_read = false;
    uint64_t written = t->size;
    const uint64_t place = is_in_place(t) ? t->size : move_bytes(t, &is_read, &written);
    end_both(t, written);
    if (place == t->size) {
        return mmio__policy_wrote(write, t->to, 1, t->size);
    }
    const uint64_t left = t->size - place;
    status = is_read ? mmio__fail_fault(write, t->to, t->to_offset, t->size, left, true)
                     : mmio__fail_fault(read, t->from, t->from_offset, t->size, left, false);
    if (write->error != NULL && is_backwards(t)) {
        write->error->done = 0; /* What was done lies behind. */
    }
    return status;
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
    status = mmio__hold_take_to_write(&write, to, to_offset, size, &t.target);
    if (status == MMIO_OK) {
        status = size != 0 ? move_held(&read, &write, &t) : MMIO_OK;
        mmio__hold_release(&t.target);
    }
    mmio__hold_release(&t.source);
    return status;
}
