/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/map.h
 * @brief Opening, resizing and closing maps.
 */
#ifndef MMIO_MAP_H
#define MMIO_MAP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A mapped file, or mapped memory without a file. Counted: see mmio_map_retain(). */
typedef struct mmio_map mmio_map;

/** @name Modes, for mmio_open_options::mode
 * @{ */
/** MMIO_MODE_RO for MMIO_DISPOSITION_OPEN of a file, MMIO_MODE_RW for all else. */
#define MMIO_MODE_DEFAULT 0
/** Shared, for reading. */
#define MMIO_MODE_RO 1
/** Shared, for reading and writing: every write is at once visible to all users of the file. */
#define MMIO_MODE_RW 2
/** Private, for reading. Needs read permission only, as does MMIO_MODE_COW_RW. */
#define MMIO_MODE_COW 3
/** Private, for reading and writing: what is written stays in this map and never reaches the
 * file. */
#define MMIO_MODE_COW_RW 4
/** @} */

/** @name Dispositions, for mmio_open_options::disposition
 * @{ */
/** The file must exist. */
#define MMIO_DISPOSITION_OPEN 0
/** Create the file, or cut an existing one to length 0; then extend it to
 * mmio_open_options::size. */
#define MMIO_DISPOSITION_CREATE 1
/** Create the file; it must not exist. Of racing creators exactly one wins. */
#define MMIO_DISPOSITION_CREATE_NEW 2
/** Open the file and keep its contents; create or extend it to mmio_open_options::size only if
 * it is missing or empty. */
#define MMIO_DISPOSITION_OPEN_OR_CREATE 3
/** @} */

/** @name Flags, for mmio_open_options::flags
 * @{ */
/** Reserve real disk blocks at creation and at growth, so that a full disk is MMIO_ERR_NO_SPACE
 * then and not a fault later. Without it new files are sparse. MMIO_ERR_UNSUPPORTED where the file
 * system cannot; never emulated by writing. */
#define MMIO_OPEN_ALLOCATE 0x1
/** Fail with MMIO_ERR_ACCESS if the last component of the path is a symbolic link. */
#define MMIO_OPEN_NOFOLLOW 0x2
/** Fail with MMIO_ERR_ACCESS if the path leads out of the current directory, by "..", by being
 * absolute or by symbolic links. MMIO_ERR_UNSUPPORTED where the system cannot promise that. */
#define MMIO_OPEN_BENEATH 0x4
/** Use huge pages if the system has them to give, and never fail because it has not.
 *
 * Anonymous maps of mode RW take them from the system's store of huge pages, all at once, if there
 * are enough: their memory then comes in whole huge pages, and growing by more than are left is
 * MMIO_ERR_NO_SPACE. Otherwise, and for files, the system is asked to use them as pages are read
 * in; touching, at open or by mmio_map_touch(), has it gather them. mmio_map_huge_pages() tells
 * what came of it. */
#define MMIO_OPEN_HUGE_PAGES 0x8
/** Fail with MMIO_ERR_UNSUPPORTED if the file is on a network file system. Nothing is created or
 * cut then. See MMIO_GROUND_NETWORK. */
#define MMIO_OPEN_LOCAL 0x10
/** Map the file when it is first used other than by a few short calls of mmio_map_read(), which
 * read the file instead: for programs that look at little of each of many files. MMIO_MODE_RO only.
 * What mapping answers at opening otherwise, the call that maps does. MMIO_TOUCH_EAGER overrides
 * it. */
#define MMIO_OPEN_DEFER 0x20
/** @} */

/** @name Touch hints, for mmio_open_options::touch
 * @{ */
/** Pages are read in when first used. */
#define MMIO_TOUCH_NEVER 0
/** All pages are read in while opening. Failing to is not an error. See mmio_map_touch(). */
#define MMIO_TOUCH_EAGER 1
/** The same as MMIO_TOUCH_NEVER, for those who want to say so. */
#define MMIO_TOUCH_LAZY 2
/** @} */

/** @name What becomes of faults in the program's own code, for mmio_open_options::on_fault
 *
 * Under MMIO_GUARD_SIGNAL only; see fault.h. Maps of huge pages are not guarded.
 * @{ */
/** MMIO_ON_FAULT_ABSORB for MMIO_MODE_RO and MMIO_MODE_COW, else MMIO_ON_FAULT_NEVER. */
#define MMIO_ON_FAULT_DEFAULT 0
/** Zeros take the place of the bytes that are gone. What is written to them is lost, which
 * flushing, writing and mmio_map_shutdown() answer with MMIO_ERR_FAULT, and the file's later growth
 * is not seen. */
#define MMIO_ON_FAULT_ABSORB 1
/** They go wherever they went before the guard. */
#define MMIO_ON_FAULT_NEVER 2
/** @} */

/**
 * How to open. Set struct_size to sizeof(mmio_open_options), leave the rest 0 for the defaults.
 *
 * MMIO_ERR_INVALID answers a struct_size below 72 or above 4096, and one larger than this library
 * knows whose unknown tail is not all zero.
 */
typedef struct mmio_open_options {
    uint32_t struct_size;   /**< sizeof(mmio_open_options) as the caller compiled it. */
    uint32_t mode;          /**< MMIO_MODE_… */
    uint32_t disposition;   /**< MMIO_DISPOSITION_… */
    uint32_t flags;         /**< MMIO_OPEN_… bits. */
    uint64_t size;          /**< Size of a created file, 1 .. mmio_max_size(). */
    uint64_t reserve;       /**< Address space to set aside for growth. 0: about four times the
                                 size, at least 64 MiB, less where address space is limited; none
                                 for modes that do not grow a file themselves. */
    uint32_t permissions;   /**< Permission bits of a created file, less the umask. 0: 0600. */
    uint32_t touch;         /**< MMIO_TOUCH_… */
    uint64_t window_offset; /**< Map from this byte of the file on; it need not be aligned. */
    uint64_t window_size;   /**< Map so many bytes; 0: to the end of the file. */
    uint32_t policy;        /**< MMIO_POLICY_…, as mmio_map_set_policy() takes it. */
    uint32_t on_fault;      /**< MMIO_ON_FAULT_… */
    uint64_t policy_amount; /**< As mmio_map_set_policy() takes it. */
} mmio_open_options;

/**
 * Map a file.
 *
 * The map covers the whole file from offset 0, or the window of it that the options ask for:
 * offsets then count from the window's first byte, and the map cannot be resized. The file is
 * opened close-on-exec; the path is not used again. Only regular files are accepted, and a FIFO is
 * refused at once instead of hanging. Creating needs MMIO_MODE_RW and no window; mode and size are
 * checked before the file system is touched. Opening an empty file MMIO_MODE_RO gives a map of size
 * 0.
 *
 * Failure: a file this call created is removed, one it cut to length 0 is left at length 0.
 *
 * @param path     Any bytes but NUL; UTF-8 on Windows.
 * @param options  NULL: an existing file, MMIO_MODE_RO.
 * @param out_map  The caller ends it with mmio_map_close().
 *
 * @retval MMIO_ERR_INVALID      Also: creating with a mode other than RW, or size 0; opening an
 *                               empty file to write or privately.
 * @retval MMIO_ERR_RANGE        The window reaches beyond the file; `error` carries its offset and
 *                               size, and the file's size.
 * @retval MMIO_ERR_TOO_LARGE    The size asked for is above mmio_max_size().
 * @retval MMIO_ERR_NOT_FOUND    No such file or parent directory.
 * @retval MMIO_ERR_EXISTS       MMIO_DISPOSITION_CREATE_NEW, and there is one.
 * @retval MMIO_ERR_ACCESS       Permissions, a read-only file system, a refused symbolic link.
 * @retval MMIO_ERR_NOT_FILE     A directory, FIFO, socket or device.
 * @retval MMIO_ERR_NO_SPACE     No room for the file.
 * @retval MMIO_ERR_NO_MEMORY    No memory or address space.
 * @retval MMIO_ERR_LIMIT        Too many descriptors or mappings.
 * @retval MMIO_ERR_UNSUPPORTED  A flag needs what this system or file system lacks, or refuses the
 *                               file system.
 * @retval MMIO_ERR_IO           The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_open(const char *path, const mmio_open_options *options,
                                             mmio_map **out_map, mmio_error *error);

/**
 * Map an open file.
 *
 * On success the library owns `handle` and closes it with the map; on failure it stays the
 * caller's. A handle opened for reading cannot become MMIO_MODE_RW.
 *
 * @param handle   A file descriptor, or a HANDLE on Windows.
 * @param label    Stands for the path in messages and mmio_map_path(). NULL: "".
 * @param options  `disposition` must be MMIO_DISPOSITION_OPEN, or MMIO_DISPOSITION_OPEN_OR_CREATE
 *                 to extend an empty file to `size`. The flags NOFOLLOW and BENEATH are refused.
 *
 * @retval MMIO_ERR_MODE  MMIO_MODE_RW, and the handle is not open for reading and writing.
 * @retval MMIO_ERR_IO    Also: not an open handle.
 * @return As mmio_map_open() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_from_handle(intptr_t handle, const char *label,
                                                    const mmio_open_options *options,
                                                    mmio_map **out_map, mmio_error *error);

/**
 * Map zeroed memory that no file stands behind.
 *
 * It is a map like any other: views, copies, atomics and growth work as on a file. Flushing is a
 * checked no-op and nothing is ever pending. The memory takes one descriptor, and a child process
 * made by fork() shares it.
 *
 * @param size     1 .. mmio_max_size().
 * @param options  Only `mode`, `reserve`, `touch` and the flag MMIO_OPEN_HUGE_PAGES are used; the
 *                 rest must be 0.
 *
 * @retval MMIO_ERR_INVALID    Also: size 0.
 * @retval MMIO_ERR_TOO_LARGE  The size is above mmio_max_size().
 * @retval MMIO_ERR_NO_MEMORY  No memory or address space.
 * @retval MMIO_ERR_LIMIT      Too many descriptors or mappings.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_anonymous(uint64_t size, const mmio_open_options *options,
                                                  mmio_map **out_map, mmio_error *error);

/**
 * Map memory that other processes can map too.
 *
 * Under a name it is found by all processes of this system, outlives them, and ends with
 * mmio_shared_remove() and its last map; the disposition says whether it must exist, as for files.
 * Without one it is new, ends with its last map, can be sealed, and reaches other processes by
 * its handle: pass them what mmio_map_duplicate_handle() gives, for mmio_map_from_handle() there.
 * There is no disk behind it: flushing is a checked no-op, and nothing is ever pending.
 *
 * @param name     1 .. 200 bytes, no '/'; NULL for memory without a name.
 * @param size     Of memory that is created; not used for what exists already.
 * @param options  `mode` (default RW), `reserve` and `touch`; with a name `disposition` and
 *                 `permissions` too. The rest must be 0.
 *
 * @retval MMIO_ERR_INVALID  Also: a bad name; creating with size 0 or a mode other than RW.
 * @return As mmio_map_open() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_shared(const char *name, uint64_t size,
                                               const mmio_open_options *options, mmio_map **out_map,
                                               mmio_error *error);

/**
 * Remove the name of shared memory. Those who have mapped it keep it.
 *
 * @param name  As for mmio_map_shared().
 *
 * @retval MMIO_ERR_NOT_FOUND  No shared memory has this name.
 * @retval MMIO_ERR_ACCESS     It is somebody else's.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_shared_remove(const char *name, mmio_error *error);

/** @name Seals, for mmio_map_seal()
 * @{ */
/** Nobody can make the memory shorter: no process that maps it can be hurt by another. */
#define MMIO_SEAL_SHRINK 0x1
/** Nobody can make it longer. */
#define MMIO_SEAL_GROW 0x2
/** Nobody can map or change it for writing from now on; maps that can write already go on. */
#define MMIO_SEAL_WRITE 0x4
/** @} */

/**
 * Forbid something for ever, to all who have the memory now or get it later.
 *
 * Resizing against a seal answers MMIO_ERR_ACCESS.
 *
 * @param seals  MMIO_SEAL_… bits, added to those there are.
 *
 * @retval MMIO_ERR_MODE         Not memory from mmio_map_shared() without a name.
 * @retval MMIO_ERR_UNSUPPORTED  This system has no seals: MMIO_FEATURE_SEALS.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_seal(mmio_map *map, uint32_t seals, mmio_error *error);

/**
 * Get a handle of one's own to a map's file or shared memory, to give it to another process.
 *
 * @param out_handle  Close-on-exec; the caller owns it. -1 on failure.
 *
 * @retval MMIO_ERR_MODE   The map is anonymous.
 * @retval MMIO_ERR_LIMIT  Too many descriptors.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_duplicate_handle(mmio_map *map, intptr_t *out_handle,
                                                         mmio_error *error);

/**
 * Count one more holder of a map. Each holder ends with its own mmio_map_close().
 *
 * All holders share size, pending bytes and everything else: it is one map.
 *
 * @return `map`.
 * @since 0.1
 */
MMIO_API mmio_map *MMIO_CALL mmio_map_retain(mmio_map *map);

/**
 * Give a map back. The last holder's call unmaps and closes the file.
 *
 * Views may outlive it: their bytes stay mapped until each is released. Nothing is flushed; what
 * was written is in the system's page cache already. `map` is gone for the caller; NULL is ignored.
 * It cannot tell of a loss: who wants to know calls mmio_map_shutdown() or mmio_map_flush() first.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_map_close(mmio_map *map);

/**
 * End a map for all its holders, and keep the handle itself safe to call.
 *
 * The memory is unmapped and the file closed as soon as the last view of it is released: now, if
 * there is none. From now on every call on the map answers MMIO_ERR_CLOSED, its size is 0, and
 * nothing crashes. Each holder still owes its mmio_map_close(). Made for languages whose programs
 * can call a closed object: shut down in close(), call mmio_map_close() from the finalizer.
 *
 * @retval MMIO_OK         Also when it was shut down already.
 * @retval MMIO_ERR_LOST   This call shut it down, and bytes were lost: see mmio_map_flush().
 * @retval MMIO_ERR_FAULT  It did, and what was written to zeros is lost: MMIO_ON_FAULT_ABSORB.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_shutdown(mmio_map *map, mmio_error *error);

/**
 * Shut a map down and take its file back, open and unharmed.
 *
 * Success: as after mmio_map_shutdown(), but that the file is the caller's. Failure: nothing
 * changed. Either way the caller still owes mmio_map_close().
 *
 * @param out_handle  The caller owns it. -1 on failure.
 *
 * @retval MMIO_ERR_BUSY    Another holder or a view of the map lives.
 * @retval MMIO_ERR_MODE    The map is anonymous.
 * @retval MMIO_ERR_LOST    Bytes were lost: see mmio_map_flush().
 * @retval MMIO_ERR_ACCESS  The file cannot be cut to what was appended: its size is sealed.
 * @retval MMIO_ERR_IO      Nor for another reason; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_into_handle(mmio_map *map, intptr_t *out_handle,
                                                    mmio_error *error);

/** @name Kinds, for mmio_map_info::kind
 * @{ */
/** A mapped file. */
#define MMIO_KIND_FILE 1
/** Memory without a file. */
#define MMIO_KIND_ANONYMOUS 2
/** Memory that other processes can map too. See mmio_map_shared(). */
#define MMIO_KIND_SHARED 3
/** @} */

/** What is known about a map. Set struct_size; the library writes no more than that. */
typedef struct mmio_map_info {
    uint32_t struct_size; /**< sizeof(mmio_map_info) as the caller compiled it; at least 120. */
    uint32_t mode;        /**< MMIO_MODE_…, never DEFAULT. */
    uint32_t kind;        /**< MMIO_KIND_… */
    uint32_t holders;     /**< Calls of mmio_map_close() still owed. */
    uint64_t size;        /**< Present size. */
    uint64_t reserve;     /**< Address space set aside: up to here growth does not move the map. */
    uint64_t pending;     /**< As mmio_map_pending(). */
    int64_t handle;       /**< File descriptor or HANDLE; it stays the map's. */
    uint64_t views;       /**< Live views and walks, and copies under way. */
    uint64_t flushes;     /**< Flushes that reached the device, the policy's among them. */
    uint64_t age_ms;      /**< Since it was opened. */
    uint64_t window_offset; /**< Offset in the file of the map's first byte. */
    uint64_t appended;      /**< Where mmio_map_append() goes on. */
    uint64_t policy_amount; /**< As given. */
    uint32_t policy;        /**< MMIO_POLICY_… */
    uint32_t is_writable;   /**< 1 if it may be written now, else 0. */
    uint32_t is_closed; /**< 1 after shutdown, while views keep it: mmio_inventory_get() only. */
    int32_t lost_code;  /**< The system's, of a loss that mmio_map_flush() tells of; 0 if none. */
    uint64_t faults; /**< Times that zeros took the place of bytes: mmio_open_options::on_fault. */
} mmio_map_info;

/**
 * Look at a map.
 *
 * @param out_info  struct_size is the caller's to set; MMIO_ERR_INVALID if it is below 120. All
 *                  else is set to 0 on failure.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_get_info(mmio_map *map, mmio_map_info *out_info,
                                                 mmio_error *error);

/** Present size; another thread may change it at once. 0 for NULL and after shutdown. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_map_size(const mmio_map *map);

/** MMIO_MODE_… of a map, never DEFAULT; 0 for NULL. @since 0.1 */
MMIO_API uint32_t MMIO_CALL mmio_map_mode(const mmio_map *map);

/** Path or label the map was opened with, "" if anonymous; NULL for NULL. Lives as long as the
 * caller holds the map. @since 0.1 */
MMIO_API const char *MMIO_CALL mmio_map_path(const mmio_map *map);

/**
 * Change the length of the backing file and of its map.
 *
 * Growing never waits: bytes added read as zero, and every view keeps its address and contents.
 * While the map's reservation lasts, the base address stays too; beyond it the map moves and
 * earlier views stay where they were. Shrinking waits for views that reach beyond `new_size`, and
 * never cuts bytes under one. Bytes cut off are gone: they read as zero after a later growth.
 *
 * Failure: file, map and address are as before the call.
 *
 * @param new_size    1 .. mmio_max_size().
 * @param timeout_ms  How long shrinking may wait for views.
 *
 * @retval MMIO_OK               Also when `new_size` is the present size.
 * @retval MMIO_ERR_MODE         The map's mode is not RW, it is a window, or it is protected.
 * Checked before the size.
 * @retval MMIO_ERR_INVALID      Also: `new_size` is 0.
 * @retval MMIO_ERR_TOO_LARGE    `new_size` is above mmio_max_size().
 * @retval MMIO_ERR_BUSY         `timeout_ms` is 0 and a view reaches beyond `new_size`.
 * @retval MMIO_ERR_TIMEOUT      Such a view was still there after `timeout_ms`.
 * @retval MMIO_ERR_DEADLOCK     `timeout_ms` is negative, and the calling thread itself acquired
 *                               all such views.
 * @retval MMIO_ERR_NO_SPACE     The file system, a quota or the file-size limit is exhausted, or
 * the store of huge pages that the map is made of.
 * @retval MMIO_ERR_NO_MEMORY    No address space beyond the reservation.
 * @retval MMIO_ERR_IO           The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_resize(mmio_map *map, uint64_t new_size, int64_t timeout_ms,
                                               mmio_error *error);

/**
 * Look whether others changed the file's length, and follow.
 *
 * Of a file that grew the map shows the new bytes too; views stay as they are. Of a file that was
 * cut the map gives up what is gone, so that calls answer MMIO_ERR_RANGE and not a fault; views
 * that reach there are not safe to read any more. A window whose size was asked for keeps to it.
 *
 * @param out_before  The map's size before. May be NULL.
 * @param out_after   Its size now: above, equal to or below the former. May be NULL.
 *
 * @retval MMIO_ERR_BUSY       A resize of the map is under way.
 * @retval MMIO_ERR_MODE       The map is COW_RW: its private bytes do not follow the file.
 * @retval MMIO_ERR_NO_MEMORY  No address space for the longer file.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_refresh(mmio_map *map, uint64_t *out_before,
                                                uint64_t *out_after, mmio_error *error);

/** @name Protections, for mmio_map_protect()
 * @{ */
/** Nothing is written through the map any more. */
#define MMIO_PROTECT_READ_ONLY 0
/** The map is as its mode says again. */
#define MMIO_PROTECT_NONE 1
/** @} */

/**
 * Forbid writing through a map, or allow it again.
 *
 * Forbidding waits for views for writing and writes under way; from then on calls that write or
 * resize answer MMIO_ERR_MODE, and stores through leftover raw pointers kill the process. The mode
 * stays what it was.
 *
 * @param protection  MMIO_PROTECT_…
 * @param timeout_ms  How long to wait for views for writing.
 *
 * @retval MMIO_ERR_MODE      MMIO_PROTECT_NONE for a map of mode RO or COW.
 * @retval MMIO_ERR_BUSY      `timeout_ms` is 0 and a view for writing lives.
 * @retval MMIO_ERR_TIMEOUT   There still was one after `timeout_ms`.
 * @retval MMIO_ERR_DEADLOCK  `timeout_ms` is negative, and the calling thread itself acquired all
 *                            such views.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_map_protect(mmio_map *map, uint32_t protection,
                                                int64_t timeout_ms, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
