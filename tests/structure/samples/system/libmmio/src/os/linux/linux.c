/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"
#include "mmio.h"
