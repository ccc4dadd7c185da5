/* SPDX-License-Identifier: Apache-2.0 */
#include "../../libmmio/src/map.h"
#include "mmio/export.h"
#include <sys/types.h>
#ifdef _WIN32
#endif
