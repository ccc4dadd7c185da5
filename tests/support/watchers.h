/* SPDX-License-Identifier: Apache-2.0 */
/* Watchers, and changes for them to tell. */
#ifndef MMIO_TEST_WATCHERS_H
#define MMIO_TEST_WATCHERS_H

#include <semaphore.h>
#include <stdatomic.h>

#include "watching.h"

mmio_watcher *open_watcher(void);
uint64_t watch_path(mmio_watcher *watcher, const char *path);

/* A watcher of a new file "f". */
mmio_watcher *watch_file(void);
mmio_watch_event next(mmio_watcher *watcher);

/* Every second one makes the two differ, or the kernel would merge them. */
void change_often(int times);

/* A watcher of another file. When it is told of a change there, all that was changed before has
 * been told to all. */
mmio_watcher *watch_last(void);
void await_all(mmio_watcher *last);

/* Callbacks. */

typedef struct listener {
    mmio_watcher *watcher;
    uint64_t watch;
    sem_t called;
    sem_t released;
    _Atomic int calls;
    _Atomic uint32_t last_kind;
    _Atomic bool is_over;
    _Atomic int calls_too_late;
} listener;

void listen(listener *l, mmio_watch_callback callback);
void await(sem_t *semaphore);
void MMIO_CALL note_call(const mmio_watch_event *event, void *user);
void *change_for_ever(void *argument);

/* At the first event. */
void MMIO_CALL wait_to_be_released(const mmio_watch_event *event, void *user);

#endif
