/* SPDX-License-Identifier: Apache-2.0 */
#include "linux_access.h"

#include <stddef.h>

#include "../os.h"

#if MMIO__LINUX_LEAVES_COPIES

/* A label's address. */
#define DECLARE_LABEL(name) extern const char name[] __attribute__((visibility("hidden")))

DECLARE_LABEL(mmio__linux_copy_quick);
DECLARE_LABEL(mmio__linux_copy_exact);
DECLARE_LABEL(mmio__linux_copy_end);
#if MMIO__LINUX_LEAVES_CELLS
DECLARE_LABEL(mmio__linux_cell_begin);
DECLARE_LABEL(mmio__linux_cell_end);
#endif

/* From `begin` on, up to `end`: a fault goes on at `rest`, which does what can be done, and at
 * `over` where that is nothing. */
typedef struct stretch {
    const char *begin;
    const char *end;
    const char *rest;
    const char *over;
} stretch;

static const stretch stretches[] = {
    {mmio__linux_copy_quick, mmio__linux_copy_exact, mmio__linux_copy_exact, mmio__linux_copy_end},
    {mmio__linux_copy_exact, mmio__linux_copy_end, mmio__linux_copy_end, mmio__linux_copy_end},
#if MMIO__LINUX_LEAVES_CELLS
    {mmio__linux_cell_begin, mmio__linux_cell_end, mmio__linux_cell_end, mmio__linux_cell_end},
#endif
};

/* The byte that comes next is on the page that is gone. */
static bool is_over(const mmio__linux_access_registers *now, uintptr_t address)
{
    const uintptr_t next = now->mapped + (now->size - now->left);
    return ((next ^ address) & ~(uintptr_t)(mmio__os_get_caps()->page_size - 1)) == 0;
}

bool mmio__linux_access_leave(void *context, uintptr_t address)
{
    const mmio__linux_access_registers now = mmio__linux_access_look(context);
    for (size_t i = 0; i < sizeof stretches / sizeof stretches[0]; i++) {
        const stretch *s = &stretches[i];
        if (now.place - (uintptr_t)s->begin < (uintptr_t)s->end - (uintptr_t)s->begin) {
            /* The other side of a copy may fault too: it is the caller's. */
            if (address - now.mapped >= now.size) {
                return false;
            }
            const char *next = is_over(&now, address) ? s->over : s->rest;
            mmio__linux_access_go_on(context, (uintptr_t)next);
            return true;
        }
    }
    return false;
}

bool mmio__linux_access_can_be_left(void)
{
    return true;
}

#else

bool mmio__linux_access_leave(void *context, uintptr_t address)
{
    (void)context;
    (void)address;
    return false;
}

bool mmio__linux_access_can_be_left(void)
{
    return false;
}

#endif

uintptr_t mmio__linux_access_place(const void *context)
{
    return mmio__linux_access_look(context).place;
}
