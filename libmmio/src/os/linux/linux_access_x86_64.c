/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing mapped bytes on x86-64, so that a fault in them can be left. */
#define _GNU_SOURCE
#include "linux_access.h"

#if defined(__x86_64__) && defined(__LP64__)

#include <signal.h>
#include <ucontext.h>

/* The mapped bytes begin at r9, and are r8 in number. */

/*
 * Copies: rdi to, rsi from, rcx what is left. The quick part moves up to 64 bytes in a step, the
 * last of which may cover bytes of the one before; whatever a step has done, those that rcx counts
 * come next. A fault in it goes on in the exact part, which does what is left byte by byte, and
 * always knows how much that is; or it ends the copy, if already the next byte is gone.
 */
__asm__(
    ".text\n"
    ".p2align 6\n" /* clang-format off */
        MMIO__LINUX_FUNCTION("mmio__os_copy_in")
        ".cfi_startproc\n"
        "    movq    %rdi, %r9\n"
        "    jmp     1f\n"
        ".p2align 4\n"
        MMIO__LINUX_FUNCTION("mmio__os_copy_out")
        "    movq    %rsi, %r9\n"
        "1:  movq    %rdx, %r8\n"
        "    movq    %rdx, %rcx\n"
        MMIO__LINUX_LABEL("mmio__linux_copy_quick")
        "    cmpq    $16, %rcx\n"
        "    jb      5f\n"
        "    cmpq    $32, %rcx\n"
        "    ja      2f\n"
        "    movups  (%rsi), %xmm0\n" /* 16 .. 32 bytes */
        "    movups  -16(%rsi,%rcx), %xmm1\n"
        "    movups  %xmm0, (%rdi)\n"
        "    movups  %xmm1, -16(%rdi,%rcx)\n"
        "    xorl    %eax, %eax\n"
        "    ret\n"
        "2:  cmpq    $64, %rcx\n"
        "    ja      3f\n"
        "    movups  (%rsi), %xmm0\n" /* 33 .. 64 bytes */
        "    movups  16(%rsi), %xmm1\n"
        "    movups  -32(%rsi,%rcx), %xmm2\n"
        "    movups  -16(%rsi,%rcx), %xmm3\n"
        "    movups  %xmm0, (%rdi)\n"
        "    movups  %xmm1, 16(%rdi)\n"
        "    movups  %xmm2, -32(%rdi,%rcx)\n"
        "    movups  %xmm3, -16(%rdi,%rcx)\n"
        "    xorl    %eax, %eax\n"
        "    ret\n"
        ".p2align 4\n"
        "3:  cmpq    $1024, %rcx\n" /* From here on the processor's own copy is as fast. */
        "    ja      mmio__linux_copy_exact\n"
        ".p2align 4\n"
        "4:  movups  (%rsi), %xmm0\n"
        "    movups  16(%rsi), %xmm1\n"
        "    movups  32(%rsi), %xmm2\n"
        "    movups  48(%rsi), %xmm3\n"
        "    movups  %xmm0, (%rdi)\n"
        "    movups  %xmm1, 16(%rdi)\n"
        "    movups  %xmm2, 32(%rdi)\n"
        "    movups  %xmm3, 48(%rdi)\n"
        "    addq    $64, %rsi\n"
        "    addq    $64, %rdi\n"
        "    subq    $64, %rcx\n"
        "    cmpq    $64, %rcx\n"
        "    ja      4b\n"
        "    movups  -64(%rsi,%rcx), %xmm0\n"
        "    movups  -48(%rsi,%rcx), %xmm1\n"
        "    movups  -32(%rsi,%rcx), %xmm2\n"
        "    movups  -16(%rsi,%rcx), %xmm3\n"
        "    movups  %xmm0, -64(%rdi,%rcx)\n"
        "    movups  %xmm1, -48(%rdi,%rcx)\n"
        "    movups  %xmm2, -32(%rdi,%rcx)\n"
        "    movups  %xmm3, -16(%rdi,%rcx)\n"
        "    xorl    %eax, %eax\n"
        "    ret\n"
        "5:  cmpl    $8, %ecx\n"
        "    jb      6f\n"
        "    movq    (%rsi), %rax\n" /* 8 .. 15 bytes */
        "    movq    -8(%rsi,%rcx), %rdx\n"
        "    movq    %rax, (%rdi)\n"
        "    movq    %rdx, -8(%rdi,%rcx)\n"
        "    xorl    %eax, %eax\n"
        "    ret\n"
        "6:  cmpl    $4, %ecx\n"
        "    jb      7f\n"
        "    movl    (%rsi), %eax\n" /* 4 .. 7 bytes */
        "    movl    -4(%rsi,%rcx), %edx\n"
        "    movl    %eax, (%rdi)\n"
        "    movl    %edx, -4(%rdi,%rcx)\n"
        "    xorl    %eax, %eax\n"
        "    ret\n"
        "7:  testl   %ecx, %ecx\n"
        "    je      8f\n"
        "    movzbl  (%rsi), %eax\n" /* 1 .. 3 bytes */
        "    movzbl  -1(%rsi,%rcx), %edx\n"
        "    cmpl    $3, %ecx\n"
        "    jne     9f\n"
        "    movzbl  1(%rsi), %r10d\n"
        "    movb    %r10b, 1(%rdi)\n"
        "9:  movb    %al, (%rdi)\n"
        "    movb    %dl, -1(%rdi,%rcx)\n"
        "8:  xorl    %eax, %eax\n"
        "    ret\n"
        ".p2align 4\n"
        MMIO__LINUX_LABEL("mmio__linux_copy_exact")
        "    rep movsb\n"
        MMIO__LINUX_LABEL("mmio__linux_copy_end")
        "    movq    %rcx, %rax\n"
        "    ret\n"
        ".cfi_endproc\n"); /* clang-format on */

#if MMIO__LINUX_LEAVES_CELLS

/* Cells: rdi the cell, r10 where to say that it is gone. */
#define CELL(name, lost, operation, result)                                                        \
    ".p2align 4\n" MMIO__LINUX_FUNCTION(name) "    movq    %rdi, %r9\n"                            \
                                              "    movl    $8, %r8d\n"                             \
                                              "    movq    " lost ", %r10\n"                       \
                                              "    " operation "\n"                                \
                                              "    " result "\n"                                   \
                                              "    ret\n"

__asm__(".text\n" /* clang-format off */
        MMIO__LINUX_LABEL("mmio__linux_cell_begin")
        ".cfi_startproc\n"
        CELL("mmio__os_cell_load_32", "%rsi", "movl (%rdi), %eax", "")
        CELL("mmio__os_cell_load_64", "%rsi", "movq (%rdi), %rax", "")
        CELL("mmio__os_cell_exchange_32", "%rdx", "xchgl %esi, (%rdi)", "movl %esi, %eax")
        CELL("mmio__os_cell_exchange_64", "%rdx", "xchgq %rsi, (%rdi)", "movq %rsi, %rax")
        CELL("mmio__os_cell_add_32", "%rdx", "lock xaddl %esi, (%rdi)", "movl %esi, %eax")
        CELL("mmio__os_cell_add_64", "%rdx", "lock xaddq %rsi, (%rdi)", "movq %rsi, %rax")
        CELL("mmio__os_cell_compare_exchange_32", "%rcx",
             "movl %esi, %eax\n    lock cmpxchgl %edx, (%rdi)", "")
        CELL("mmio__os_cell_compare_exchange_64", "%rcx",
             "movq %rsi, %rax\n    lock cmpxchgq %rdx, (%rdi)", "")
        MMIO__LINUX_LABEL("mmio__linux_cell_end")
        "    movl    $1, (%r10)\n"
        "    xorl    %eax, %eax\n"
        "    ret\n"
        ".cfi_endproc\n"); /* clang-format on */

#endif

mmio__linux_access_registers mmio__linux_access_look(const void *context)
{
    const greg_t *registers = ((const ucontext_t *)context)->uc_mcontext.gregs;
    return (mmio__linux_access_registers){
        .place = (uintptr_t)registers[REG_RIP],
        .mapped = (uintptr_t)registers[REG_R9],
        .size = (uintptr_t)registers[REG_R8],
        .left = (uintptr_t)registers[REG_RCX],
    };
}

void mmio__linux_access_go_on(void *context, uintptr_t place)
{
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = (greg_t)place;
}

#else

/* A translation unit holds something. */
typedef int mmio__linux_access_x86_64_is_not_here;

#endif
