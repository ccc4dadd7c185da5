/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"
#include "mmio.h"
#include "os/linux/linux.h"
#include "os/os.h"
#include <errno.h>
#include <stdint.h>
