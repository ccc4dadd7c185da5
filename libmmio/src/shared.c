/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that several processes map: by name, or by a handle that is passed on. */
#include <string.h>

#include "open.h"
#include "os/os.h"
#include "system.h"

#define NAME_SIZE_MOST 200u
#define PATH_SIZE (NAME_SIZE_MOST + 64u)

#define ALL_SEALS ((uint32_t)(MMIO_SEAL_SHRINK | MMIO_SEAL_GROW | MMIO_SEAL_WRITE))

/* The path of the file that a name stands for. */
static mmio_status find_path(const mmio__call *call, const char *name, char *path)
{
    const size_t length = strlen(name);
    if (length == 0 || length > NAME_SIZE_MOST || strchr(name, '/') != NULL ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return mmio__fail(call, MMIO_ERR_INVALID,
                          "a name of shared memory has 1 to %u bytes and no '/'", NAME_SIZE_MOST);
    }
    mmio__os_shared_path(name, path, PATH_SIZE);
    return MMIO_OK;
}

static mmio_status map_named(const mmio__call *call, const char *name, uint64_t size,
                             mmio_open_options *options, mmio_map **out_map)
{
    char path[PATH_SIZE];
    const mmio_status status = find_path(call, name, path);
    if (status != MMIO_OK) {
        return status;
    }
    options->size = size;
    options->flags |= MMIO_OPEN_NOFOLLOW;
    return mmio__map_path(call, path, options, MMIO_KIND_SHARED, out_map);
}

mmio_status mmio_map_shared(const char *name, uint64_t size, const mmio_open_options *options,
                            mmio_map **out_map, mmio_error *error)
{
    const mmio__call call = {"mmio_map_shared", name != NULL ? name : "", error};
    if (out_map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_map is NULL");
    }
    *out_map = NULL;
    mmio_open_options known;
    const mmio_status status = mmio__options_read(&call, options, true, &known);
    if (status != MMIO_OK) {
        return status;
    }
    const bool is_named = name != NULL;
    if (!mmio__options_are_of_memory(&known) ||
        (!is_named && (mmio__options_create(&known) || known.permissions != 0))) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "only mode, reserve and touch apply, with a name disposition and "
                          "permissions too");
    }
    return is_named ? map_named(&call, name, size, &known, out_map)
                    : mmio__map_memory(&call, size, &known, MMIO_KIND_SHARED, out_map);
}

mmio_status mmio_shared_remove(const char *name, mmio_error *error)
{
    const mmio__call call = {"mmio_shared_remove", name, error};
    if (name == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the name is NULL");
    }
    char path[PATH_SIZE];
    const mmio_status status = find_path(&call, name, path);
    if (status != MMIO_OK) {
        return status;
    }
    const int32_t code = mmio__os_file_remove(path);
    return code == 0 ? MMIO_OK : mmio__fail_system(&call, code, "cannot remove the name");
}

/* With the file held open. */
typedef int32_t (*file_call)(mmio_map *map, uint32_t detail, intptr_t *out_handle);

static int32_t seal(mmio_map *map, uint32_t seals, intptr_t *out_handle)
{
    (void)out_handle;
    return mmio__os_file_seal(map->handle, (seals & MMIO_SEAL_SHRINK) != 0,
                              (seals & MMIO_SEAL_GROW) != 0, (seals & MMIO_SEAL_WRITE) != 0);
}

static int32_t duplicate(mmio_map *map, uint32_t detail, intptr_t *out_handle)
{
    (void)detail;
    return mmio__os_file_duplicate(map->handle, out_handle);
}

static mmio_status on_file(const mmio__call *call, mmio_map *map, file_call system_call,
                           uint32_t detail, intptr_t *out_handle, const char *what)
{
    mmio__hold file;
    const mmio_status status = mmio__hold_file(call, map, &file);
    if (status != MMIO_OK) {
        return status;
    }
    const int32_t code = system_call(map, detail, out_handle);
    mmio__hold_release(&file);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, what);
}

mmio_status mmio_map_seal(mmio_map *map, uint32_t seals, mmio_error *error)
{
    const mmio__call call = {"mmio_map_seal", mmio_map_path(map), error};
    if (map == NULL || (seals & ~ALL_SEALS) != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL, or seals 0x%x are unknown",
                          (unsigned)seals);
    }
    if (map->kind != MMIO_KIND_SHARED || map->path[0] != '\0') {
        return mmio__fail(&call, MMIO_ERR_MODE, "only shared memory without a name has seals");
    }
    return on_file(&call, map, seal, seals, NULL, "cannot seal the memory");
}

mmio_status mmio_map_duplicate_handle(mmio_map *map, intptr_t *out_handle, mmio_error *error)
{
    const mmio__call call = {"mmio_map_duplicate_handle", mmio_map_path(map), error};
    if (out_handle != NULL) {
        *out_handle = MMIO__OS_NO_HANDLE;
    }
    if (map == NULL || out_handle == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_handle is NULL");
    }
    if (map->kind == MMIO_KIND_ANONYMOUS) {
        return mmio__fail(&call, MMIO_ERR_MODE, "an anonymous map has no file");
    }
    return on_file(&call, map, duplicate, 0, out_handle, "cannot duplicate the handle");
}
