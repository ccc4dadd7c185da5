/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler.h"
#include "mmio.h"
#include <stdint.h>
#ifdef MMIO__CHECKED
#endif
