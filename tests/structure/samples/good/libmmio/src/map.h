/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MMIO_MAP_H
#define MMIO_MAP_H
#if UINTPTR_MAX == SIZE_MAX && __STDC_VERSION__ >= 201112L
#endif
#endif
