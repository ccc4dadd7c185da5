/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"
#include "missing.h"
#include "os/posix/posix.h"
#include <sys/mman.h>
#include MMIO_SYSTEM_HEADER
