/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/base.h
 * @brief Version, statuses, the error record, and what this system can do.
 */
#ifndef MMIO_BASE_H
#define MMIO_BASE_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Version of this header
 * @{ */
/** Raised when the interface breaks. */
#define MMIO_VERSION_MAJOR 0
/** Raised when the interface grows. */
#define MMIO_VERSION_MINOR 1
/** Raised when only the inside changes. */
#define MMIO_VERSION_PATCH 0
/** @} */

/**
 * Outcome of a call: MMIO_OK, or one of the negative MMIO_ERR_ numbers.
 *
 * A number, once released, keeps its meaning for ever. Later versions add the next ones, without
 * gaps, so treat an unknown negative one as a failure.
 */
typedef int32_t mmio_status;

/** @name Statuses
 * @{ */
/** The call succeeded. */
#define MMIO_OK 0
/** An argument is wrong: NULL, unknown flag bit, bad option struct, wrong combination. */
#define MMIO_ERR_INVALID (-1)
/** The map was shut down, or the object closed, be it while the call waited. */
#define MMIO_ERR_CLOSED (-2)
/** offset + size overflows or exceeds the present size of the map or file. */
#define MMIO_ERR_RANGE (-3)
/** The map's mode does not allow this: a write to a read-only map, a resize of a private one. */
#define MMIO_ERR_MODE (-4)
/** The offset is not a multiple of the required alignment. */
#define MMIO_ERR_ALIGN (-5)
/** The size is above mmio_max_size(), or more than this system can address. */
#define MMIO_ERR_TOO_LARGE (-6)
/** No such file, or no such parent directory. */
#define MMIO_ERR_NOT_FOUND (-7)
/** The file exists already. */
#define MMIO_ERR_EXISTS (-8)
/** The system denies access: permissions, a read-only file system, a refused symbolic link. */
#define MMIO_ERR_ACCESS (-9)
/** A directory, FIFO, socket or device where a regular file is needed. */
#define MMIO_ERR_NOT_FILE (-10)
/** The file system, a quota or the file-size limit of the process is exhausted. */
#define MMIO_ERR_NO_SPACE (-11)
/** The system has no memory or address space left. */
#define MMIO_ERR_NO_MEMORY (-12)
/** A limit of the process or system on descriptors, mappings or watches is reached. */
#define MMIO_ERR_LIMIT (-13)
/** Somebody else is in the way, and the call was asked not to wait. Trying again may succeed. */
#define MMIO_ERR_BUSY (-14)
/** Somebody else was in the way until the time-out. Trying again may succeed. */
#define MMIO_ERR_TIMEOUT (-15)
/** Waiting would never end: only the calling thread itself is in the way. */
#define MMIO_ERR_DEADLOCK (-16)
/** The system or the device reports an error that no other status names. */
#define MMIO_ERR_IO (-17)
/** This build or this system cannot do it. */
#define MMIO_ERR_UNSUPPORTED (-18)
/** Bytes are gone from under the map: its file was cut, or the device fails. */
#define MMIO_ERR_FAULT (-19)
/** The caller asked to stop: by the answer of its own function, by cancelling, by closing. */
#define MMIO_ERR_CANCELLED (-20)
/** The object was made before fork(), and what it needs stayed with the parent process. */
#define MMIO_ERR_FORKED (-21)
/** Written bytes did not reach the device, and nobody saw to them since. See mmio_map_flush(). */
#define MMIO_ERR_LOST (-22)
/** @} */

/** @name Causes of faults, for mmio_error::cause
 * @{ */
/** Nothing is wrong with the file any more, or the system does not say. */
#define MMIO_CAUSE_UNKNOWN 0
/** The file was cut; mmio_error::limit is what is left of the map. */
#define MMIO_CAUSE_TRUNCATED 1
/** The device fails; mmio_error::os_code is what it answers to reading. */
#define MMIO_CAUSE_IO 2
/** There is no room for bytes that have had no place on the disk so far. */
#define MMIO_CAUSE_NO_SPACE 3
/** The file, or its file system, has become read-only. */
#define MMIO_CAUSE_READ_ONLY 4
/** @} */

/**
 * What went wrong, in the caller's memory. 512 bytes, for ever.
 *
 * The numbers are those of the failed request and stay 0 where they mean nothing.
 */
typedef struct mmio_error {
    mmio_status status; /**< What the call returned. */
    int32_t os_code;    /**< errno or GetLastError() of the system call that failed; 0 if none. */
    uint64_t offset;    /**< Offset asked for. MMIO_ERR_FAULT: of the first byte that is gone. */
    uint64_t size;      /**< Size asked for. */
    uint64_t limit;     /**< The bound that was missed: map size, alignment or largest size. */
    uint64_t done;      /**< MMIO_ERR_FAULT: bytes done before the fault. */
    uint32_t cause;     /**< MMIO_ERR_FAULT: MMIO_CAUSE_… */
    uint32_t reserved;  /**< 0. */
    char message[464];  /**< Operation, path, numbers and the system's text; NUL-terminated. */
} mmio_error;

/** Version of the library that is running: (major << 16) | (minor << 8) | patch. @since 0.1 */
MMIO_API uint32_t MMIO_CALL mmio_version(void);

/** Version of the library that is running, as "major.minor.patch". Static. @since 0.1 */
MMIO_API const char *MMIO_CALL mmio_version_string(void);

/** Name of a status as written in this header, "MMIO_ERR_RANGE"; NULL for an unknown number.
 * Static. @since 0.1 */
MMIO_API const char *MMIO_CALL mmio_status_name(mmio_status status);

/** One English phrase for a status, never NULL. Static. @since 0.1 */
MMIO_API const char *MMIO_CALL mmio_status_text(mmio_status status);

/** 1 if the same call may succeed later without any other change (BUSY, TIMEOUT), else 0.
 * @since 0.1 */
MMIO_API int32_t MMIO_CALL mmio_status_is_retryable(mmio_status status);

/** Size of a memory page: what flushing and paging work in. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_page_size(void);

/** What the system wants file offsets of mappings to be a multiple of: the page size on most
 * systems, 64 KiB on Windows. Callers need not care; any offset is accepted. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_map_granularity(void);

/** Largest size a map can be created with or resized to: 128 TiB where pointers have 64 bits,
 * 2 GiB where they have 32. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_max_size(void);

/** @name Features, for mmio_has()
 * @{ */
/** Growing inside the reservation keeps the base address and waits for nobody. */
#define MMIO_FEATURE_GROW_IN_PLACE 1
/** Pinning costs plain stores, because the system can fence all threads at once. */
#define MMIO_FEATURE_CHEAP_PINS 2
/** MMIO_FLUSH_DATA survives power loss, not only a crash of the process. */
#define MMIO_FEATURE_DURABLE_FLUSH 3
/** MMIO_OPEN_BENEATH works. */
#define MMIO_FEATURE_OPEN_BENEATH 4
/** Shared memory can be sealed. See mmio_map_seal(). */
#define MMIO_FEATURE_SEALS 5
/** The system has huge pages, so that MMIO_OPEN_HUGE_PAGES can have an effect. */
#define MMIO_FEATURE_HUGE_PAGES 6
/** Files can be watched. See mmio/watch.h. */
#define MMIO_FEATURE_WATCH 7
/** Ranges of files can be locked. See mmio_range_lock_acquire(). */
#define MMIO_FEATURE_RANGE_LOCKS 8
/** Cells can be waited for, across processes. See mmio_atomic_u32_wait(). */
#define MMIO_FEATURE_WAIT 9
/** Memory pressure can be waited for. See mmio_pressure_open(). */
#define MMIO_FEATURE_PRESSURE 10
/** Dirty pages are told from clean ones. See mmio_map_residency(). */
#define MMIO_FEATURE_DIRTY_PAGES 11
/** Pages are read in by one call, while opening and later. See mmio_map_touch(). */
#define MMIO_FEATURE_POPULATE 12
/** @} */

/** 1 if this build on this system has the feature, else 0, also for unknown numbers. @since 0.1 */
MMIO_API int32_t MMIO_CALL mmio_has(uint32_t feature);

/**
 * Gives `size` bytes of memory; their address is a multiple of the second argument, a power of two.
 * NULL if there are none.
 *
 * Called on any thread, also several at once.
 */
typedef void *(MMIO_CALL *mmio_allocate)(size_t size, size_t alignment, void *user);

/** Takes back what an mmio_allocate gave. Called on any thread, also several at once. */
typedef void(MMIO_CALL *mmio_release)(void *memory, void *user);

/**
 * Have the library take its own memory from elsewhere than malloc(). Maps' bytes are not meant.
 *
 * Call it once, before any other function that opens or makes something.
 *
 * @param allocate  Gives memory.
 * @param release   Takes it back.
 * @param user      Handed to both.
 *
 * @retval MMIO_ERR_BUSY  The library has allocated memory already, or has an allocator.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_set_allocator(mmio_allocate allocate, mmio_release release,
                                                  void *user, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
