/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of memory that no file stands behind. */
#include "open.h"
#include "os/os.h"
#include "system.h"

/* Whatever goes wrong with huge pages, it is plain ones then. */
static int32_t open_memory(const mmio_open_options *options, uint32_t kind, mmio__backing *memory)
{
    /* A private mapping copies a page at its first store, into a huge one that nobody reserved; a
     * read-only one has nothing to keep there; and others may not expect lengths to be rounded. */
    if ((options->flags & MMIO_OPEN_HUGE_PAGES) != 0 && options->mode == MMIO_MODE_RW &&
        kind == MMIO_KIND_ANONYMOUS &&
        mmio__os_file_open_huge_memory(memory->size, &memory->handle, &memory->unit) == 0) {
        return 0;
    }
    const int32_t code = mmio__os_file_open_memory(kind == MMIO_KIND_SHARED, &memory->handle);
    return code == 0 ? mmio__os_file_resize(memory->handle, memory->size) : code;
}

mmio_status mmio__map_memory(const mmio__call *call, uint64_t size,
                             const mmio_open_options *options, uint32_t kind, mmio_map **out_map)
{
    mmio_status status = mmio__check_size(call, size);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__backing memory = {.handle = MMIO__OS_NO_HANDLE, .size = size};
    const int32_t code = open_memory(options, kind, &memory);
    status = code != 0 ? mmio__fail_system(call, code, "cannot make memory")
                       : mmio__map_create(call, options, kind, &memory, out_map);
    if (status != MMIO_OK && memory.handle != MMIO__OS_NO_HANDLE) {
        mmio__os_file_close(memory.handle);
    }
    return status;
}

bool mmio__options_are_of_memory(const mmio_open_options *options)
{
    return (options->flags & ~(uint32_t)MMIO_OPEN_HUGE_PAGES) == 0 && options->size == 0 &&
           options->window_offset == 0 && options->window_size == 0 && options->policy == 0 &&
           options->policy_amount == 0;
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
    const mmio_status status = mmio__options_read(&call, options, true, &known);
    if (status != MMIO_OK) {
        return status;
    }
    if (mmio__options_create(&known) || known.permissions != 0 ||
        !mmio__options_are_of_memory(&known)) {
        return mmio__fail(&call, MMIO_ERR_INVALID,
                          "only mode, reserve, touch and huge pages apply to an anonymous map");
    }
    return mmio__map_memory(&call, size, &known, MMIO_KIND_ANONYMOUS, out_map);
}
