/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/export.h
 * @brief How the functions are exported and called.
 */
#ifndef MMIO_EXPORT_H
#define MMIO_EXPORT_H

#define MMIO_CALL
#define MMIO_API __attribute__((visibility("default")))

#endif
