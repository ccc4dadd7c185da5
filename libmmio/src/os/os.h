/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system contract: all that the library asks of an operating system. posix/, linux/, darwin/,
 * freebsd/ and windows/ implement it; nothing else includes a system header or tests a platform
 * macro.
 *
 * Said once:
 * - A function that can fail returns the system's own error code, 0 for success. Results go out
 *   through pointers and are written only on success. Interrupted calls are retried inside.
 * - Pointers are never NULL. Handles are open. Addresses, and sizes of mappings, are multiples of
 *   the page size; offsets of mappings are multiples of the map granularity.
 * - A handle is a file descriptor or a HANDLE in an intptr_t; MMIO__OS_NO_HANDLE is neither.
 * - What a system can do is asked from mmio__os_caps(), never from a macro.
 */
#ifndef MMIO_OS_OS_H
#define MMIO_OS_OS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mmio/base.h"
#include "mmio/ground.h"

#define MMIO__OS_NO_HANDLE ((intptr_t)-1)

/* What this system can do. */
typedef struct mmio__os_caps {
    uint64_t page_size;
    uint64_t map_granularity;  /* What offsets of mappings are multiples of. */
    bool maps_past_end;        /* A mapping may reach beyond its file's end; growth fills it. */
    bool shrinks_while_mapped; /* A file can be cut while a mapping reaches beyond the cut. */
    bool fences_all_threads;   /* mmio__os_fence_all_threads() works. */
    bool flush_is_durable;     /* Level DATA reaches the medium. */
    bool opens_beneath;        /* MMIO__OS_OPEN_BENEATH works. */
    bool has_seals;            /* mmio__os_file_seal() works. */
    bool locks_ranges;         /* mmio__os_range_lock() works. */
    bool waits_shared;         /* mmio__os_wait_shared() works. */
    bool has_huge_pages;       /* MMIO__OS_MAP_HUGE_PAGES can have an effect. */
    bool has_pressure;         /* mmio__os_pressure_open() works. */
    bool counts_dirty_pages;   /* mmio__os_count_cached() knows dirty pages of usual files. */
    bool populates;            /* mmio__os_populate() works. */
    bool notifies;             /* Notifiers work. */
} mmio__os_caps;

/* The same struct each time; the first call may cost a few system calls. */
const mmio__os_caps *mmio__os_get_caps(void);

/* Errors. */

/* Beside the system's own codes. */

/* Somebody else holds the lock. */
#define MMIO__OS_LOCKED (-2)
/* The deadline has passed. */
#define MMIO__OS_TIMED_OUT (-3)
/* The library's own allocator gave nothing: for those who pass on codes. */
#define MMIO__OS_NO_MEMORY (-4)

/* The status that stands for a system code. */
mmio_status mmio__os_status(int32_t code);
/* The system's text for a code, NUL-terminated and cut to `size`. */
void mmio__os_text(int32_t code, char *text, size_t size);

/* Files. */

#define MMIO__OS_OPEN_WRITE 0x1u    /* For reading and writing; else for reading. */
#define MMIO__OS_OPEN_NEW 0x2u      /* Create, and fail if it exists; else it must exist. */
#define MMIO__OS_OPEN_TRUNCATE 0x4u /* Cut to length 0. */
#define MMIO__OS_OPEN_NOFOLLOW 0x8u /* The last component is no symbolic link. */
#define MMIO__OS_OPEN_BENEATH 0x10u /* The path stays below the current directory. */

/* Opens close-on-exec and never hangs on a FIFO. `permissions` is for MMIO__OS_OPEN_NEW. */
int32_t mmio__os_file_open(const char *path, uint32_t flags, uint32_t permissions,
                           intptr_t *out_handle);
/* Memory that looks like an empty file, shared by all who hold the handle. */
int32_t mmio__os_file_open_memory(bool can_be_sealed, intptr_t *out_handle);
/* The path of the file that stands for shared memory of a name without '/'. */
void mmio__os_shared_path(const char *name, char *out_path, size_t size);
/* Forbid to shorten, to lengthen, to map anew for writing; for all and for ever. */
int32_t mmio__os_file_seal(intptr_t handle, bool shrink, bool grow, bool write);
/* One more handle of the same open file, close-on-exec. */
int32_t mmio__os_file_duplicate(intptr_t handle, intptr_t *out_handle);
int32_t mmio__os_file_remove(const char *path);
/* Open the file of a handle anew, also one that has no name any more. Whatever belongs to a handle,
 * its locks above all, the two do not share. */
int32_t mmio__os_file_reopen(intptr_t handle, bool for_writing, intptr_t *out_handle);
/* The same in huge pages, `size` bytes of them and what fills the last one, all taken from the
 * system's store now. Lengths of such memory are multiples of its page. Fails if too few are free;
 * so does mmio__os_file_allocate() later. */
int32_t mmio__os_file_open_huge_memory(uint64_t size, intptr_t *out_handle,
                                       uint64_t *out_page_size);
void mmio__os_file_close(intptr_t handle);

typedef struct mmio__os_file_facts {
    uint64_t size;
    uint64_t identity[2]; /* No other file has it while a handle of this one is open. */
    uint32_t permissions; /* The nine bits of owner, group and others. */
    bool is_regular;
} mmio__os_file_facts;

int32_t mmio__os_file_inspect(intptr_t handle, mmio__os_file_facts *out_facts);
/* What a handle that somebody else opened can be used for. */
int32_t mmio__os_file_access(intptr_t handle, bool *out_is_readable, bool *out_is_writable);
/* Bytes added read as zero. Exceeding a limit of the process is an error, never a signal. */
int32_t mmio__os_file_resize(intptr_t handle, uint64_t size);
/* The same for a size that is below the present one. */
int32_t mmio__os_file_cut(intptr_t handle, uint64_t size);
/* Reserve real blocks for a range and extend the file to its end. Never writes zeros instead. */
int32_t mmio__os_file_allocate(intptr_t handle, uint64_t offset, uint64_t size);
/* Make a range of whole pages a hole that reads as zero, also through mappings. */
int32_t mmio__os_file_punch(intptr_t handle, uint64_t offset, uint64_t size);
/* Remove `path` if it still names the file of `handle`. */
void mmio__os_file_remove_own(const char *path, intptr_t handle);
/* The nine bits of owner, group and others, whatever the process's mask. */
int32_t mmio__os_file_set_permissions(intptr_t handle, uint32_t permissions);
/* Up to the end of the file. The count is of the bytes read before a failure, too. */
int32_t mmio__os_file_read(intptr_t handle, uint64_t offset, void *data, size_t size,
                           size_t *out_done);
/* All of it, or a code. Exceeding a limit of the process is an error, never a signal. */
int32_t mmio__os_file_write(intptr_t handle, uint64_t offset, const void *data, size_t size);
/* The same within the file's present length, and at the offset even if the handle appends. */
int32_t mmio__os_file_overwrite(intptr_t handle, uint64_t offset, const void *data, size_t size);
/* Make the empty file `to` a copy of the first `size` bytes of `from`, sharing blocks where the
 * file system can, and keeping holes. Bytes cut off from `from` meanwhile are zeros. */
int32_t mmio__os_file_copy(intptr_t from, intptr_t to, uint64_t size);

/* Names of files. */

typedef struct mmio__os_name_facts {
    bool is_regular;
    bool is_link; /* A symbolic link, whatever it leads to. */
    uint32_t permissions;
} mmio__os_name_facts;

/* Look at what a path names, without following it if that is a symbolic link. */
int32_t mmio__os_name_inspect(const char *path, mmio__os_name_facts *out_facts);
/* How much of a path stands before its last component: with the separator, 0 if there is none. */
size_t mmio__os_name_start(const char *path);
/* In one step: at every moment `to` names what it did before or the file that `from` did. */
int32_t mmio__os_name_move(const char *from, const char *to);
int32_t mmio__os_name_remove(const char *path);
/* Flush the directory that a file is in, and so its name there; or that the name is gone. */
int32_t mmio__os_sync_directory(const char *path_of_file);

/* Locks on ranges of a file. They belong to the handle, whatever thread or process uses it, and end
 * with its last copy. */

/* Lock the range, shared with others or alone, which needs a handle for writing. If it `waits`,
 * without limit; else MMIO__OS_LOCKED. Size 0 is not allowed. */
int32_t mmio__os_range_lock(intptr_t handle, uint64_t offset, uint64_t size, bool is_shared,
                            bool waits);
void mmio__os_range_unlock(intptr_t handle, uint64_t offset, uint64_t size);

/* A file at one moment. Device and number tell it from all others that exist then. */
typedef struct mmio__os_file_state {
    uint64_t device;
    uint64_t number;
    uint64_t size;
    uint64_t links;
    int64_t changed_ns; /* When its bytes or its metadata last changed. */
    bool is_regular;
} mmio__os_file_state;

int32_t mmio__os_file_state_of(intptr_t handle, mmio__os_file_state *out_state);
/* Follows symbolic links. */
int32_t mmio__os_file_state_at(const char *path, mmio__os_file_state *out_state);

/* The same path, whatever the current directory will be. Ended by mmio__free(). */
int32_t mmio__os_path_absolute(const char *path, char **out_path);
/* The last component of an absolute path. */
const char *mmio__os_path_name(const char *path);

/* Mappings. */

#define MMIO__OS_MAP_WRITE 0x1u      /* Readable and writable; else readable. */
#define MMIO__OS_MAP_PRIVATE 0x2u    /* Writes stay in this mapping; else shared with the file. */
#define MMIO__OS_MAP_HUGE_PAGES 0x4u /* Where huge pages fit, and preferring them. */
#define MMIO__OS_MAP_BACKED 0x8u     /* The file has all its memory: reserve none for it. */

int32_t mmio__os_map(intptr_t handle, uint64_t offset, uint64_t size, uint32_t flags,
                     void **out_base);
/* Make a whole mapping writable, or read-only. */
int32_t mmio__os_protect(void *base, uint64_t size, bool is_writable);
void mmio__os_unmap(void *base, uint64_t size);
/* Read all pages in, writable if asked. An error says that not all could be. */
int32_t mmio__os_populate(void *base, uint64_t size, bool for_write);
/* Whether the process may use only part of the address space, so that reservations hurt it. */
bool mmio__os_address_space_is_limited(void);

/* Mapped bytes.
 *
 * All that the library itself reads and writes of them goes through here. What is returned says how
 * much could not be done, because the bytes are gone: only while the guard is armed, else that ends
 * the process. Where accesses cannot be left it does so always, and arming fails. */

/* Bytes that were not copied, from the end; 0 usually. The other side is the caller's. */
size_t mmio__os_copy_out(void *to, const void *mapped, size_t size);
size_t mmio__os_copy_in(void *mapped, const void *from, size_t size);
/* The same by system calls, which need no guard. */
size_t mmio__os_copy_out_by_system(void *to, const void *mapped, size_t size);
size_t mmio__os_copy_in_by_system(void *mapped, const void *from, size_t size);
/* Whether the system lets this process do so. */
int32_t mmio__os_try_copies_by_system(void);

/* Sequentially consistent. Returned is what the cell held before; *lost becomes 1 if it is gone. */
uint32_t mmio__os_cell_load_32(const void *cell, int32_t *lost);
uint64_t mmio__os_cell_load_64(const void *cell, int32_t *lost);
uint32_t mmio__os_cell_exchange_32(void *cell, uint32_t value, int32_t *lost);
uint64_t mmio__os_cell_exchange_64(void *cell, uint64_t value, int32_t *lost);
uint32_t mmio__os_cell_add_32(void *cell, uint32_t value, int32_t *lost);
uint64_t mmio__os_cell_add_64(void *cell, uint64_t value, int32_t *lost);
uint32_t mmio__os_cell_compare_exchange_32(void *cell, uint32_t expected, uint32_t desired,
                                           int32_t *lost);
uint64_t mmio__os_cell_compare_exchange_64(void *cell, uint64_t expected, uint64_t desired,
                                           int32_t *lost);

/* Take the process's faults before whoever takes them now, who gets all that are not ours; again if
 * somebody else has come before since. */
int32_t mmio__os_guard_arm(void);
/* Leave all faults to whoever had them before. */
void mmio__os_guard_disarm(void);
/* The calling thread blocks faults no more: the system ends a process rather than keep them. */
void mmio__os_guard_thread(void);
/* In the child of a fork(). */
void mmio__os_guard_forked(void);

/* Mapped bytes for which zeros are put while the guard is armed, where they are gone and anybody
 * else's code uses them. */
typedef struct mmio__os_absorber mmio__os_absorber;
struct mmio__os_absorber {
    uint8_t *base;
    uint64_t size;
    intptr_t handle;  /* Of the file. */
    uint64_t offset;  /* Of the first byte, in the file. */
    bool is_writable; /* So is the mapping: what is written then ends up in the zeros, and nowhere
                         else. */
    /* Called for each stretch of zeros: from within a fault, where only atomics are safe. */
    void (*absorbed)(mmio__os_absorber *absorber, uint64_t offset);
    void *place;                  /* NULL until begun. The rest is the system layer's. */
    _Atomic uintptr_t zeros_from; /* All bytes from here on are zeros by now. */
    _Atomic bool is_busy;
};

/* False without memory. */
bool mmio__os_absorb_begin(mmio__os_absorber *absorber);
/* Nothing is put there any more when this returns. */
void mmio__os_absorb_end(mmio__os_absorber *absorber);

/* With the numbers of MMIO_CAUSE_… */
typedef enum mmio__os_cause {
    MMIO__OS_CAUSE_UNKNOWN,
    MMIO__OS_CAUSE_TRUNCATED,
    MMIO__OS_CAUSE_IO,
    MMIO__OS_CAUSE_NO_SPACE,
    MMIO__OS_CAUSE_READ_ONLY,
} mmio__os_cause;

/* Why the byte at `offset` of a file cannot be read, or written, as far as the file tells now. The
 * code is the system's where it has one, else 0; the size is the file's. It may give the byte that
 * was to be written its place on the disk. */
mmio__os_cause mmio__os_find_cause(intptr_t handle, uint64_t offset, bool for_write,
                                   int32_t *out_code, uint64_t *out_file_size);

/* With the numbers of MMIO_FLUSH_… */
typedef enum mmio__os_flush_level {
    MMIO__OS_FLUSH_DATA,
    MMIO__OS_FLUSH_START,
    MMIO__OS_FLUSH_FULL,
} mmio__os_flush_level;

/* Write back offset .. offset + size of the file `handle`, whose shared mapping is at `base`;
 * `size` 0 is the whole file, and `base` may be NULL then. The offset is a multiple of the page
 * size. */
int32_t mmio__os_flush(intptr_t handle, void *base, uint64_t offset, uint64_t size,
                       mmio__os_flush_level level);

/* The code that the next flush of this handle would answer with, of a write-back that failed
 * before; it will not do so any more. 0 if there is none. Waits for nothing. */
int32_t mmio__os_take_flush_error(intptr_t handle);

/* Paging. Bases are multiples of the page size; sizes end where the range does. */

typedef enum mmio__os_advice {
    MMIO__OS_ADVICE_NORMAL,
    MMIO__OS_ADVICE_RANDOM,
    MMIO__OS_ADVICE_SEQUENTIAL,
    MMIO__OS_ADVICE_WILL_NEED,
    MMIO__OS_ADVICE_DONT_NEED,
} mmio__os_advice;

int32_t mmio__os_advise(void *base, uint64_t size, mmio__os_advice advice);
/* The first stretch of a range of whole pages that is not a hole: from a page's beginning to a
 * page's or the range's end, and empty at the range's end if all is a hole. Pages of holes read as
 * zero without the device, and reading one uses up no space of the file system. What is only in the
 * cache is no hole, nor is what lies beyond the end of the file. Leaves the position of the handle
 * alone. An error says that it is not known. */
int32_t mmio__os_file_find_data(intptr_t handle, uint64_t offset, uint64_t size,
                                uint64_t *out_start, uint64_t *out_end);
/* Begin reading a range of a file into the cache. */
int32_t mmio__os_prefetch(intptr_t handle, uint64_t offset, uint64_t size);
/* Also says whether a failure comes of the process's limit, for which systems have various codes.
 */
int32_t mmio__os_lock_memory(void *base, uint64_t size, bool *out_is_limit);
/* Succeeds for pages that are not locked. */
int32_t mmio__os_unlock_memory(void *base, uint64_t size);
/* Unmap the pages of a range and drop them from the cache, but for those that are dirty. */
int32_t mmio__os_evict(intptr_t handle, void *base, uint64_t offset, uint64_t size);

typedef struct mmio__os_residency {
    uint64_t cached;
    uint64_t dirty;
    uint64_t write_back;
    bool has_dirty; /* The last two are known. */
} mmio__os_residency;

int32_t mmio__os_count_cached(intptr_t handle, void *base, uint64_t offset, uint64_t size,
                              mmio__os_residency *out_residency);
/* One byte for each page, 1 if it is cached. */
int32_t mmio__os_list_cached(void *base, uint64_t size, uint8_t *out_pages);

/* Make huge pages of the cached pages of a range, as far as the system can. */
void mmio__os_gather_huge_pages(void *base, uint64_t size);
/* Whether a huge page is mapped anywhere in a range. */
int32_t mmio__os_find_huge_pages(const void *base, uint64_t size, bool *out_found);
/* In the child of a fork(): what was kept open for that still shows the parent's memory. */
void mmio__os_find_huge_pages_forked(void);

/* The first occurrence of `pattern` in `bytes`, or NULL. Sizes are not 0. */
const void *mmio__os_find_bytes(const void *bytes, size_t size, const void *pattern,
                                size_t pattern_size);

/* Threads and time. */

/* Monotonic. */
int64_t mmio__os_now_ns(void);
/* Sleep while *word holds `expected`, until woken or until `deadline_ns` on the monotonic clock
 * (INT64_MAX: no deadline). May return early without cause. */
void mmio__os_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns);
void mmio__os_wake_all(_Atomic uint32_t *word);
/* The same for a word in shared memory, wherever it is mapped, in whatever process. Success: woken,
 * or the word held something else, which is looked at first. MMIO__OS_TIMED_OUT at the deadline,
 * or at once if it has passed. */
int32_t mmio__os_wait_shared(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns);
/* Wake `most` who wait so, at least 1, or as many as there are. */
int32_t mmio__os_wake_shared(_Atomic uint32_t *word, uint32_t most, uint32_t *out_woken);
/* Every thread of the process has executed a full fence when this returns. */
void mmio__os_fence_all_threads(void);
/* Call `leave()` when the calling thread ends; the same function for all threads. False if the
 * system has no room for it. */
bool mmio__os_at_thread_exit(void (*leave)(void));
/* Run body(argument) on a new thread that nobody joins. It has the name given, at most 15 bytes,
 * and blocks every signal but those of its own faults. */
int32_t mmio__os_thread_start(const char *name, void (*body)(void *argument), void *argument);
/* Around every fork(): before() and after() in the parent, before() and child() in the child. Set
 * once. */
int32_t mmio__os_at_fork(void (*before)(void), void (*after)(void), void (*child)(void));

/* The ground: file systems and limits. */

/* Fills what belongs to the file system. A path that names nothing stands for the directory it
 * would be made in. */
int32_t mmio__os_ground_of_path(const char *path, mmio_ground *ground);
int32_t mmio__os_ground_of_handle(intptr_t handle, mmio_ground *ground);
/* Fills the limits of the process. */
void mmio__os_ground_limits(mmio_ground *ground);

/* Memory pressure. */

typedef struct mmio__os_pressure {
    intptr_t handle; /* Readable when there was pressure; the poll that says so takes it away. */
    intptr_t source; /* The system's own, kept open for it. */
} mmio__os_pressure;

/* Tell when tasks waited for memory for `stall_us` within `window_us`: some of them, or all. */
int32_t mmio__os_pressure_open(bool of_all, uint64_t stall_us, uint64_t window_us,
                               mmio__os_pressure *out_pressure);
/* False at the deadline, as of mmio__os_wait(). */
int32_t mmio__os_pressure_wait(const mmio__os_pressure *pressure, int64_t deadline_ns,
                               bool *out_happened);
void mmio__os_pressure_close(const mmio__os_pressure *pressure);

/* Signals between threads that a program can wait for with poll(): a handle that is readable while
 * the signal is raised. */

int32_t mmio__os_signal_open(intptr_t *out_handle);
void mmio__os_signal_raise(intptr_t handle);
void mmio__os_signal_clear(intptr_t handle);
void mmio__os_signal_close(intptr_t handle);

/* Notifiers: who wants to know tells one which nodes, files and directories, it is to watch, and
 * reads notices of what happened to them. Numbers of nodes are not used again soon, so that a
 * notice of a node that was removed meanwhile is of no known number. */

typedef struct mmio__os_notifier {
    intptr_t queue;
    intptr_t bell;
} mmio__os_notifier;

int32_t mmio__os_notifier_open(mmio__os_notifier *out_notifier);
/* In a child process this leaves the parent's alone. May be slow in the process that opened it. */
void mmio__os_notifier_close(const mmio__os_notifier *notifier);

/* Watching the same node again gives the same number. */
int32_t mmio__os_notifier_add_file(const mmio__os_notifier *notifier, const char *path,
                                   int32_t *out_node);
int32_t mmio__os_notifier_add_handle(const mmio__os_notifier *notifier, intptr_t handle,
                                     int32_t *out_node);
/* The directory that an absolute path is in. */
int32_t mmio__os_notifier_add_parent(const mmio__os_notifier *notifier, const char *path,
                                     int32_t *out_node);
void mmio__os_notifier_remove(const mmio__os_notifier *notifier, int32_t node);
/* The status that stands for a code of these functions, whose limit has a code of its own. */
mmio_status mmio__os_notifier_status(int32_t code);

#define MMIO__OS_NOTICE_MODIFIED 0x1u /* Bytes or size of a file, but not through mappings. */
#define MMIO__OS_NOTICE_METADATA 0x2u /* Of a node: also its links and its own name. */
#define MMIO__OS_NOTICE_NAMED 0x4u    /* A name in a directory came or went. */
#define MMIO__OS_NOTICE_GONE 0x8u     /* The node is watched no more. */
#define MMIO__OS_NOTICE_LOST 0x10u    /* Notices were lost, of whatever node. */

typedef struct mmio__os_notice {
    int32_t node;
    uint32_t kinds;
    const char *name; /* In the directory; "": of the node itself. */
} mmio__os_notice;

/* What was read and not yet taken. Zeroed, it is empty. */
typedef struct mmio__os_notices {
    size_t at;
    size_t end;
    uint64_t bytes[1024];
} mmio__os_notices;

/* Wait until there are notices or the notifier was woken, and read them. */
int32_t mmio__os_notifier_read(const mmio__os_notifier *notifier, mmio__os_notices *notices);
/* Take the next one out; false if there is none. Its name lives until the next reading. */
bool mmio__os_notices_take(mmio__os_notices *notices, mmio__os_notice *out_notice);
/* Whoever reads returns, with a notice that is of no known node. */
void mmio__os_notifier_wake(const mmio__os_notifier *notifier);

#endif
