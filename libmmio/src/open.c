/* SPDX-License-Identifier: Apache-2.0 */
/* Making maps of files: of a path, of a handle. */
#include <string.h>

#include "base/options.h"
#include "ground.h"
#include "open.h"
#include "os/os.h"
#include "system.h"

/* Size of mmio_open_options in the first release. */
#define OPTIONS_SIZE_LEAST 72

#define ALL_FLAGS                                                                                  \
    (MMIO_OPEN_ALLOCATE | MMIO_OPEN_NOFOLLOW | MMIO_OPEN_BENEATH | MMIO_OPEN_HUGE_PAGES |          \
     MMIO_OPEN_LOCAL | MMIO_OPEN_DEFER)

/* How often racing creators and removers of one path are tried again. */
#define RACES_MOST 100

/* Options. */

bool mmio__options_create(const mmio_open_options *options)
{
    return options->disposition != MMIO_DISPOSITION_OPEN;
}

mmio_status mmio__check_size(const mmio__call *call, uint64_t size)
{
    if (size == 0) {
        return mmio__fail(call, MMIO_ERR_INVALID, "size 0 is not allowed");
    }
    if (size > mmio_max_size()) {
        return mmio__fail_too_large(call, size, mmio_max_size());
    }
    return MMIO_OK;
}

mmio_status mmio__options_read(const mmio__call *call, const mmio_open_options *given,
                               bool is_rw_by_default, mmio_open_options *out_options)
{
    memset(out_options, 0, sizeof *out_options);
    if (given != NULL &&
        !mmio__options_copy(out_options, sizeof *out_options, OPTIONS_SIZE_LEAST, given)) {
        return mmio__fail(call, MMIO_ERR_INVALID,
                          "struct_size %u of the options is wrong, or their unknown tail is set",
                          (unsigned)given->struct_size);
    }
    if (out_options->mode > MMIO_MODE_COW_RW ||
        out_options->disposition > MMIO_DISPOSITION_OPEN_OR_CREATE ||
        out_options->touch > MMIO_TOUCH_LAZY || (out_options->flags & ~(uint32_t)ALL_FLAGS) != 0 ||
        (out_options->permissions & ~MMIO__ALL_PERMISSIONS) != 0 ||
        out_options->on_fault > MMIO_ON_FAULT_NEVER) {
        return mmio__fail(
            call, MMIO_ERR_INVALID,
            "unknown mode %u, disposition %u, flags 0x%x, permissions 0%o, touch %u or on_fault %u",
            (unsigned)out_options->mode, (unsigned)out_options->disposition,
            (unsigned)out_options->flags, (unsigned)out_options->permissions,
            (unsigned)out_options->touch, (unsigned)out_options->on_fault);
    }
    if (out_options->mode == MMIO_MODE_DEFAULT) {
        out_options->mode =
            is_rw_by_default || mmio__options_create(out_options) ? MMIO_MODE_RW : MMIO_MODE_RO;
    }
    if (out_options->touch == MMIO_TOUCH_EAGER) {
        out_options->flags &= ~(uint32_t)MMIO_OPEN_DEFER;
    }
    return (out_options->flags & MMIO_OPEN_DEFER) == 0 || out_options->mode == MMIO_MODE_RO
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_INVALID, "only a map of mode RO can be deferred");
}

static mmio_status check_creation(const mmio__call *call, const mmio_open_options *options)
{
    if (!mmio__options_create(options)) {
        return MMIO_OK;
    }
    if (options->mode != MMIO_MODE_RW) {
        return mmio__fail(call, MMIO_ERR_INVALID, "creating needs mode RW");
    }
    if (options->window_offset != 0 || options->window_size != 0) {
        return mmio__fail(call, MMIO_ERR_INVALID, "creating and a window do not go together");
    }
    /* OPEN_OR_CREATE of a file that has bytes ignores the size, whatever it is. */
    return options->disposition == MMIO_DISPOSITION_OPEN_OR_CREATE
               ? MMIO_OK
               : mmio__check_size(call, options->size);
}

/* Files. */

static uint32_t open_flags(const mmio_open_options *options)
{
    return (options->mode == MMIO_MODE_RW ? MMIO__OS_OPEN_WRITE : 0) |
           ((options->flags & MMIO_OPEN_NOFOLLOW) != 0 ? MMIO__OS_OPEN_NOFOLLOW : 0) |
           ((options->flags & MMIO_OPEN_BENEATH) != 0 ? MMIO__OS_OPEN_BENEATH : 0);
}

static int32_t open_existing(const char *path, const mmio_open_options *options,
                             mmio__backing *file)
{
    file->was_emptied = options->disposition == MMIO_DISPOSITION_CREATE;
    return mmio__os_file_open(
        path, open_flags(options) | (file->was_emptied ? MMIO__OS_OPEN_TRUNCATE : 0), 0,
        &file->handle);
}

static int32_t open_new(const char *path, const mmio_open_options *options, mmio__backing *file)
{
    const uint32_t permissions =
        options->permissions != 0 ? options->permissions : MMIO__DEFAULT_PERMISSIONS;
    const int32_t code = mmio__os_file_open(path, open_flags(options) | MMIO__OS_OPEN_NEW,
                                            permissions, &file->handle);
    file->was_created = code == 0;
    return code;
}

/* Existing or new, whichever it is by then: others may create and remove the path meanwhile. */
static int32_t open_either(const char *path, const mmio_open_options *options, mmio__backing *file)
{
    int32_t code = 0;
    for (int race = 0; race < RACES_MOST; race++) {
        code = open_existing(path, options, file);
        if (mmio__os_status(code) != MMIO_ERR_NOT_FOUND) {
            return code;
        }
        code = open_new(path, options, file);
        if (mmio__os_status(code) != MMIO_ERR_EXISTS) {
            return code;
        }
    }
    return code;
}

static int32_t open_file(const char *path, const mmio_open_options *options, mmio__backing *file)
{
    switch (options->disposition) {
    case MMIO_DISPOSITION_OPEN:
        return open_existing(path, options, file);
    case MMIO_DISPOSITION_CREATE_NEW:
        return open_new(path, options, file);
    default:
        return open_either(path, options, file);
    }
}

/* What the caller opened may be open for less than the mode needs. */
static mmio_status check_access(const mmio__call *call, const mmio_open_options *options,
                                intptr_t handle)
{
    bool is_readable = false;
    bool is_writable = false;
    const int32_t code = mmio__os_file_access(handle, &is_readable, &is_writable);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot look at the handle");
    }
    return is_readable && (is_writable || options->mode != MMIO_MODE_RW)
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_MODE, "the handle is not open for what the mode needs");
}

/* Checks what was opened against what was asked for. */
static mmio_status inspect(const mmio__call *call, const mmio_open_options *options,
                           mmio__backing *file)
{
    mmio__os_file_facts facts;
    const int32_t code = mmio__os_file_inspect(file->handle, &facts);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot look at the file");
    }
    if (!facts.is_regular) {
        return mmio__fail(call, MMIO_ERR_NOT_FILE, "not a regular file");
    }
    if (facts.size > mmio_max_size()) {
        return mmio__fail_too_large(call, facts.size, mmio_max_size());
    }
    file->size = facts.size;
    if (file->is_callers) {
        const mmio_status status = check_access(call, options, file->handle);
        if (status != MMIO_OK) {
            return status;
        }
    }
    return (options->flags & MMIO_OPEN_LOCAL) != 0 ? mmio__ground_check_handle(call, file->handle)
                                                   : MMIO_OK;
}

/* Gives a new or empty file the size asked for. */
static mmio_status extend(const mmio__call *call, const mmio_open_options *options,
                          mmio__backing *file)
{
    if (file->size != 0) {
        return MMIO_OK;
    }
    if (!mmio__options_create(options)) {
        return options->mode == MMIO_MODE_RO
                   ? MMIO_OK
                   : mmio__fail(call, MMIO_ERR_INVALID, "an empty file can only be mapped RO");
    }
    const mmio_status status = mmio__check_size(call, options->size);
    if (status != MMIO_OK) {
        return status;
    }
    file->was_emptied = true;
    const int32_t code = (options->flags & MMIO_OPEN_ALLOCATE) != 0
                             ? mmio__os_file_allocate(file->handle, 0, options->size)
                             : mmio__os_file_resize(file->handle, options->size);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot extend the file");
    }
    file->size = options->size;
    return MMIO_OK;
}

/* Puts the path back into the state that a failed creation promises. */
static void undo(const char *path, mmio__backing *file)
{
    if (file->was_created) {
        mmio__os_file_remove_own(path, file->handle);
    } else if (file->was_emptied) {
        (void)mmio__os_file_resize(file->handle, 0);
    }
}

/* Of the file's bytes, leave those that the window shows. */
static mmio_status narrow(const mmio__call *call, const mmio_open_options *options,
                          mmio__backing *file)
{
    const uint64_t offset = options->window_offset;
    if (!mmio__range_fits(offset, options->window_size, file->size)) {
        return mmio__fail_range(call, offset, options->window_size, file->size);
    }
    file->size = options->window_size != 0 ? options->window_size : file->size - offset;
    if (file->size == 0 && options->mode != MMIO_MODE_RO) {
        return mmio__fail(call, MMIO_ERR_INVALID, "an empty window can only be mapped RO");
    }
    return MMIO_OK;
}

/* From an open file to a map: all checks, in order. */
static mmio_status build(const mmio__call *call, const mmio_open_options *options, uint32_t kind,
                         mmio__backing *file, mmio_map **out_map)
{
    mmio_status status = inspect(call, options, file);
    if (status == MMIO_OK) {
        status = extend(call, options, file);
    }
    if (status == MMIO_OK) {
        status = narrow(call, options, file);
    }
    if (status == MMIO_OK) {
        status = mmio__map_create(call, options, kind, file, out_map);
    }
    return status;
}

mmio_status mmio__map_path(const mmio__call *call, const char *path,
                           const mmio_open_options *options, uint32_t kind, mmio_map **out_map)
{
    mmio_status status = check_creation(call, options);
    /* What was opened is looked at again; this is so that nothing is created or cut. */
    if (status == MMIO_OK && mmio__options_create(options) &&
        (options->flags & MMIO_OPEN_LOCAL) != 0) {
        status = mmio__ground_check_path(call);
    }
    if (status != MMIO_OK) {
        return status;
    }
    mmio__backing file = {.handle = MMIO__OS_NO_HANDLE};
    const int32_t code = open_file(path, options, &file);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot open the file");
    }
    status = build(call, options, kind, &file, out_map);
    if (status != MMIO_OK) {
        undo(path, &file);
        mmio__os_file_close(file.handle);
    }
    return status;
}

mmio_status mmio_map_open(const char *path, const mmio_open_options *options, mmio_map **out_map,
                          mmio_error *error)
{
    const mmio__call call = {"mmio_map_open", path, error};
    if (out_map != NULL) {
        *out_map = NULL;
    }
    if (path == NULL || out_map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "path or out_map is NULL");
    }
    mmio_open_options known;
    const mmio_status status = mmio__options_read(&call, options, false, &known);
    return status == MMIO_OK ? mmio__map_path(&call, path, &known, MMIO_KIND_FILE, out_map)
                             : status;
}

mmio_status mmio_map_from_handle(intptr_t handle, const char *label,
                                 const mmio_open_options *options, mmio_map **out_map,
                                 mmio_error *error)
{
    const mmio__call call = {"mmio_map_from_handle", label != NULL ? label : "", error};
    if (out_map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_map is NULL");
    }
    *out_map = NULL;
    mmio_open_options known;
    mmio_status status = mmio__options_read(&call, options, false, &known);
    if (status != MMIO_OK) {
        return status;
    }
    if ((known.flags & (MMIO_OPEN_NOFOLLOW | MMIO_OPEN_BENEATH)) != 0 ||
        known.disposition == MMIO_DISPOSITION_CREATE ||
        known.disposition == MMIO_DISPOSITION_CREATE_NEW) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "disposition %u or flags 0x%x make no sense for an open handle",
                          (unsigned)known.disposition, (unsigned)known.flags);
    }
    status = check_creation(&call, &known);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__backing file = {.handle = handle, .is_callers = true};
    status = build(&call, &known, MMIO_KIND_FILE, &file, out_map);
    if (status != MMIO_OK) {
        undo(call.path, &file);
    }
    return status;
}
