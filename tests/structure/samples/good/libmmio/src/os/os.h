/* SPDX-License-Identifier: Apache-2.0 */
#include "base/range.h"
#include "mmio.h"
#include <stdint.h>
