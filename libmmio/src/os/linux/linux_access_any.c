/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing mapped bytes where no access can be left: a fault ends the process. */
#include <stdatomic.h>
#include <string.h>

#include "../../base/compiler.h"
#include "../os.h"
#include "linux_access.h"

#if defined(__x86_64__) && defined(__LP64__)
#define HAS_COPIES 1
#endif
/* ThreadSanitizer learns of who waits for whom by atomics that it sees. */
#if defined(HAS_COPIES) && !defined(MMIO__TSAN)
#define HAS_CELLS 1
#endif

#if !defined(HAS_COPIES)

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

const bool mmio__linux_access_can_be_left = false;

bool mmio__linux_access_leave(void *context, uintptr_t address)
{
    (void)context;
    (void)address;
    return false;
}

uintptr_t mmio__linux_access_place(const void *context)
{
    (void)context;
    return 0;
}

/* Not known, and so the worse. */
bool mmio__linux_access_was_write(const void *context)
{
    (void)context;
    return true;
}

#endif

#if !defined(HAS_CELLS)

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
