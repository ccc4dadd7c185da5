/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/fault.h
 * @brief When bytes vanish from under a map.
 *
 * Another process cuts the file, the disk behind a sparse file is full, the device fails: then the
 * next access to the bytes is a fault, which by default ends the process. With a guard it does not:
 *
 *     mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL);          once, when the program has started
 *     ...
 *     if (mmio_map_read(map, 0, buffer, size, &error) == MMIO_ERR_FAULT) {
 *         // error.done bytes were copied, error.cause says what happened to the rest
 *     }
 *
 * Calls of the library that meet a fault answer MMIO_ERR_FAULT, with the offset of the first byte
 * that is gone, the number of bytes done before it, and the cause. The next call on bytes that are
 * there works.
 *
 * Accesses by the program's own code to views and pointers are answered as the map was opened:
 * mmio_open_options::on_fault. Where it allows that, the program reads zeros and goes on, and every
 * later call on the map answers MMIO_ERR_FAULT until it is closed; mmio_map_info::faults tells,
 * too.
 *
 * Without any fault a program sees zeros between the end of a file that was cut and the end of its
 * last page: mmio_map_check_faults() compares the sizes.
 */
#ifndef MMIO_FAULT_H
#define MMIO_FAULT_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Guards, for mmio_fault_guard()
 * @{ */
/** Faults go wherever they went before. */
#define MMIO_GUARD_OFF 0
/** The library handles SIGBUS, and passes on to whoever was there before it all that is not its
 * own. It costs nothing until there is a fault. */
#define MMIO_GUARD_SIGNAL 1
/** No handler: the library uses mapped bytes by system calls, which answer instead of faulting. A
 * copy of 64 bytes takes 100 times as long, and views are not guarded. Atomic operations ask the
 * system for their page first; one that is cut off right after that still ends the process. */
#define MMIO_GUARD_SYSCALL 2
/** @} */

/**
 * Choose the guard of the process.
 *
 * Until the first call it is MMIO_GUARD_OFF. Call it after the runtime of the language has started,
 * and not from a constructor: some runtimes take the place of handlers that are there before them.
 * When somebody else puts a handler of their own in front of the library's, the next map that is
 * opened puts it back. Views of maps that were opened under another guard than MMIO_GUARD_SIGNAL
 * are not guarded.
 *
 * Any thread may call it. A thread that blocks SIGBUS has it unblocked at its first use of a map
 * under MMIO_GUARD_SIGNAL.
 *
 * @param guard  MMIO_GUARD_…
 *
 * @retval MMIO_ERR_INVALID      The guard is unknown.
 * @retval MMIO_ERR_UNSUPPORTED  MMIO_GUARD_SIGNAL does not work on this processor, or the system
 *                               has not the calls that MMIO_GUARD_SYSCALL needs.
 * @retval MMIO_ERR_ACCESS       It does not let this process use them, as in some containers. The
 *                               guard stays as it was.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_fault_guard(uint32_t guard, mmio_error *error);

/** Which guard the process has now, as MMIO_GUARD_…. @since 0.1 */
MMIO_API uint32_t MMIO_CALL mmio_fault_guard_now(void);

/**
 * Ask whether all bytes of a map are there: none was lost to a fault, and the file has not become
 * shorter than the map.
 *
 * It looks at the file's length only, not at its bytes: those that the device cannot read are found
 * by mmio_map_touch().
 *
 * @retval MMIO_ERR_FAULT  They are not. `error` has the first offset that is gone; of a file that
 *                         was cut also what is left of the map as its limit, and its cause.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_check_faults(mmio_map *map, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
