/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/export.h
 * @brief How the functions are exported and called.
 *
 * Programs that link the static library on Windows define MMIO_STATIC.
 */
#ifndef MMIO_EXPORT_H
#define MMIO_EXPORT_H

#if defined(_WIN32)
#define MMIO_CALL __cdecl
#else
#define MMIO_CALL
#endif

#if defined(_WIN32) && defined(MMIO_BUILDING)
#define MMIO_API __declspec(dllexport)
#elif defined(_WIN32) && !defined(MMIO_STATIC)
#define MMIO_API __declspec(dllimport)
#elif defined(__GNUC__)
#define MMIO_API __attribute__((visibility("default")))
#else
#define MMIO_API
#endif

#endif
