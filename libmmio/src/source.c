/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: the map of whatever file a path names. */
#include "mmio/source.h"

#include "base/memory.h"
#include "base/options.h"
#include "fork.h"
#include "map.h"
#include "mmio/watch.h"
#include "os/os.h"
#include "system.h"

struct mmio_source {
    mmio__lock lock;       /* Guards map, generation and is_closed. */
    mmio__lock refreshing; /* One refresh at a time; guards `state`. Taken before `lock`. */
    mmio_map *map;
    uint64_t generation;
    bool is_closed;
    mmio__os_file_state state; /* Of the path, just before the map was opened. */
    mmio_open_options options;
    char *path;            /* Absolute. */
    mmio_watcher *watcher; /* NULL: follows on request. */
    uint32_t forks;        /* See mmio__forks(). */
    _Atomic uint32_t refs; /* The owner, and each thread that waits. */
    _Atomic uint32_t changes;
};

static mmio_status check_source(const mmio__call *call, const mmio_source *source)
{
    if (source == NULL) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the source is NULL");
    }
    return source->forks == mmio__forks()
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_FORKED, "the source stayed with the parent process");
}

static void drop_source(mmio_source *source)
{
    if (atomic_fetch_sub(&source->refs, 1) == 1) {
        mmio_map_close(source->map);
        mmio__free(source->path);
        mmio__free(source);
    }
}

static void wake_waiters(mmio_source *source)
{
    atomic_fetch_add(&source->changes, 1);
    mmio__os_wake_all(&source->changes);
}

/* Whether the path names something else than what is mapped. */
static bool has_changed(const mmio_source *source, const mmio__os_file_state *now)
{
    const mmio__os_file_state *then = &source->state;
    return source->map == NULL || atomic_load(&source->map->is_closed) ||
           now->device != then->device || now->number != then->number ||
           now->changed_ns != then->changed_ns || now->size != then->size;
}

static void publish_map(mmio_source *source, mmio_map *map)
{
    mmio__lock_take(&source->lock);
    mmio_map *old = source->map;
    source->map = map;
    source->generation++;
    mmio__unlock(&source->lock);
    wake_waiters(source);
    mmio_map_close(old);
}

/* What is noted is the state before opening: a change between the two is found by the next refresh,
 * which then publishes once more than it must. */
static mmio_status follow(const mmio__call *call, mmio_source *source, uint32_t *out_changed)
{
    mmio__os_file_state now;
    mmio_map *map = NULL;
    mmio__lock_take(&source->refreshing);
    const int32_t code = mmio__os_file_state_at(source->path, &now);
    mmio_status status =
        code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot look at the file");
    if (status == MMIO_OK && has_changed(source, &now)) {
        status = mmio_map_open(source->path, &source->options, &map, call->error);
    }
    if (map != NULL) {
        source->state = now;
        publish_map(source, map);
        *out_changed = 1;
    }
    mmio__unlock(&source->refreshing);
    return status;
}

static void MMIO_CALL follow_by_itself(const mmio_watch_event *event, void *user)
{
    (void)event;
    mmio_source *source = user;
    const mmio__call call = {"mmio_source_refresh", source->path, NULL};
    uint32_t changed;
    /* Whatever is in the way now, the next event brings another try. */
    (void)follow(&call, source, &changed);
}

static mmio_status start_watching(mmio_source *source, mmio_error *error)
{
    uint64_t watch;
    mmio_status status = mmio_watcher_open(&source->watcher, error);
    if (status == MMIO_OK) {
        status = mmio_watcher_set_callback(source->watcher, follow_by_itself, source, error);
    }
    return status == MMIO_OK ? mmio_watcher_add_path(source->watcher, source->path, &watch, error)
                             : status;
}

/* What mmio_map_open() will not judge. */
static mmio_status read_source_options(const mmio__call *call, const mmio_open_options *given,
                                       mmio_open_options *out_options)
{
    *out_options = (mmio_open_options){.struct_size = sizeof *out_options};
    if (given == NULL) {
        return MMIO_OK;
    }
    if (!mmio__options_copy(out_options, sizeof *out_options, sizeof given->struct_size, given) ||
        out_options->disposition != MMIO_DISPOSITION_OPEN ||
        (out_options->flags & MMIO_OPEN_BENEATH) != 0) {
        return mmio__fail(call, MMIO_ERR_INVALID,
                          "struct_size %u of the options is wrong, or disposition %u or flags 0x%x "
                          "make no sense for a source",
                          (unsigned)given->struct_size, (unsigned)out_options->disposition,
                          (unsigned)out_options->flags);
    }
    if (out_options->struct_size > sizeof *out_options) {
        out_options->struct_size = sizeof *out_options;
    }
    return MMIO_OK;
}

/* A source of nothing yet; NULL without memory. It owns the path. */
static mmio_source *create_source(char *path, const mmio_open_options *options)
{
    mmio_source *source = mmio__allocate(sizeof *source);
    if (source != NULL) {
        source->path = path;
        source->options = *options;
        source->forks = mmio__forks();
        atomic_init(&source->refs, 1);
    }
    return source;
}

mmio_status mmio_source_open(const char *path, const mmio_open_options *options, uint32_t flags,
                             mmio_source **out_source, mmio_error *error)
{
    const mmio__call call = {"mmio_source_open", path, error};
    if (out_source != NULL) {
        *out_source = NULL;
    }
    if (path == NULL || out_source == NULL || (flags & ~(uint32_t)MMIO_SOURCE_AUTO) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "path or out_source is NULL, or flags 0x%x are unknown", (unsigned)flags);
    }
    mmio_open_options known;
    mmio_status status = read_source_options(&call, options, &known);
    if (status == MMIO_OK) {
        status = mmio__forks_prepare(&call);
    }
    if (status != MMIO_OK) {
        return status;
    }
    char *absolute = NULL;
    const int32_t code = mmio__os_path_absolute(path, &absolute);
    if (code != 0) {
        return mmio__fail_system(&call, code, "cannot find the current directory");
    }
    mmio_source *source = create_source(absolute, &known);
    if (source == NULL) {
        mmio__free(absolute);
        return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the source");
    }
    /* Watching first: no change is missed between mapping and watching. */
    if ((flags & MMIO_SOURCE_AUTO) != 0) {
        status = start_watching(source, error);
    }
    uint32_t changed;
    if (status == MMIO_OK) {
        status = follow(&call, source, &changed);
    }
    if (status != MMIO_OK) {
        mmio_source_close(source);
        return status;
    }
    *out_source = source;
    return MMIO_OK;
}

void mmio_source_close(mmio_source *source)
{
    if (source == NULL) {
        return;
    }
    mmio_watcher_close(source->watcher);
    /* In a child process nobody waits, and a lock's holder may not be there. */
    if (source->forks == mmio__forks()) {
        mmio__lock_take(&source->lock);
        source->is_closed = true;
        mmio__unlock(&source->lock);
        wake_waiters(source);
    }
    drop_source(source);
}

mmio_status mmio_source_map(mmio_source *source, mmio_map **out_map, uint64_t *out_generation,
                            mmio_error *error)
{
    const mmio__call call = {"mmio_source_map", source != NULL ? source->path : NULL, error};
    if (out_map != NULL) {
        *out_map = NULL;
    }
    if (out_generation != NULL) {
        *out_generation = 0;
    }
    const mmio_status status = out_map != NULL
                                   ? check_source(&call, source)
                                   : mmio__fail(&call, MMIO_ERR_INVALID, "out_map is NULL");
    if (status != MMIO_OK) {
        return status;
    }
    mmio__lock_take(&source->lock);
    *out_map = mmio_map_retain(source->map);
    if (out_generation != NULL) {
        *out_generation = source->generation;
    }
    mmio__unlock(&source->lock);
    return MMIO_OK;
}

mmio_status mmio_source_refresh(mmio_source *source, uint32_t *out_changed, mmio_error *error)
{
    const mmio__call call = {"mmio_source_refresh", source != NULL ? source->path : NULL, error};
    uint32_t changed = 0;
    mmio_status status = check_source(&call, source);
    if (status == MMIO_OK) {
        status = follow(&call, source, &changed);
    }
    if (out_changed != NULL) {
        *out_changed = changed;
    }
    return status;
}

/* OK once there is a newer generation. */
static mmio_status look_for_newer(mmio_source *source, uint64_t generation,
                                  uint64_t *out_generation)
{
    mmio__lock_take(&source->lock);
    const uint64_t now = source->generation;
    const bool is_closed = source->is_closed;
    mmio__unlock(&source->lock);
    if (is_closed) {
        return MMIO_ERR_CLOSED;
    }
    *out_generation = now;
    return now > generation ? MMIO_OK : MMIO_ERR_BUSY;
}

static mmio_status await_newer(mmio_source *source, uint64_t generation, mmio__deadline deadline,
                               uint64_t *out_generation)
{
    for (;;) {
        const uint32_t seen = atomic_load(&source->changes);
        const mmio_status status = look_for_newer(source, generation, out_generation);
        if (status != MMIO_ERR_BUSY || deadline == MMIO__NO_WAIT) {
            return status;
        }
        if (deadline != MMIO__NO_DEADLINE && mmio__os_now_ns() >= deadline) {
            return MMIO_ERR_TIMEOUT;
        }
        mmio__os_wait(&source->changes, seen, deadline);
    }
}

mmio_status mmio_source_wait(mmio_source *source, uint64_t generation, int64_t timeout_ms,
                             uint64_t *out_generation, mmio_error *error)
{
    const mmio__call call = {"mmio_source_wait", source != NULL ? source->path : NULL, error};
    uint64_t newer = 0;
    mmio_status status = check_source(&call, source);
    if (status == MMIO_OK) {
        atomic_fetch_add(&source->refs, 1);
        status = await_newer(source, generation, mmio__deadline_after(timeout_ms), &newer);
        drop_source(source);
        if (status != MMIO_OK) {
            /* The source may be gone with its path. */
            const mmio__call nameless = {call.name, NULL, error};
            status = mmio__fail(&nameless, status,
                                status == MMIO_ERR_CLOSED ? "the source was closed"
                                                          : "no newer generation came");
        }
    }
    if (out_generation != NULL) {
        *out_generation = status == MMIO_OK ? newer : 0;
    }
    return status;
}
