/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: who takes them, and what is said of them. */
#include "guard.h"

#include <stddef.h>
#include <string.h>

#include "fork.h"
#include "system.h"

#define FILL_PIECE 4096u

_Atomic uint32_t mmio__guard;
static mmio__lock guard_lock;

/* The process's guard. */

static mmio_status arm_signal(const mmio__call *call)
{
    const mmio_status status = mmio__forks_prepare(call);
    if (status != MMIO_OK) {
        return status;
    }
    const int32_t code = mmio__os_guard_arm();
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot take the process's faults");
    }
    mmio__os_guard_thread();
    return MMIO_OK;
}

/* What a guard needs before it is there. */
static mmio_status prepare_guard(const mmio__call *call, uint32_t guard)
{
    if (guard == MMIO_GUARD_SIGNAL) {
        return arm_signal(call);
    }
    const int32_t code = guard == MMIO_GUARD_SYSCALL ? mmio__os_try_copies_by_system() : 0;
    return code == 0 ? MMIO_OK
                     : mmio__fail_system(call, code, "cannot copy the process's own memory");
}

mmio_status mmio_fault_guard(uint32_t guard, mmio_error *error)
{
    const mmio__call call = {"mmio_fault_guard", NULL, error};
    if (guard > MMIO_GUARD_SYSCALL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "guard %u is unknown", (unsigned)guard);
    }
    mmio__lock_take(&guard_lock);
    const mmio_status status = prepare_guard(&call, guard);
    if (status == MMIO_OK) {
        if (guard != MMIO_GUARD_SIGNAL && mmio__guard_is(MMIO_GUARD_SIGNAL)) {
            mmio__os_guard_disarm();
        }
        atomic_store(&mmio__guard, guard);
    }
    mmio__unlock(&guard_lock);
    return status;
}

uint32_t mmio_fault_guard_now(void)
{
    return atomic_load(&mmio__guard);
}

/* Faults in code that is not the library's. */

static bool absorbs(const mmio_map *map)
{
    const bool for_reading = map->mode == MMIO_MODE_RO || map->mode == MMIO_MODE_COW;
    /* Zeros come in small pages. */
    return map->file_unit == 1 && (map->on_fault == MMIO_ON_FAULT_ABSORB ||
                                   (map->on_fault == MMIO_ON_FAULT_DEFAULT && for_reading));
}

/* Within the fault: atomics only. */
static void mark(mmio__os_absorber *absorber, uint64_t offset)
{
    const mmio__region *region =
        (const mmio__region *)(const void *)((const char *)absorber -
                                             offsetof(mmio__region, absorber));
    mmio_map *map = region->map;
    const uint64_t lost = offset > region->lead ? offset - region->lead : 0;
    uint64_t first = atomic_load(&map->fault_offset);
    while (lost < first && !atomic_compare_exchange_weak(&map->fault_offset, &first, lost)) {
    }
    atomic_fetch_add(&map->faults, 1);
    atomic_store(&map->limit, 0);
}

int32_t mmio__guard_region(mmio__region *region)
{
    const mmio_map *map = region->map;
    if (!mmio__guard_is(MMIO_GUARD_SIGNAL)) {
        return 0;
    }
    /* Others may have put themselves before us since. */
    (void)mmio__os_guard_arm();
    if (!absorbs(map)) {
        return 0;
    }
    region->absorber = (mmio__os_absorber){
        .base = region->base,
        .size = region->length,
        .handle = map->handle,
        .offset = map->origin - region->lead,
        .is_writable = map->mode == MMIO_MODE_RW || map->mode == MMIO_MODE_COW_RW,
        .absorbed = mark,
    };
    return mmio__os_absorb_begin(&region->absorber) ? 0 : MMIO__OS_NO_MEMORY;
}

/* What is said. */

static const char *const causes[] = {
    "are gone",
    "are gone: the file was cut",
    "cannot be read or written: the device fails",
    "have no place: the disk is full",
    "cannot be written: the file has become read-only",
};

mmio_status mmio__fail_fault(const mmio__call *call, const mmio_map *map, uint64_t offset,
                             uint64_t size, uint64_t left, bool for_write)
{
    const uint64_t done = size - left;
    int32_t code;
    uint64_t file_size;
    /* What a private map writes has its place in memory. */
    const bool writes_file = for_write && map->mode == MMIO_MODE_RW;
    const mmio__os_cause cause = mmio__os_find_cause(map->handle, map->origin + offset + done,
                                                     writes_file, &code, &file_size);
    const mmio_status status = mmio__fail(
        call, MMIO_ERR_FAULT, "the bytes from offset %llu on %s; %llu of %llu bytes were done",
        (unsigned long long)(offset + done), causes[cause], (unsigned long long)done,
        (unsigned long long)size);
    mmio_error *error = call->error;
    if (error != NULL) {
        error->os_code = code;
        error->offset = offset + done;
        error->size = size;
        error->limit = file_size > map->origin ? file_size - map->origin : 0;
        error->done = done;
        error->cause = (uint32_t)cause;
    }
    return status;
}

mmio_status mmio__fail_absorbed(const mmio__call *call, const mmio_map *map)
{
    const uint64_t offset = atomic_load(&map->fault_offset);
    const mmio_status status = mmio__fail(
        call, MMIO_ERR_FAULT, "the bytes from offset %llu on are gone; a fault made zeros of them",
        (unsigned long long)offset);
    if (call->error != NULL) {
        call->error->offset = offset;
    }
    return status;
}

mmio_status mmio_map_check_faults(mmio_map *map, mmio_error *error)
{
    const mmio__call call = {"mmio_map_check_faults", mmio_map_path(map), error};
    if (map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    }
    mmio__hold file;
    mmio_status status = mmio__hold_file(&call, map, &file);
    if (status != MMIO_OK) {
        return status;
    }
    /* A shrink of the map's own changes both with the gate locked. */
    mmio__os_file_facts facts;
    mmio__lock_take(&map->gate);
    const int32_t code = mmio__os_file_inspect(map->handle, &facts);
    const uint64_t size = mmio_map_size(map);
    mmio__unlock(&map->gate);
    const uint64_t limit = code == 0 && facts.size > map->origin ? facts.size - map->origin : 0;
    if (code != 0) {
        status = mmio__fail_system(&call, code, "cannot look at the file");
    } else if (limit < size) {
        status = mmio__fail_fault(&call, map, 0, size, size - limit, false);
    }
    mmio__hold_release(&file);
    return status;
}

/* What os.h has not. */

uint64_t mmio__fill(uint8_t *mapped, int byte, uint64_t size)
{
    uint8_t piece[FILL_PIECE];
    memset(piece, byte, size < sizeof piece ? (size_t)size : sizeof piece);
    while (size != 0) {
        const uint64_t some = size < sizeof piece ? size : sizeof piece;
        const uint64_t left = mmio__copy_in(mapped, piece, some);
        size -= some - left;
        mapped += some;
        if (left != 0) {
            break;
        }
    }
    return size;
}

bool mmio__cell_can_be_had(uint8_t *cell)
{
    return mmio__os_populate(cell - mmio__page_offset(cell), mmio_page_size(), true) == 0;
}
