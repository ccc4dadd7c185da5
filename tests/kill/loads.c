/* SPDX-License-Identifier: Apache-2.0 */
#include "loads.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void bytes_of(uint64_t key, uint8_t *bytes, size_t size)
{
    dice chance = {.state = key};
    for (size_t done = 0; done < size; done += sizeof(uint64_t)) {
        const uint64_t bits = throw_bits(&chance);
        const size_t rest = size - done;
        memcpy(bytes + done, &bits, rest < sizeof bits ? rest : sizeof bits);
    }
    bytes[size - 1] |= 1;
}

void must(mmio_status status, const mmio_error *error)
{
    if (status != MMIO_OK) {
        (void)fprintf(stderr, "worker: %s\n", error->message);
        _exit(1);
    }
}

void promise(worker *w)
{
    atomic_fetch_add_explicit(&w->said->promised[w->number][0], 1, memory_order_relaxed);
}

mmio_status open_file(const char *path, uint64_t size, mmio_map **out_map, mmio_error *error)
{
    const mmio_open_options options = {.struct_size = sizeof options,
                                       .mode = MMIO_MODE_RW,
                                       .disposition = MMIO_DISPOSITION_OPEN_OR_CREATE,
                                       .size = size};
    return mmio_map_open(path, &options, out_map, error);
}
