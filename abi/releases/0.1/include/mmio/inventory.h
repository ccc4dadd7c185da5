/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/inventory.h
 * @brief All maps of the process.
 */
#ifndef MMIO_INVENTORY_H
#define MMIO_INVENTORY_H

#include "map.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A list of the maps there were at one moment. It keeps none of them. */
typedef struct mmio_inventory mmio_inventory;

/**
 * List the live maps of the process, newest first: those that are open, and those that were closed
 * but are kept by a view.
 *
 * Takes a millisecond or so for 10 000 maps, in which none can be opened or freed.
 *
 * @param out_inventory  The caller ends it with mmio_inventory_close().
 *
 * @retval MMIO_ERR_NO_MEMORY  No memory for the list.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_inventory_open(mmio_inventory **out_inventory,
                                                   mmio_error *error);

/** Free an inventory. NULL is ignored. @since 0.1 */
MMIO_API void MMIO_CALL mmio_inventory_close(mmio_inventory *inventory);

/** Number of maps in an inventory; 0 for NULL. @since 0.1 */
MMIO_API uint64_t MMIO_CALL mmio_inventory_count(const mmio_inventory *inventory);

/**
 * Look at one map of an inventory.
 *
 * @param index     0 .. mmio_inventory_count() - 1.
 * @param out_info  As for mmio_map_get_info(), as it was when the list was made; `handle` may be
 *                  closed by now.
 * @param out_path  Path or label; lives as long as the inventory. May be NULL.
 *
 * @retval MMIO_ERR_RANGE  There are not so many; `error` carries index and number.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_inventory_get(const mmio_inventory *inventory, uint64_t index,
                                                  mmio_map_info *out_info, const char **out_path,
                                                  mmio_error *error);

/**
 * An inventory as JSON: a list of objects, one for each map, with the path or
 * label as "path" and the fields of mmio_map_info.
 *
 * Mode, kind and policy are words in lower case. Bytes of a path that are not UTF-8 are replaced by
 * U+FFFD.
 *
 * @param out_text  NUL-terminated UTF-8; lives as long as the inventory.
 * @param out_size  Its length without the NUL. May be NULL.
 *
 * @retval MMIO_ERR_NO_MEMORY  No memory for the text.
 * @since 0.1
 */
MMIO_API mmio_status MMIO_CALL mmio_inventory_json(mmio_inventory *inventory, const char **out_text,
                                                   uint64_t *out_size, mmio_error *error);

#ifdef __cplusplus
}
#endif

#endif
