/* SPDX-License-Identifier: Apache-2.0 */
/* Making maps: of a path, of a handle, of nothing. */
#include <string.h>

#include "base/memory.h"
#include "base/options.h"
#include "fork.h"
#include "map.h"
#include "maps.h"
#include "os/os.h"
#include "system.h"

/* Size of mmio_open_options in the first release. */
#define OPTIONS_SIZE_LEAST 48

#define ALL_FLAGS (MMIO_OPEN_ALLOCATE | MMIO_OPEN_NOFOLLOW | MMIO_OPEN_BENEATH)
#define DEFAULT_PERMISSIONS 0600u
#define ALL_PERMISSIONS 07777u

#define RESERVE_FACTOR 4u
#define RESERVE_LEAST ((uint64_t)1 << 30)
/* Address space has 47 bits: so much for growth still lets thousands of large maps stand. */
#define RESERVE_GROWTH_MOST ((uint64_t)64 << 30)

/* How often racing creators and removers of one path are tried again. */
#define RACES_MOST 100

/* The backing of a map that is being opened. */
typedef struct backing {
    intptr_t handle;
    uint64_t size;
    bool was_created; /* By this call: removed if it fails. */
    bool was_cut;     /* By this call: left at length 0 if it fails. */
} backing;

/* Options. */

static bool is_creating(const mmio_open_options *options)
{
    return options->disposition != MMIO_DISPOSITION_OPEN;
}

static mmio_status check_size(const mmio__call *call, uint64_t size)
{
    if (size == 0) {
        return mmio__fail(call, MMIO_ERR_INVALID, "size 0 is not allowed");
    }
    if (size > mmio_max_size()) {
        return mmio__fail_too_large(call, size, mmio_max_size());
    }
    return MMIO_OK;
}

/* Copies the options in and makes MMIO_MODE_DEFAULT a mode. */
static mmio_status read_options(const mmio__call *call, const mmio_open_options *given,
                                bool is_anonymous, mmio_open_options *out_options)
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
        (out_options->permissions & ~ALL_PERMISSIONS) != 0 || out_options->reserved != 0) {
        return mmio__fail(
            call, MMIO_ERR_INVALID,
            "unknown mode %u, disposition %u, flags 0x%x, permissions 0%o or touch %u",
            (unsigned)out_options->mode, (unsigned)out_options->disposition,
            (unsigned)out_options->flags, (unsigned)out_options->permissions,
            (unsigned)out_options->touch);
    }
    if (out_options->mode == MMIO_MODE_DEFAULT) {
        out_options->mode = is_anonymous || is_creating(out_options) ? MMIO_MODE_RW : MMIO_MODE_RO;
    }
    return MMIO_OK;
}

static mmio_status check_creation(const mmio__call *call, const mmio_open_options *options)
{
    if (!is_creating(options)) {
        return MMIO_OK;
    }
    if (options->mode != MMIO_MODE_RW) {
        return mmio__fail(call, MMIO_ERR_INVALID, "creating needs mode RW");
    }
    /* OPEN_OR_CREATE of a file that has bytes ignores the size, whatever it is. */
    return options->disposition == MMIO_DISPOSITION_OPEN_OR_CREATE
               ? MMIO_OK
               : check_size(call, options->size);
}

/* Files. */

static uint32_t open_flags(const mmio_open_options *options)
{
    return (options->mode == MMIO_MODE_RW ? MMIO__OS_OPEN_WRITE : 0) |
           ((options->flags & MMIO_OPEN_NOFOLLOW) != 0 ? MMIO__OS_OPEN_NOFOLLOW : 0) |
           ((options->flags & MMIO_OPEN_BENEATH) != 0 ? MMIO__OS_OPEN_BENEATH : 0);
}

static int32_t open_existing(const char *path, const mmio_open_options *options, backing *file)
{
    file->was_cut = options->disposition == MMIO_DISPOSITION_CREATE;
    return mmio__os_file_open(
        path, open_flags(options) | (file->was_cut ? MMIO__OS_OPEN_TRUNCATE : 0), 0, &file->handle);
}

static int32_t open_new(const char *path, const mmio_open_options *options, backing *file)
{
    const uint32_t permissions =
        options->permissions != 0 ? options->permissions : DEFAULT_PERMISSIONS;
    const int32_t code = mmio__os_file_open(path, open_flags(options) | MMIO__OS_OPEN_NEW,
                                            permissions, &file->handle);
    file->was_created = code == 0;
    return code;
}

/* Existing or new, whichever it is by then: others may create and remove the path meanwhile. */
static int32_t open_either(const char *path, const mmio_open_options *options, backing *file)
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

static int32_t open_file(const char *path, const mmio_open_options *options, backing *file)
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

/* Checks what was opened against what was asked for. */
static mmio_status inspect(const mmio__call *call, const mmio_open_options *options, backing *file)
{
    mmio__os_file_facts facts;
    const int32_t code = mmio__os_file_inspect(file->handle, &facts);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot look at the file");
    }
    if (!facts.is_regular) {
        return mmio__fail(call, MMIO_ERR_NOT_FILE, "not a regular file");
    }
    if (!facts.is_readable || (options->mode == MMIO_MODE_RW && !facts.is_writable)) {
        return mmio__fail(call, MMIO_ERR_MODE, "the handle is not open for what the mode needs");
    }
    if (facts.size > mmio_max_size()) {
        return mmio__fail_too_large(call, facts.size, mmio_max_size());
    }
    file->size = facts.size;
    return MMIO_OK;
}

/* Gives a new or empty file the size asked for. */
static mmio_status extend(const mmio__call *call, const mmio_open_options *options, backing *file)
{
    if (file->size != 0) {
        return MMIO_OK;
    }
    if (!is_creating(options)) {
        return options->mode == MMIO_MODE_RO
                   ? MMIO_OK
                   : mmio__fail(call, MMIO_ERR_INVALID, "an empty file can only be mapped RO");
    }
    const mmio_status status = check_size(call, options->size);
    if (status != MMIO_OK) {
        return status;
    }
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
static void undo(const char *path, backing *file)
{
    if (file->was_created) {
        mmio__os_file_remove_own(path, file->handle);
    } else if (file->was_cut) {
        (void)mmio__os_file_resize(file->handle, 0);
    }
}

/* Maps. */

static uint64_t reservation(const mmio_open_options *options, uint64_t size)
{
    if (options->mode != MMIO_MODE_RW || mmio__os_address_space_is_limited()) {
        return size;
    }
    if (options->reserve != 0) {
        return options->reserve;
    }
    uint64_t growth = mmio__multiply_saturated(size, RESERVE_FACTOR) - size;
    if (growth > RESERVE_GROWTH_MOST) {
        growth = RESERVE_GROWTH_MOST;
    }
    return size + growth < RESERVE_LEAST ? RESERVE_LEAST : size + growth;
}

/* A map of nothing yet. On failure the backing is the caller's. */
static mmio_map *allocate_map(const char *path, const mmio_open_options *options, uint32_t kind)
{
    const size_t path_size = strlen(path) + 1;
    const size_t size = (size_t)mmio__round_up(sizeof(mmio_map) + path_size, MMIO__CACHE_LINE);
    mmio_map *map = mmio__allocate_lines(size);
    if (map == NULL) {
        return NULL;
    }
    map->is_writable = options->mode == MMIO_MODE_RW || options->mode == MMIO_MODE_COW_RW;
    map->counts_pending = options->mode == MMIO_MODE_RW && kind == MMIO_KIND_FILE;
    map->mode = options->mode;
    map->kind = kind;
    map->allocates = (options->flags & MMIO_OPEN_ALLOCATE) != 0;
    map->region = &map->first_region;
    map->first_region.map = map;
    atomic_init(&map->holders, 1);
    atomic_init(&map->regions, 1);
    atomic_init(&map->lives, 2);
    memcpy(map->path, path, path_size);
    return map;
}

/* Map an open file. On success the map owns its handle. */
static mmio_status create_map(const mmio__call *call, const mmio_open_options *options,
                              uint32_t kind, const backing *file, mmio_map **out_map)
{
    mmio__pins_prepare();
    mmio__forks_prepare();
    mmio_map *map = allocate_map(call->path, options, kind);
    if (map == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for the map");
    }
    map->handle = file->handle;
    if (file->size != 0) {
        const int32_t code =
            mmio__region_map(&map->first_region, map, file->size, reservation(options, file->size));
        if (code != 0) {
            mmio__free(map);
            return mmio__fail_system(call, code, "cannot map the file");
        }
    }
    atomic_init(&map->base, map->first_region.base);
    atomic_init(&map->size, file->size);
    if (options->touch == MMIO_TOUCH_EAGER && file->size != 0) {
        (void)mmio__os_populate(map->first_region.base,
                                mmio__round_up(file->size, mmio_page_size()), false);
    }
    mmio__maps_add(map);
    *out_map = map;
    return MMIO_OK;
}

/* From an open file to a map: all checks, in order. */
static mmio_status build(const mmio__call *call, const mmio_open_options *options, backing *file,
                         mmio_map **out_map)
{
    mmio_status status = inspect(call, options, file);
    if (status == MMIO_OK) {
        status = extend(call, options, file);
    }
    if (status == MMIO_OK) {
        status = create_map(call, options, MMIO_KIND_FILE, file, out_map);
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
    mmio_status status = read_options(&call, options, false, &known);
    if (status == MMIO_OK) {
        status = check_creation(&call, &known);
    }
    if (status != MMIO_OK) {
        return status;
    }

    backing file = {.handle = MMIO__OS_NO_HANDLE};
    const int32_t code = open_file(path, &known, &file);
    if (code != 0) {
        return mmio__fail_system(&call, code, "cannot open the file");
    }
    status = build(&call, &known, &file, out_map);
    if (status != MMIO_OK) {
        undo(path, &file);
        mmio__os_file_close(file.handle);
    }
    return status;
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
    mmio_status status = read_options(&call, options, false, &known);
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
    backing file = {.handle = handle};
    return build(&call, &known, &file, out_map);
}

mmio_status mmio_map_anonymous(uint64_t size, const mmio_open_options *options, mmio_map **out_map,
                               mmio_error *error)
{
    const mmio__call call = {"mmio_map_anonymous", "", error};
    if (out_map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_map is NULL");
    }
    *out_map = NULL;
    mmio_open_options known;
    mmio_status status = read_options(&call, options, true, &known);
    if (status != MMIO_OK) {
        return status;
    }
    if (is_creating(&known) || known.flags != 0 || known.size != 0 || known.permissions != 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "only mode, reserve and touch apply to an anonymous map");
    }
    status = check_size(&call, size);
    if (status != MMIO_OK) {
        return status;
    }

    backing memory = {.handle = MMIO__OS_NO_HANDLE, .size = size};
    int32_t code = mmio__os_file_open_memory(&memory.handle);
    if (code != 0) {
        return mmio__fail_system(&call, code, "cannot make memory");
    }
    code = mmio__os_file_resize(memory.handle, size);
    status = code != 0 ? mmio__fail_system(&call, code, "cannot extend the memory")
                       : create_map(&call, &known, MMIO_KIND_ANONYMOUS, &memory, out_map);
    if (status != MMIO_OK) {
        mmio__os_file_close(memory.handle);
    }
    return status;
}
