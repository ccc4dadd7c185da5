/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mmio.h
 * @brief A small interface that keeps all the rules, for faults to be planted in.
 */
#ifndef MMIO_H
#define MMIO_H

#include "mmio/base.h"
#include "mmio/map.h"

#endif
