/* SPDX-License-Identifier: Apache-2.0 */
#include "../../libmmio/src/map.h"
#include "base/range.h"
#include <mmio.h>
#include <os/os.h>
