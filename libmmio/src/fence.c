/* SPDX-License-Identifier: Apache-2.0 */
#include "fence.h"

#include "base/compiler.h"
#include "os/os.h"

_Atomic bool mmio__fences_each = true;

void mmio__fences_prepare(void)
{
    if (mmio__must_fence_each() && mmio__os_get_caps()->fences_all_threads) {
        atomic_store(&mmio__fences_each, false);
    }
}

void mmio__fence_others(void)
{
    /* This orders the caller's own side; who stored by an exchange needs no more. */
    MMIO__FENCE_FULL();
    if (!mmio__must_fence_each()) {
        mmio__os_fence_all_threads();
    }
}
