/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/watch.h
 * @brief Hearing of changes that anybody makes to files.
 *
 * Heard of is what goes through the system: writing, cutting, growing, renaming, removing, changing
 * permissions. **What is stored through a map raises no event**, in no process, neither at once nor
 * when it is flushed: whoever writes through maps and wants to be heard tells the others in another
 * way. Reading raises none either. Files on network file systems are heard of only where this
 * machine changes them.
 *
 * A watcher is a queue of events about any number of files; taking them out, with a deadline or
 * when the watcher's handle is readable, is the plain way, a callback the other. All watchers of a
 * process share one thread, which runs while there is something to watch.
 *
 * A child process made by fork() has no use of its parent's watchers: each call answers
 * MMIO_ERR_FORKED, but for mmio_watcher_close(). New ones work.
 */
#ifndef MMIO_WATCH_H
#define MMIO_WATCH_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Watches files, and queues what happens to them. */
typedef struct mmio_watcher mmio_watcher;

/** @name Kinds of events, for mmio_watch_event::kind
 * @{ */
/** Bytes were written; the size is what it was. */
#define MMIO_WATCH_MODIFIED 1
/** Permissions, owner, times, links or the name of the file changed. */
#define MMIO_WATCH_METADATA 2
/** The path names no file any more; of a watched map: its file's last link is gone. */
#define MMIO_WATCH_REMOVED 3
/** The path names another file than before, by a rename or because one was created. */
#define MMIO_WATCH_REPLACED 4
/** The file is longer than before. */
#define MMIO_WATCH_GROWN 5
/** The file is shorter than before: bytes of maps beyond `size` are gone. */
#define MMIO_WATCH_TRUNCATED 6
/** Events of this watcher, of whatever watch, are missing here: look at the files. */
#define MMIO_WATCH_OVERFLOW 7
/** @} */

/** Something happened to a watched file. 64 bytes, for ever. */
typedef struct mmio_watch_event {
    uint64_t watch;       /**< Which watch tells of it; 0 for MMIO_WATCH_OVERFLOW. */
    uint64_t size;        /**< Size of the watched file when the library looked; 0 if removed. */
    int64_t time_ns;      /**< When it looked, in ns on the system's monotonic clock. */
    uint32_t kind;        /**< MMIO_WATCH_… */
    uint32_t reserved_32; /**< 0. */
    uint64_t reserved[4]; /**< 0. */
} mmio_watch_event;

/**
 * Make a watcher that watches nothing yet.
 *
 * @param out_watcher  The caller ends it with mmio_watcher_close().
 *
 * @retval MMIO_ERR_NO_MEMORY    No memory.
 * @retval MMIO_ERR_UNSUPPORTED  Files cannot be watched here: mmio_has(MMIO_FEATURE_WATCH) is 0.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_open(mmio_watcher **out_watcher, mmio_error *error);

/**
 * End a watcher and all of its watches.
 *
 * Those who wait in mmio_watcher_next() leave with MMIO_ERR_CLOSED. When this returns, the callback
 * is not running and is never called again; a callback that runs is waited for, unless this is
 * called inside it. `watcher` is gone for the caller; NULL is ignored.
 *
 * @since 0.1
 */
MMIO_API void MMIO_CALL mmio_watcher_close(mmio_watcher *watcher);

/**
 * Watch what a path names.
 *
 * The watch stays with the path: when the file there is removed it waits for the next one, when the
 * file is replaced it goes on with the new one. Symbolic links are followed; a link in the last
 * component may be replaced, too. When the directory that the path is in is renamed or removed, the
 * watch tells that its file is gone and may never hear of another.
 *
 * Changes that follow one another at once may come as one event, told by what the file is like
 * then; a change of size tells of the writing that caused it.
 *
 * @param path       Must name a regular file.
 * @param out_watch  Its number, unique in the process and never 0.
 *
 * @retval MMIO_ERR_NOT_FOUND  No such file.
 * @retval MMIO_ERR_NOT_FILE   A directory, FIFO, socket or device.
 * @retval MMIO_ERR_ACCESS     The file or its directory must not be read.
 * @retval MMIO_ERR_LIMIT      The system's limit on watches (Linux: fs.inotify.max_user_watches),
 *                             descriptors or threads is reached.
 * @retval MMIO_ERR_NO_MEMORY  No memory.
 * @retval MMIO_ERR_IO         The system refused; `error` has its code.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_add_path(mmio_watcher *watcher, const char *path,
                                                     uint64_t *out_watch, mmio_error *error);

/**
 * Watch a map's file.
 *
 * The watch stays with this file, whatever becomes of its path. If the path the map was opened with
 * names the file now, MMIO_WATCH_REPLACED tells, once for each, of other files that come to stand
 * there; the watch does not follow them. It does not keep the map open. After the map was closed it
 * goes on, as long as the path names the file.
 *
 * @param out_watch  As mmio_watcher_add_path().
 *
 * @retval MMIO_ERR_MODE  The map is anonymous.
 * @return As mmio_watcher_add_path() besides.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_add_map(mmio_watcher *watcher, mmio_map *map,
                                                    uint64_t *out_watch, mmio_error *error);

/**
 * End a watch. Events it has queued stay queued.
 *
 * @param watch  Its number.
 *
 * @retval MMIO_ERR_NOT_FOUND  This watcher has no such watch.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_remove(mmio_watcher *watcher, uint64_t watch,
                                                   mmio_error *error);

/**
 * Take the oldest event out of the queue, waiting for one.
 *
 * The queue holds 1 024; the last of them is then MMIO_WATCH_OVERFLOW for all that found no room.
 * Several threads may wait: each event goes to one of them.
 *
 * @param timeout_ms  How long to wait for an event.
 * @param out_event   The event; all 0 on failure.
 *
 * @retval MMIO_ERR_BUSY     `timeout_ms` is 0 and no event is queued.
 * @retval MMIO_ERR_TIMEOUT  None came in that time.
 * @retval MMIO_ERR_CLOSED   The watcher was closed meanwhile.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_next(mmio_watcher *watcher, int64_t timeout_ms,
                                                 mmio_watch_event *out_event, mmio_error *error);

/**
 * Something for event loops to wait for: readable while an event is queued.
 *
 * Only poll it; never read it. Take events with mmio_watcher_next() until it answers MMIO_ERR_BUSY.
 *
 * @param out_handle  A file descriptor, or a HANDLE on Windows. It stays the watcher's. -1 on
 *                    failure.
 *
 * @retval MMIO_ERR_LIMIT  Too many descriptors.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_handle(mmio_watcher *watcher, intptr_t *out_handle,
                                                   mmio_error *error);

/**
 * Told of an event, on the library's own thread, on which all watchers of the process wait for it
 * to return. It may call anything: also close watchers, its own included, and add and remove
 * watches. The event is the library's, and lives until it returns.
 */
typedef void(MMIO_CALL *mmio_watch_callback)(const mmio_watch_event *event, void *user);

/**
 * Have events handed to a function, or, with NULL, queued again.
 *
 * Events in the queue are handed over first. When this returns, the function set before is not
 * running and is never called again; it is waited for, unless this is called inside it.
 *
 * @param callback  Called for one event after the other, without any lock held. Signals are blocked
 *                  there.
 * @param user      Handed to `callback`.
 *
 * @retval MMIO_ERR_LIMIT  The thread to hand queued events over cannot be started. Nothing changed.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_watcher_set_callback(mmio_watcher *watcher,
                                                         mmio_watch_callback callback, void *user,
                                                         mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
