/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing mapped bytes where no access can be left: a fault ends the process. */
#include <stdatomic.h>
#include <string.h>

#include "../os.h"
#include "linux_access.h"

#if !MMIO__LINUX_LEAVES_COPIES

size_t mmio__os_copy_out(void *to, const void *mapped, size_t size)
{
    memcpy(to, mapped, size);
    return 0;
}

size_t mmio__os_copy_in(void *mapped, const void *from, size_t size)
{
    memcpy(mapped, from, size);
    return 0;
}

mmio__linux_access_registers mmio__linux_access_look(const void *context)
{
    (void)context;
    return (mmio__linux_access_registers){0, 0, 0};
}

void mmio__linux_access_go_on(void *context, uintptr_t place)
{
    (void)context;
    (void)place;
}

#endif

#if !MMIO__LINUX_LEAVES_CELLS

#define DEFINE_CELL(bits)                                                                          \
    uint##bits##_t mmio__os_cell_load_##bits(const void *cell, int32_t *lost)                      \
    {                                                                                              \
        (void)lost;                                                                                \
        return atomic_load((const _Atomic uint##bits##_t *)cell);                                  \
    }                                                                                              \
    uint##bits##_t mmio__os_cell_exchange_##bits(void *cell, uint##bits##_t value, int32_t *lost)  \
    {                                                                                              \
        (void)lost;                                                                                \
        return atomic_exchange((_Atomic uint##bits##_t *)cell, value);                             \
    }                                                                                              \
    uint##bits##_t mmio__os_cell_add_##bits(void *cell, uint##bits##_t value, int32_t *lost)       \
    {                                                                                              \
        (void)lost;                                                                                \
        return atomic_fetch_add((_Atomic uint##bits##_t *)cell, value);                            \
    }                                                                                              \
    uint##bits##_t mmio__os_cell_compare_exchange_##bits(void *cell, uint##bits##_t expected,      \
                                                         uint##bits##_t desired, int32_t *lost)    \
    {                                                                                              \
        (void)lost;                                                                                \
        (void)atomic_compare_exchange_strong((_Atomic uint##bits##_t *)cell, &expected, desired);  \
        return expected;                                                                           \
    }

DEFINE_CELL(32)
DEFINE_CELL(64)

#endif
