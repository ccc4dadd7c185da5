/* SPDX-License-Identifier: Apache-2.0 */
/* Whole tasks on files by their paths. */
#include "mmio/file.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/range.h"
#include "loss.h"
#include "open.h"
#include "os/os.h"
#include "system.h"

/* Name of a file that is not finished yet. Of a fixed length, so that it fits wherever the
 * finished one's does. */
#define TEMPORARY_FORMAT ".mmio-%016" PRIx64
#define TEMPORARY_SIZE sizeof ".mmio-0123456789abcdef"

/* How many names are tried that turn out to be taken. */
#define NAMES_MOST 100

/* A file that is made beside a path, to take its place when it is finished. */
typedef struct successor {
    char *name; /* NULL once it has the path. */
    intptr_t handle;
} successor;

/* Checks a path and permissions for a new file, and fills in the default. */
static mmio_status check_new(const mmio__call *call, uint32_t *permissions)
{
    if (call->path == NULL || (*permissions & ~MMIO__ALL_PERMISSIONS) != 0) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the path is NULL, or permissions 0%o unknown",
                          (unsigned)*permissions);
    }
    if (*permissions == 0) {
        *permissions = MMIO__DEFAULT_PERMISSIONS;
    }
    return MMIO_OK;
}

/* What a call of the system came to. */
static mmio_status outcome(const mmio__call *call, int32_t code, const char *what)
{
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, what);
}

/* Existing files. */

static mmio_status open_regular(const mmio__call *call, uint32_t flags, intptr_t *out_handle,
                                mmio__os_file_facts *out_facts)
{
    int32_t code = mmio__os_file_open(call->path, flags, 0, out_handle);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot open the file");
    }
    code = mmio__os_file_inspect(*out_handle, out_facts);
    mmio_status status = outcome(call, code, "cannot look at the file");
    if (status == MMIO_OK && !out_facts->is_regular) {
        status = mmio__fail(call, MMIO_ERR_NOT_FILE, "not a regular file");
    }
    if (status != MMIO_OK) {
        mmio__os_file_close(*out_handle);
    }
    return status;
}

static int32_t write_and_flush(intptr_t handle, uint64_t offset, const void *data, size_t size,
                               uint32_t flush)
{
    int32_t code = mmio__os_file_write(handle, offset, data, size);
    if (code == 0 && flush != MMIO_FLUSH_NONE) {
        code = mmio__os_flush(handle, NULL, 0, 0, (mmio__os_flush_level)flush);
        if (code != 0) {
            mmio__lose_file(handle, code);
        }
    }
    return code;
}

mmio_status mmio_file_write(const char *path, uint64_t offset, const void *data, size_t size,
                            uint32_t flush, mmio_error *error)
{
    const mmio__call call = {"mmio_file_write", path, error};
    if (path == NULL || (data == NULL && size != 0) || flush > MMIO_FLUSH_NONE) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "path or data are NULL, or flush level %u is unknown", (unsigned)flush);
    }
    intptr_t handle;
    mmio__os_file_facts facts;
    mmio_status status = open_regular(&call, MMIO__OS_OPEN_WRITE, &handle, &facts);
    if (status != MMIO_OK) {
        return status;
    }
    if (size != 0) {
        status = mmio__range_fits(offset, size, facts.size)
                     ? outcome(&call, write_and_flush(handle, offset, data, size, flush),
                               "cannot write or flush")
                     : mmio__fail_range_of(&call, "the file", offset, size, facts.size);
    }
    mmio__os_file_close(handle);
    return status;
}

/* New files. */

mmio_status mmio_file_create(const char *path, uint64_t size, uint32_t permissions,
                             mmio_error *error)
{
    const mmio__call call = {"mmio_file_create", path, error};
    mmio_status status = check_new(&call, &permissions);
    if (status == MMIO_OK) {
        status = mmio__check_size(&call, size);
    }
    if (status != MMIO_OK) {
        return status;
    }
    intptr_t handle;
    int32_t code =
        mmio__os_file_open(path, MMIO__OS_OPEN_WRITE | MMIO__OS_OPEN_NEW, permissions, &handle);
    if (code != 0) {
        return mmio__fail_system(&call, code, "cannot create the file");
    }
    code = mmio__os_file_resize(handle, size);
    if (code != 0) {
        mmio__os_file_remove_own(path, handle);
    }
    mmio__os_file_close(handle);
    return outcome(&call, code, "cannot extend the file");
}

mmio_status mmio_file_delete(const char *path, mmio_error *error)
{
    const mmio__call call = {"mmio_file_delete", path, error};
    if (path == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the path is NULL");
    }
    mmio__os_name_facts facts = {0};
    int32_t code = mmio__os_name_inspect(path, &facts);
    if (code == 0 && !facts.is_regular && !facts.is_link) {
        return mmio__fail(&call, MMIO_ERR_NOT_FILE, "not a regular file");
    }
    if (code == 0) {
        code = mmio__os_name_remove(path);
    }
    return outcome(&call, code, "cannot delete the file");
}

mmio_status mmio_file_sync_directory(const char *path, mmio_error *error)
{
    const mmio__call call = {"mmio_file_sync_directory", path, error};
    return path != NULL
               ? outcome(&call, mmio__os_sync_directory(path), "cannot flush the directory")
               : mmio__fail(&call, MMIO_ERR_INVALID, "the path is NULL");
}

/* Replacing files. */

/* Creates a file in the directory of `path`, under a name that nobody has. */
static int32_t create_beside(const char *path, uint32_t permissions, char *name,
                             intptr_t *out_handle)
{
    static _Atomic uint64_t names;
    const size_t start = mmio__os_name_start(path);
    memcpy(name, path, start);
    int32_t code = 0;
    for (int race = 0; race < NAMES_MOST; race++) {
        const uint64_t number = (uint64_t)mmio__os_now_ns() + atomic_fetch_add(&names, 1);
        (void)snprintf(name + start, TEMPORARY_SIZE, TEMPORARY_FORMAT, number);
        code = mmio__os_file_open(name, MMIO__OS_OPEN_WRITE | MMIO__OS_OPEN_NEW, permissions,
                                  out_handle);
        if (mmio__os_status(code) != MMIO_ERR_EXISTS) {
            return code;
        }
    }
    return code;
}

/* Whether there is something that the new file would replace, and may. */
static mmio_status inspect_predecessor(const mmio__call *call, mmio__os_name_facts *out_facts)
{
    *out_facts = (mmio__os_name_facts){false, false, 0};
    const int32_t code = mmio__os_name_inspect(call->path, out_facts);
    if (code != 0) {
        /* If the parent is what is missing, creating a file there will say so. */
        return mmio__os_status(code) == MMIO_ERR_NOT_FOUND
                   ? MMIO_OK
                   : mmio__fail_system(call, code, "cannot look at the path");
    }
    return out_facts->is_regular || out_facts->is_link
               ? MMIO_OK
               : mmio__fail(call, MMIO_ERR_NOT_FILE, "what is to be replaced is no regular file");
}

static void successor_end(successor *file)
{
    if (file->name != NULL) {
        mmio__os_file_remove_own(file->name, file->handle);
        mmio__free(file->name);
    }
    mmio__os_file_close(file->handle);
}

/* Makes an empty file beside the call's path, with the permissions of the one there, else with
 * `permissions` less the umask. */
static mmio_status successor_open(const mmio__call *call, uint32_t permissions, successor *out_file)
{
    mmio__os_name_facts old;
    const mmio_status status = inspect_predecessor(call, &old);
    if (status != MMIO_OK) {
        return status;
    }
    out_file->name = mmio__allocate(mmio__os_name_start(call->path) + TEMPORARY_SIZE);
    if (out_file->name == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for a name");
    }
    /* The old file's bits are set afterwards: the umask would take some of them away. */
    int32_t code =
        create_beside(call->path, old.is_regular ? MMIO__DEFAULT_PERMISSIONS : permissions,
                      out_file->name, &out_file->handle);
    if (code != 0) {
        mmio__free(out_file->name);
        return mmio__fail_system(call, code, "cannot create a file beside it");
    }
    if (old.is_regular) {
        code = mmio__os_file_set_permissions(out_file->handle, old.permissions);
    }
    if (code != 0) {
        successor_end(out_file);
    }
    return outcome(call, code, "cannot give the new file the permissions of the old one");
}

/* From here on the path names the new file. */
static mmio_status successor_take_place(const mmio__call *call, successor *file)
{
    const int32_t code = mmio__os_name_move(file->name, call->path);
    if (code == 0) {
        mmio__free(file->name);
        file->name = NULL;
    }
    return outcome(call, code, "cannot rename the new file over it");
}

static mmio_status copy_over(const mmio__call *from, const mmio__call *to, intptr_t handle,
                             const mmio__os_file_facts *facts)
{
    successor copy;
    mmio_status status = successor_open(to, facts->permissions, &copy);
    if (status != MMIO_OK) {
        return status;
    }
    status = outcome(from, mmio__os_file_copy(handle, copy.handle, facts->size), "cannot copy");
    if (status == MMIO_OK) {
        status = successor_take_place(to, &copy);
    }
    successor_end(&copy);
    return status;
}

mmio_status mmio_file_copy(const char *from, const char *to, mmio_error *error)
{
    const mmio__call from_call = {"mmio_file_copy", from, error};
    const mmio__call to_call = {"mmio_file_copy", to, error};
    if (from == NULL || to == NULL) {
        return mmio__fail(&from_call, MMIO_ERR_INVALID, "from or to is NULL");
    }
    intptr_t handle;
    mmio__os_file_facts facts;
    mmio_status status = open_regular(&from_call, 0, &handle, &facts);
    if (status != MMIO_OK) {
        return status;
    }
    status = copy_over(&from_call, &to_call, handle, &facts);
    mmio__os_file_close(handle);
    return status;
}

/* The bytes are on the device before the name leads to them, and the name before the caller
 * hears of it. */
static mmio_status publish_successor(const mmio__call *call, successor *file, const void *data,
                                     size_t size)
{
    mmio_status status =
        outcome(call, mmio__os_file_write(file->handle, 0, data, size), "cannot write");
    if (status == MMIO_OK) {
        status = outcome(call, mmio__os_flush(file->handle, NULL, 0, 0, MMIO__OS_FLUSH_FULL),
                         "cannot flush the new file");
    }
    if (status == MMIO_OK) {
        status = successor_take_place(call, file);
    }
    if (status == MMIO_OK) {
        status = outcome(call, mmio__os_sync_directory(call->path),
                         "replaced, but cannot flush the directory");
    }
    return status;
}

mmio_status mmio_file_publish(const char *path, const void *data, size_t size, uint32_t permissions,
                              mmio_error *error)
{
    const mmio__call call = {"mmio_file_publish", path, error};
    mmio_status status = check_new(&call, &permissions);
    if (status == MMIO_OK && data == NULL && size != 0) {
        status = mmio__fail(&call, MMIO_ERR_INVALID, "the data are NULL");
    }
    successor file;
    if (status == MMIO_OK) {
        status = successor_open(&call, permissions, &file);
    }
    if (status == MMIO_OK) {
        status = publish_successor(&call, &file, data, size);
        successor_end(&file);
    }
    return status;
}
