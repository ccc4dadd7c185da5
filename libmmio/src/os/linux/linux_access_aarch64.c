/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing mapped bytes on aarch64, so that a fault in them can be left. */
#define _GNU_SOURCE
#include "linux_access.h"

#if defined(__aarch64__) && defined(__LP64__)

#include <signal.h>
#include <ucontext.h>

/* The mapped bytes begin at x9, and are x10 in number. */

/*
 * Copies: x0 to, x1 from, x2 what is left. The quick part moves up to 32 bytes in a step; a fault
 * in it goes on in the exact part, which does what is left byte by byte.
 */
__asm__(
    ".text\n"
    ".p2align 6\n" /* clang-format off */
        MMIO__LINUX_FUNCTION("mmio__os_copy_in")
        ".cfi_startproc\n"
        "    mov     x9, x0\n"
        "    b       1f\n"
        MMIO__LINUX_FUNCTION("mmio__os_copy_out")
        "    mov     x9, x1\n"
        "1:  mov     x10, x2\n"
        MMIO__LINUX_LABEL("mmio__linux_copy_quick")
        "    cmp     x2, #32\n"
        "    b.lo    3f\n"
        "2:  ldp     q0, q1, [x1]\n"
        "    stp     q0, q1, [x0]\n"
        "    add     x1, x1, #32\n"
        "    add     x0, x0, #32\n"
        "    sub     x2, x2, #32\n"
        "    cmp     x2, #32\n"
        "    b.hs    2b\n"
        "3:  cmp     x2, #8\n"
        "    b.lo    mmio__linux_copy_exact\n"
        "    ldr     x3, [x1]\n"
        "    str     x3, [x0]\n"
        "    add     x1, x1, #8\n"
        "    add     x0, x0, #8\n"
        "    sub     x2, x2, #8\n"
        "    b       3b\n"
        MMIO__LINUX_LABEL("mmio__linux_copy_exact")
        "    cbz     x2, mmio__linux_copy_end\n"
        "4:  ldrb    w3, [x1]\n"
        "    strb    w3, [x0]\n"
        "    add     x1, x1, #1\n"
        "    add     x0, x0, #1\n"
        "    sub     x2, x2, #1\n"
        "    cbnz    x2, 4b\n"
        MMIO__LINUX_LABEL("mmio__linux_copy_end")
        "    mov     x0, x2\n"
        "    ret\n"
        ".cfi_endproc\n"); /* clang-format on */

#if MMIO__LINUX_LEAVES_CELLS

/* Cells: x0 the cell, x11 where to say that it is gone; x3 becomes what it held. */
#define CELL(name, lost, operation, result)                                                        \
    ".p2align 4\n" MMIO__LINUX_FUNCTION(name) "    mov     x9, x0\n"                               \
                                              "    mov     x10, #8\n"                              \
                                              "    mov     x11, " lost "\n" operation              \
                                              "    mov     " result "\n"                           \
                                              "    ret\n"

/* Until nobody came in between. */
#define CHANGE(before, change) "1:  ldaxr   " before ", [x0]\n" change "    cbnz    w5, 1b\n"
#define COMPARE(before, expected, desired)                                                         \
    "1:  ldaxr   " before ", [x0]\n"                                                               \
    "    cmp     " before ", " expected "\n"                                                       \
    "    b.ne    2f\n"                                                                             \
    "    stlxr   w5, " desired ", [x0]\n"                                                          \
    "    cbnz    w5, 1b\n"                                                                         \
    "2:\n"

__asm__(".text\n" /* clang-format off */
        MMIO__LINUX_LABEL("mmio__linux_cell_begin")
        ".cfi_startproc\n"
        CELL("mmio__os_cell_load_32", "x1", "    ldar    w3, [x0]\n", "w0, w3")
        CELL("mmio__os_cell_load_64", "x1", "    ldar    x3, [x0]\n", "x0, x3")
        CELL("mmio__os_cell_exchange_32", "x2", CHANGE("w3", "    stlxr   w5, w1, [x0]\n"), "w0, w3")
        CELL("mmio__os_cell_exchange_64", "x2", CHANGE("x3", "    stlxr   w5, x1, [x0]\n"), "x0, x3")
        CELL("mmio__os_cell_add_32", "x2",
             CHANGE("w3", "    add     w4, w3, w1\n    stlxr   w5, w4, [x0]\n"), "w0, w3")
        CELL("mmio__os_cell_add_64", "x2",
             CHANGE("x3", "    add     x4, x3, x1\n    stlxr   w5, x4, [x0]\n"), "x0, x3")
        CELL("mmio__os_cell_compare_exchange_32", "x3", COMPARE("w4", "w1", "w2"), "w0, w4")
        CELL("mmio__os_cell_compare_exchange_64", "x3", COMPARE("x4", "x1", "x2"), "x0, x4")
        MMIO__LINUX_LABEL("mmio__linux_cell_end")
        "    mov     w3, #1\n"
        "    str     w3, [x11]\n"
        "    mov     x0, xzr\n"
        "    ret\n"
        ".cfi_endproc\n"); /* clang-format on */

#endif

mmio__linux_access_registers mmio__linux_access_look(const void *context)
{
    const mcontext_t *state = &((const ucontext_t *)context)->uc_mcontext;
    return (mmio__linux_access_registers){
        .place = (uintptr_t)state->pc,
        .mapped = (uintptr_t)state->regs[9],
        .size = (uintptr_t)state->regs[10],
        .left = (uintptr_t)state->regs[2],
    };
}

void mmio__linux_access_go_on(void *context, uintptr_t place)
{
    ((ucontext_t *)context)->uc_mcontext.pc = place;
}

#else

/* A translation unit holds something. */
typedef int mmio__linux_access_aarch64_is_not_here;

#endif
