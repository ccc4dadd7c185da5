/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/ground.h
 * @brief What files stand on: the file system, what it can do, and the limits of the process.
 */
#ifndef MMIO_GROUND_H
#define MMIO_GROUND_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Kinds of file systems, for mmio_ground::kind
 * @{ */
/** One this library knows nothing of. */
#define MMIO_GROUND_UNKNOWN 0
/** On a device of this machine: ext4, xfs, btrfs, … */
#define MMIO_GROUND_LOCAL 1
/** In this machine's memory, gone when it stops: tmpfs, memory without a path, huge pages. */
#define MMIO_GROUND_MEMORY 2
/** Another machine or the host of this one can change the files: nfs, cifs, ceph, 9p, virtiofs;
 * also those served by well-known programs, as sshfs. */
#define MMIO_GROUND_NETWORK 3
/** Served by a program of this machine. */
#define MMIO_GROUND_FUSE 4
/** Layers of other file systems, as containers have. */
#define MMIO_GROUND_OVERLAY 5
/** No storage at all but the system's own state: proc, sysfs, … */
#define MMIO_GROUND_VIRTUAL 6
/** @} */

/** @name What a file system can do, for mmio_ground::known and mmio_ground::can
 * @{ */
/** On this machine, maps of a file and positional reads and writes see each other's bytes at
 * once. */
#define MMIO_CAN_COHERE 0x1
/** Blocks can be reserved: MMIO_OPEN_ALLOCATE. */
#define MMIO_CAN_RESERVE 0x2
/** Blocks of a range can be given back: mmio_map_zero() makes holes. */
#define MMIO_CAN_PUNCH 0x4
/** Copies of files can share their blocks. */
#define MMIO_CAN_REFLINK 0x8
/** Ranges of files can be locked against other processes. */
#define MMIO_CAN_LOCK 0x10
/** @} */

/**
 * What is known of the ground. Set struct_size; the library writes no more than that.
 *
 * A bit of `can` means something only where `known` has it too: a bit in `known` alone is a no, in
 * neither it may be either. The limits are those in force for the calling process; UINT64_MAX is
 * none, and 0 where the system does not tell.
 */
typedef struct mmio_ground {
    uint32_t struct_size; /**< sizeof(mmio_ground) as the caller compiled it; at least 104. */
    uint32_t kind;        /**< MMIO_GROUND_… */
    uint32_t known;       /**< MMIO_CAN_… bits that the library can tell. */
    uint32_t can;         /**< Those of them that the file system can do. */
    char name[16];        /**< The system's name for it, "ext4", cut to 15 bytes. */
    uint64_t block_size;  /**< What it allocates in. */
    uint64_t free_size;   /**< Bytes that this user may still fill; UINT64_MAX if it has no limit of
                               its own. */
    uint32_t is_read_only; /**< 1 if nothing there can be changed, else 0. */
    uint32_t reserved;     /**< 0. */
    uint64_t maps_most;    /**< Mappings the process may have; a map takes one. */
    uint64_t maps_now;     /**< Mappings it has. */
    uint64_t locked_most;  /**< Bytes it may lock in memory. */
    uint64_t locked_now;   /**< Bytes it has locked. */
    uint64_t handles_most; /**< Descriptors it may have; a map takes one. */
    uint64_t handles_now;  /**< Descriptors it has. */
} mmio_ground;

/**
 * Ask about the ground under a path, without changing anything there.
 *
 * A path that names nothing stands for the directory it would be made in, so that it can be asked
 * before creating. The file itself is not opened, which keeps locks that the process has on it;
 * what only an open file tells stays unknown. A network file system may take its time.
 *
 * @param path        As for mmio_map_open().
 * @param out_ground  struct_size is the caller's to set; MMIO_ERR_INVALID if it is below 104. All
 *                    else is set to 0 on failure.
 *
 * @retval MMIO_ERR_NOT_FOUND  Neither the path nor its directory exists.
 * @retval MMIO_ERR_ACCESS     A directory on the way may not be searched.
 * @retval MMIO_ERR_LIMIT      Too many descriptors.
 * @retval MMIO_ERR_IO         The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_ground_of_path(const char *path, mmio_ground *out_ground,
                                                   mmio_error *error);

/**
 * Ask about the ground under an open file or directory, without changing anything there.
 *
 * @param handle      A file descriptor, or a HANDLE on Windows; it stays the caller's. That of a
 * map is in mmio_map_info::handle.
 * @param out_ground  As for mmio_ground_of_path().
 *
 * @retval MMIO_ERR_IO  Also: not an open handle.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_ground_of_handle(intptr_t handle, mmio_ground *out_ground,
                                                     mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
