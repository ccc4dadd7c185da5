/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that threads, processes and languages share. */
#include "atomic.h"

#include "guard.h"
#include "pending.h"
#include "view.h"

/* Mode, alignment, range: in this order. */
static mmio_status check_cell(const mmio__call *call, const mmio_map *map, uint64_t offset,
                              uint64_t cell_size)
{
    if (MMIO__UNLIKELY(map == NULL)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map is NULL");
    }
    const mmio_status status = mmio__check_writable(call, map);
    if (MMIO__UNLIKELY(status != MMIO_OK)) {
        return status;
    }
    if (MMIO__UNLIKELY(!mmio__is_aligned(map, offset, cell_size))) {
        const mmio_status open = mmio__check_open(call, map);
        return open != MMIO_OK ? open : mmio__fail_align(call, offset, cell_size);
    }
    return MMIO_OK;
}

mmio_status mmio__hold_cell(const mmio__call *call, mmio_map *map, uint64_t offset,
                            uint64_t cell_size, mmio__hold *out_hold)
{
    const mmio_status status = check_cell(call, map, offset, cell_size);
    return status != MMIO_OK ? status
                             : mmio__hold_take_writable(call, map, offset, cell_size, out_hold);
}

static MMIO__NOINLINE mmio_status hold_cell_slowly(const char *name, mmio_map *map, uint64_t offset,
                                                   uint64_t cell_size, mmio__hold *out_hold,
                                                   mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    return mmio__hold_cell(&call, map, offset, cell_size, out_hold);
}

static inline mmio_status hold_cell(const char *name, mmio_map *map, uint64_t offset,
                                    uint64_t cell_size, mmio__hold *out_hold, mmio_error *error)
{
    if (MMIO__LIKELY(map != NULL && mmio__is_aligned(map, offset, cell_size) &&
                     mmio__hold_try(map, offset, cell_size, true, out_hold))) {
        return MMIO_OK;
    }
    return hold_cell_slowly(name, map, offset, cell_size, out_hold, error);
}

/* Unlike a range, a run of no cells must lie within the map. */
static mmio_status check_empty_run(const mmio__call *call, const mmio_map *map, uint64_t offset)
{
    const uint64_t limit = mmio_map_size(map);
    const mmio_status status = mmio__check_open(call, map);
    return status == MMIO_OK && offset > limit ? mmio__fail_range(call, offset, 0, limit) : status;
}

mmio_status mmio_atomic_acquire(mmio_map *map, uint64_t offset, uint64_t count, uint32_t cell_size,
                                mmio_view *out_view, mmio_error *error)
{
    const mmio__call call = {"mmio_atomic_acquire", mmio_map_path(map), error};
    if (out_view == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_view is NULL");
    }
    *out_view = (mmio_view){0};
    if (cell_size != sizeof(uint32_t) && cell_size != sizeof(uint64_t)) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "cell size %u is neither 4 nor 8",
                          (unsigned)cell_size);
    }
    mmio_status status = check_cell(&call, map, offset, cell_size);
    if (status == MMIO_OK && count == 0) {
        status = check_empty_run(&call, map, offset);
    }
    if (status != MMIO_OK) {
        return status;
    }
    const uint64_t size = mmio__multiply_saturated(count, cell_size);
    mmio__hold hold;
    status = mmio__hold_take_writable(&call, map, offset, size, &hold);
    if (status == MMIO_OK) {
        *out_view = mmio__view_of(&hold, size, map, map->counts_pending);
    }
    return status;
}

/* What os.h has not. */
#define DEFINE_COMBINE(bits, name, combined)                                                       \
    static uint##bits##_t name##_##bits(void *cell, uint##bits##_t value, int32_t *lost)           \
    {                                                                                              \
        uint##bits##_t before = mmio__os_cell_load_##bits(cell, lost);                             \
        for (;;) {                                                                                 \
            const uint##bits##_t found =                                                           \
                mmio__os_cell_compare_exchange_##bits(cell, before, combined, lost);               \
            if (found == before || *lost) {                                                        \
                return before;                                                                     \
            }                                                                                      \
            before = found;                                                                        \
        }                                                                                          \
    }

#define DEFINE_COMBINES(bits)                                                                      \
    DEFINE_COMBINE(bits, and_cell, before &value)                                                  \
    DEFINE_COMBINE(bits, or_cell, before | value)                                                  \
    DEFINE_COMBINE(bits, xor_cell, before ^ value)                                                 \
    static uint##bits##_t sub_cell_##bits(void *cell, uint##bits##_t value, int32_t *lost)         \
    {                                                                                              \
        return mmio__os_cell_add_##bits(cell, (uint##bits##_t)(0 - value), lost);                  \
    }

DEFINE_COMBINES(32)
DEFINE_COMBINES(64)

static MMIO__NOINLINE mmio_status fail_lost(const char *name, mmio_map *map, mmio__hold *hold,
                                            uint64_t offset, uint64_t cell_size, mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    const mmio_status status = mmio__fail_fault(&call, map, offset, cell_size, cell_size, true);
    mmio__hold_release(hold);
    return status;
}

/*
 * One operation: hold the cell, do `action` on `cell`, record it as written, let go. Operations
 * differ in nothing else.
 */
#define ON_CELL(bits, name, written, action)                                                       \
    mmio__hold hold;                                                                               \
    const mmio_status status = hold_cell(name, map, offset, sizeof(uint##bits##_t), &hold, error); \
    if (MMIO__UNLIKELY(status != MMIO_OK)) {                                                       \
        return status;                                                                             \
    }                                                                                              \
    void *cell = hold.data;                                                                        \
    int32_t lost = !mmio__cell_is_there(cell);                                                     \
    if (MMIO__LIKELY(!lost)) {                                                                     \
        action;                                                                                    \
    }                                                                                              \
    if (MMIO__UNLIKELY(lost)) {                                                                    \
        return fail_lost(name, map, &hold, offset, sizeof(uint##bits##_t), error);                 \
    }                                                                                              \
    mmio__pending_add(map, written);                                                               \
    mmio__hold_release(&hold);                                                                     \
    return MMIO_OK

/* Operations that take one value and give what the cell held before. */
#define DEFINE_FETCH(bits, operation, action)                                                      \
    mmio_status mmio_atomic_u##bits##_##operation(mmio_map *map, uint64_t offset,                  \
                                                  uint##bits##_t value,                            \
                                                  uint##bits##_t *out_before, mmio_error *error)   \
    {                                                                                              \
        uint##bits##_t before = 0;                                                                 \
        uint##bits##_t *out = out_before != NULL ? out_before : &before;                           \
        *out = 0;                                                                                  \
        ON_CELL(bits, "mmio_atomic_u" #bits "_" #operation, sizeof before,                         \
                *out = action(cell, value, &lost));                                                \
    }

#define DEFINE_CELL(bits)                                                                          \
    mmio_status mmio_atomic_u##bits##_load(mmio_map *map, uint64_t offset,                         \
                                           uint##bits##_t *out_value, mmio_error *error)           \
    {                                                                                              \
        if (MMIO__UNLIKELY(out_value == NULL)) {                                                   \
            const mmio__call wrong = {"mmio_atomic_u" #bits "_load", mmio_map_path(map), error};   \
            return mmio__fail(&wrong, MMIO_ERR_INVALID, "out_value is NULL");                      \
        }                                                                                          \
        *out_value = 0;                                                                            \
        ON_CELL(bits, "mmio_atomic_u" #bits "_load", 0,                                            \
                *out_value = mmio__os_cell_load_##bits(cell, &lost));                              \
    }                                                                                              \
    mmio_status mmio_atomic_u##bits##_store(mmio_map *map, uint64_t offset, uint##bits##_t value,  \
                                            mmio_error *error)                                     \
    {                                                                                              \
        ON_CELL(bits, "mmio_atomic_u" #bits "_store", sizeof value,                                \
                (void)mmio__os_cell_exchange_##bits(cell, value, &lost));                          \
    }                                                                                              \
    DEFINE_FETCH(bits, exchange, mmio__os_cell_exchange_##bits)                                    \
    DEFINE_FETCH(bits, add, mmio__os_cell_add_##bits)                                              \
    DEFINE_FETCH(bits, sub, sub_cell_##bits)                                                       \
    DEFINE_FETCH(bits, and, and_cell_##bits)                                                       \
    DEFINE_FETCH(bits, or, or_cell_##bits)                                                         \
    DEFINE_FETCH(bits, xor, xor_cell_##bits)                                                       \
    mmio_status mmio_atomic_u##bits##_compare_exchange(                                            \
        mmio_map *map, uint64_t offset, uint##bits##_t expected, uint##bits##_t desired,           \
        uint##bits##_t *out_before, mmio_error *error)                                             \
    {                                                                                              \
        uint##bits##_t before = 0;                                                                 \
        uint##bits##_t *out = out_before != NULL ? out_before : &before;                           \
        *out = 0;                                                                                  \
        uint##bits##_t held = expected;                                                            \
        ON_CELL(bits, "mmio_atomic_u" #bits "_compare_exchange",                                   \
                held == expected ? sizeof before : 0,                                              \
                (held = mmio__os_cell_compare_exchange_##bits(cell, expected, desired, &lost),     \
                 *out = held));                                                                    \
    }

DEFINE_CELL(32)
DEFINE_CELL(64)
