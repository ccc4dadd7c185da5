/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio/export.h
 * @brief How the functions are exported and called.
 *
 * What has the library as a part of itself, as a static library or as mmio.c, defines MMIO_STATIC:
 * always on Windows, elsewhere if it shall not export the functions itself.
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
#elif defined(_WIN32) || !defined(__GNUC__)
#define MMIO_API
#elif defined(MMIO_STATIC)
#define MMIO_API __attribute__((visibility("hidden")))
#else
#define MMIO_API __attribute__((visibility("default")))
#endif

#endif
