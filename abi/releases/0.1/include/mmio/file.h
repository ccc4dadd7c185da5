/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/file.h
 * @brief Whole tasks on files by their paths, one call each.
 *
 * Paths of directories, FIFOs, sockets and devices answer MMIO_ERR_NOT_FILE, at once. Beside what
 * the functions name, each answers MMIO_ERR_LIMIT for too many descriptors, MMIO_ERR_NO_MEMORY,
 * and MMIO_ERR_IO with the system's code where no other status fits. All of them wait for the
 * device if they must read or flush.
 */
#ifndef MMIO_FILE_H
#define MMIO_FILE_H

#include "flush.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Create a file of zeros, without mapping it.
 *
 * It is sparse: no size costs disk space. An existing file is never touched; of racing creators
 * exactly one wins.
 *
 * Failure: nothing is left at `path`.
 *
 * @param path         Any bytes but NUL; UTF-8 on Windows.
 * @param size         1 .. mmio_max_size().
 * @param permissions  Permission bits, less the umask. 0: 0600.
 *
 * @retval MMIO_ERR_INVALID    Also: size 0, unknown permission bits.
 * @retval MMIO_ERR_TOO_LARGE  The size is above mmio_max_size().
 * @retval MMIO_ERR_EXISTS     There is something at `path`, be it a dangling symbolic link.
 * @retval MMIO_ERR_NOT_FOUND  No such parent directory.
 * @retval MMIO_ERR_ACCESS     Permissions, or a read-only file system.
 * @retval MMIO_ERR_NO_SPACE   The file system has no room or no such long files; or the limit on
 *                             file sizes.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_file_create(const char *path, uint64_t size,
                                                uint32_t permissions, mmio_error *error);

/**
 * Write into the existing file at `path`, never beyond its end.
 *
 * Maps of the file see the bytes at once. A mmio_map_read() beside it may see a part of them.
 *
 * Failure after the first byte: some of the bytes may be written; MMIO_ERR_NO_SPACE and MMIO_ERR_IO
 * only.
 *
 * @param data   `size` bytes; may be NULL if that is 0. Nothing is written or flushed then, but the
 *               file must be there.
 * @param flush  MMIO_FLUSH_… level at which the file is flushed afterwards, or MMIO_FLUSH_NONE.
 *
 * @retval MMIO_ERR_RANGE      `error` carries offset, size and the file's size.
 * @retval MMIO_ERR_NOT_FOUND  No such file.
 * @retval MMIO_ERR_ACCESS     The file may not be read and written.
 * @retval MMIO_ERR_NOT_FILE   Not a regular file.
 * @retval MMIO_ERR_NO_SPACE   The file is sparse and the disk full; or the limit on file sizes.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_file_write(const char *path, uint64_t offset, const void *data,
                                               size_t size, uint32_t flush, mmio_error *error);

/**
 * Make one file a copy of another.
 *
 * The destination is replaced as by mmio_file_publish(), in one step by a finished copy, but
 * nothing is flushed: a power loss soon after may leave any contents. Bytes written through maps
 * are copied whether flushed or not. Holes stay holes, and file systems that can share the blocks
 * of both files until one is written. What others change in `from` meanwhile may be in the copy or
 * not.
 *
 * Failure: what was at `to` is unharmed.
 *
 * @param from  Symbolic links are followed.
 * @param to    A new file has the permission bits of `from`, less the umask; one that replaces
 *              another has that one's.
 *
 * @retval MMIO_ERR_NOT_FOUND  No such file, or no such parent directory of `to`.
 * @retval MMIO_ERR_ACCESS     `from` may not be read, or the directory of `to` not be written.
 * @retval MMIO_ERR_NOT_FILE   One of them is not a regular file.
 * @retval MMIO_ERR_NO_SPACE   No room for the copy; or the limit on file sizes.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_file_copy(const char *from, const char *to, mmio_error *error);

/**
 * Create or replace a file by these contents, atomically and durably.
 *
 * At every moment, for every process, and after a power loss at any moment, the path names the old
 * file or all of the new one. When the call returns MMIO_OK, power loss does not undo it. Maps of
 * the old file keep the old bytes. A symbolic link at `path` is replaced itself: its target stays
 * as it was, and so does a hard link's other name.
 *
 * The new contents are written to a file beside it, whose name begins with ".mmio-" and which is
 * gone when the call returns; only a process that dies meanwhile leaves it there. So the directory
 * must be writable, and the new file belongs to the calling user.
 *
 * Failure: what was at `path` is unharmed, unless the very last step failed, flushing the
 * directory: the message says so, and the file is the new one.
 *
 * @param data         `size` bytes; may be NULL if that is 0.
 * @param permissions  Permission bits of a new file, less the umask. 0: 0600. A file that is
 *                     replaced leaves its own bits to its successor.
 *
 * @retval MMIO_ERR_INVALID      Also: unknown permission bits.
 * @retval MMIO_ERR_NOT_FOUND    No such parent directory.
 * @retval MMIO_ERR_ACCESS       The directory may not be written.
 * @retval MMIO_ERR_NOT_FILE     Something other than a file or symbolic link is there.
 * @retval MMIO_ERR_NO_SPACE     No room for old and new file together; or the limit on file sizes.
 * @retval MMIO_ERR_UNSUPPORTED  The file system cannot flush directories.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_file_publish(const char *path, const void *data, size_t size,
                                                 uint32_t permissions, mmio_error *error);

/**
 * Remove the name of a file. Maps and views of it go on.
 *
 * A symbolic link is removed itself. mmio_file_sync_directory() makes it durable.
 *
 * @param path  Any bytes but NUL; UTF-8 on Windows.
 *
 * @retval MMIO_ERR_NOT_FOUND  There is nothing at `path`.
 * @retval MMIO_ERR_ACCESS     The directory may not be written.
 * @retval MMIO_ERR_NOT_FILE   Neither a regular file nor a symbolic link.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_file_delete(const char *path, mmio_error *error);

/**
 * Make the name of a file durable, or that it is gone, by flushing the directory it is in.
 *
 * Flushing a file makes its bytes durable, not its name: call this after creating a file that must
 * be found after a power loss. The file itself is not looked at.
 *
 * @param path  Of the file, not of the directory.
 *
 * @retval MMIO_ERR_NOT_FOUND    No such directory.
 * @retval MMIO_ERR_ACCESS       The directory may not be read.
 * @retval MMIO_ERR_UNSUPPORTED  The file system cannot flush directories.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_file_sync_directory(const char *path, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
