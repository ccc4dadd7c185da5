/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between compilers, and between plain, checked and sanitized builds. */
#ifndef MMIO_BASE_COMPILER_H
#define MMIO_BASE_COMPILER_H

#include <stdatomic.h>

/* Invariants of our own code. Wrong use by the caller is a status, never an assert. */
#if defined(MMIO_ASSERTS)
#include <assert.h>
#define MMIO_ASSERT(condition) assert(condition)
#else
#define MMIO_ASSERT(condition) ((void)0)
#endif

#if defined(__GNUC__)
#define MMIO__LIKELY(condition) __builtin_expect(!!(condition), 1)
#define MMIO__UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define MMIO__PRINTF(text, first) __attribute__((format(printf, text, first)))
#define MMIO__NOINLINE __attribute__((noinline, cold))
/* Ask for the cache line at an address that will be read soon. It need not be mapped. */
#define MMIO__PREFETCH(address) __builtin_prefetch(address)
/* One pointer per thread, read by every access: worth eight bytes of the static TLS block, which
 * saves the call that a dynamically allocated thread-local costs. */
#define MMIO__THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define MMIO__LIKELY(condition) (condition)
#define MMIO__UNLIKELY(condition) (condition)
#define MMIO__PRINTF(text, first)
#define MMIO__NOINLINE
#define MMIO__PREFETCH(address) ((void)(address))
#define MMIO__THREAD_LOCAL _Thread_local
#endif

#define MMIO__CACHE_LINE 64

#if defined(__SANITIZE_THREAD__)
#define MMIO__TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MMIO__TSAN 1
#endif
#endif

/* ThreadSanitizer models no fences. Under it the compiler is held back, which is what these cost on
 * x86-64 anyway; it then judges the atomics around them. */
#if defined(MMIO__TSAN)
#define MMIO__FENCE_ACQUIRE() atomic_signal_fence(memory_order_acquire)
#define MMIO__FENCE_RELEASE() atomic_signal_fence(memory_order_release)
#define MMIO__FENCE_FULL()                                                                         \
    do {                                                                                           \
        _Atomic int turn = 0;                                                                      \
        (void)atomic_fetch_add(&turn, 1);                                                          \
    } while (0)
#else
#define MMIO__FENCE_ACQUIRE() atomic_thread_fence(memory_order_acquire)
#define MMIO__FENCE_RELEASE() atomic_thread_fence(memory_order_release)
#define MMIO__FENCE_FULL() atomic_thread_fence(memory_order_seq_cst)
#endif

#endif
